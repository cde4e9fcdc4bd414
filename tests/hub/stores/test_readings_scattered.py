"""Corrections that lie anywhere among many days are picked out point by point, through a sieve that a scan applies."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.ports import BalanceAsk, Dimension, ReadingAsk
from hub.stores.readings.database import Database
from hub.stores.readings.statements import filled, steps_of, text_of
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.unit_days import SIEVES, sieves, unit_days
from tests.hub.stores.readings_fakes import POINTS, FakeDimensions, Said, StillClock, batch_of

_NAMED = re.compile(r"\$([a-z_0-9]+)")
T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
SLOTS = 96 * 60  # sixty days of quarter-hours: more rows than are met as whole days
ALL = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 3, 1))
PLACES = [(unit, point) for unit, point, _ in POINTS]


@pytest.fixture(name="store")
def _store() -> Iterator[ReadingsStore]:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for point in range(len(POINTS)):
        store.commit(batch_of([Said(point, slot, Decimal(slot), 1) for slot in range(SLOTS)], f"{point}", T0))
    yield store
    store.close()


def test_corrections_duplicates_and_late_values_of_scattered_days_meet_what_holds(
    store: ReadingsStore,
) -> None:
    chance = random.Random(1)  # noqa: S311 - nothing secret
    places = chance.sample([(point, slot) for point in range(len(POINTS)) for slot in range(SLOTS)], 300)
    kinds = {
        "corrected": [Said(*place, Decimal(-1), 3) for place in places[:100]],
        "duplicate": [Said(*place, Decimal(place[1]), 2) for place in places[100:200]],
        "superseded": [Said(*place, Decimal(-2), 0) for place in places[200:]],
    }
    rows = [row for said in kinds.values() for row in said]
    receipt = store.commit(batch_of(chance.sample(rows, len(rows)), "scattered", T0 + dt.timedelta(days=1)))
    assert {kind: getattr(receipt, kind) for kind in kinds} == dict.fromkeys(kinds, 100)

    found = store.readings(ReadingAsk(PLACES, ALL, Granularity.QUARTER_HOUR))
    expected = {place: Decimal(place[1]) for place in ((p, s) for p in range(3) for s in range(SLOTS))}
    expected.update(dict.fromkeys(places[:100], Decimal(-1)))
    assert sum(found["value"].to_pylist()) == sum(expected.values())
    balance = store.balance(BalanceAsk(ALL, (Dimension.UNIT, Dimension.KIND)))
    assert sum(balance["quantity"].to_pylist()) == sum(expected.values())
    assert [str(difference) for step in store.check() for difference in step.differences] == []


days = st.dates(dt.date(1990, 1, 1), dt.date(2199, 12, 31))
rows_of_units = st.lists(st.tuples(st.integers(0, 2**31 - 1), days), min_size=1, max_size=50)


@given(rows_of_units)
def test_the_sieves_let_pass_all_they_were_made_of(rows: list[tuple[int, dt.date]]) -> None:
    table = pa.table(
        {"unit_id": pa.array([unit for unit, _ in rows], pa.int32()), "day": [day for _, day in rows]}
    )
    numbers = unit_days(table)
    assert [(number & 0xFFFFFFFF, number >> 32) for number in numbers.tolist()] == [
        (unit, (day - dt.date(1970, 1, 1)).days) for unit, day in rows
    ]
    assert passed(sieves(numbers), numbers).all()


@pytest.mark.parametrize("count", [1, 1_000, 10_000, 40_000])
def test_hardly_anything_else_passes_all_sieves(count: int) -> None:
    chance = np.random.default_rng(seed=count)
    nation = pa.table(
        {
            "unit_id": pa.array(chance.integers(1, 17_001, 200_000), pa.int32()),
            "day": pa.array(chance.integers(20_454, 20_819, 200_000).astype("int32")).cast(pa.date32()),
        }
    )
    numbers = unit_days(nation)
    made = sieves(numbers[:count])
    others = numbers[~np.isin(numbers, numbers[:count])]
    assert passed(made, others).mean() < 0.01


def test_sieves_share_no_divisor_so_that_chance_does_not_repeat_itself() -> None:
    made = sieves(np.arange(10_000, dtype=np.int64))
    sizes = [made[f"size_{place}"] for place in range(1, SIEVES + 1)]
    assert all(np.gcd(one, other) == 1 for one, other in combinations(sizes, 2))
    assert all(len(made[f"sieve_{place}"]) == size for place, size in enumerate(sizes, 1))
    assert set(_NAMED.findall(text_of("around_points"))) >= set(made)


def passed(made: dict[str, Any], numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which numbers pass, by the condition as it stands in the statement."""
    condition = text_of("around_points").split("AND CASE", 1)[1].rsplit(")\nFROM", 1)[0]
    with duckdb.connect() as connection:
        connection.register("r", pa.table({"unit_day": numbers}))
        query, bound = filled(tuple(_NAMED.split(f"SELECT CASE{condition} AS passes FROM r")), made)  # noqa: S608 - our own file
        assert not bound
        return np.asarray(connection.execute(query).fetchnumpy()["passes"])


def test_the_sieves_are_applied_while_scanning_and_not_afterwards(tmp_path: Path) -> None:
    store = ReadingsStore(tmp_path / "readings.duckdb", FakeDimensions(), StillClock())
    for point in range(len(POINTS)):
        store.commit(batch_of([Said(point, slot, Decimal(slot), 1) for slot in range(SLOTS)], f"{point}", T0))
    store.close()
    many = range(10_000)
    reached = pa.table(
        {
            "unit_id": pa.array([1 + number % 2 for number in many], pa.int32()),
            "point_id": pa.array(list(many), pa.int32()),
            "day": [ALL.first_day + dt.timedelta(days=number % 60) for number in many],
        }
    )
    numbers = unit_days(reached)
    reached = reached.select(["point_id"]).append_column("unit_day", pa.array(numbers))
    bounds = {"first_known": ALL.first_day, "last_known": ALL.last_day, "first_unit": 1, "last_unit": 2}
    query, _ = filled(steps_of("around_points")[0], {**bounds, **sieves(numbers)})
    database = Database(tmp_path / "readings.duckdb")
    with database.reading() as cursor:
        cursor.register("reached", reached)
        plan = cursor.execute(f"EXPLAIN {query}").fetchall()[0][1]
    database.close()
    assert "get_bit" in plan
    assert " FILTER " not in plan
