"""Digests of every level of the tree are what the specification makes of the readings that hold."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.digest import Digest, named, of_value
from graph.model.period import Granularity, beijing_day
from graph.ports import AsOf, DigestAsk, DigestLevel, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, UNITS, Said, batch_of
from tests.hub.stores.test_readings_questions import JANUARY, T0, opened

CODES = {point[:2]: point[2] for point in POINTS}
rows_said = st.lists(
    st.builds(
        Said,
        st.integers(0, len(POINTS) - 1),
        st.integers(0, 300),
        st.decimals(-1000, 1000, places=4),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)
Key = tuple[Any, ...]


def digest_of(row: dict[str, Any]) -> Digest:
    return Digest(row["readings"], int(row["total"].scaleb(4)), row["lane_a"], row["lane_b"])


def asked(
    store: ReadingsStore, level: DigestLevel, *names: str, as_of: AsOf | None = None
) -> dict[Key, Digest]:
    """Digests of a level by what names its buckets."""
    units = UNITS if level is DigestLevel.POINT else ()
    ask = DigestAsk(JANUARY, level, units=units, as_of=as_of or AsOf())
    return {tuple(row[name] for name in names): digest_of(row) for row in store.digests(ask).to_pylist()}


def recomputed(store: ReadingsStore, key: Callable[[str, str, dt.date], Key]) -> dict[Key, Digest]:
    """The same of the readings that hold, one by one."""
    found: dict[Key, Digest] = defaultdict(Digest)
    places = [point[:2] for point in POINTS]
    for row in store.readings(ReadingAsk(places, JANUARY, Granularity.QUARTER_HOUR)).to_pylist():
        code = CODES[row["unit_id"], row["point_id"]]
        place = key(UNITS[row["unit_id"] - 1], code, beijing_day(row["start"]))
        found[place] += of_value(code, row["start"], Granularity.QUARTER_HOUR, row["value"])
    return dict(found)


@settings(max_examples=25)
@given(rows_said, rows_said)
def test_every_level_is_what_the_readings_that_hold_add_up_to(first: list[Said], then: list[Said]) -> None:
    store = opened()
    for name, rows in (("first", first), ("then", then)):
        store.commit(batch_of(rows, name, T0))
    grain = Granularity.QUARTER_HOUR.value
    points = asked(store, DigestLevel.POINT, "unit", "granularity", "day", "data_code")
    assert points == recomputed(store, lambda unit, code, day: (unit, grain, day, code))
    days = asked(store, DigestLevel.DAY, "unit", "granularity", "day")
    assert days == recomputed(store, lambda unit, _, day: (unit, grain, day))
    units = asked(store, DigestLevel.UNIT, "unit")
    assert units == recomputed(store, lambda unit, *_: (unit,))
    provinces: dict[Key, Digest] = defaultdict(Digest)
    of = {
        row["unit"]: row["province"]
        for row in store.digests(DigestAsk(JANUARY, DigestLevel.UNIT)).to_pylist()
    }
    for (unit,), digest in units.items():
        provinces[(of[unit],)] += named(unit, digest)
    assert asked(store, DigestLevel.PROVINCE, "province") == provinces


def test_a_level_is_as_of_a_batch_what_it_was_then() -> None:
    store = opened()
    store.commit(batch_of([Said(0, slot, Decimal(slot), 1) for slot in range(8)], "first", T0))
    before = {level: store.digests(_ask(level)).to_pylist() for level in DigestLevel}
    store.commit(
        batch_of([Said(0, 3, Decimal(99), 2), Said(1, 0, Decimal(1), 1)], "then", T0 + dt.timedelta(1))
    )
    for level in DigestLevel:
        assert store.digests(_ask(level)).to_pylist() != before[level], level
        assert store.digests(_ask(level, AsOf(batch=1))).to_pylist() == before[level], level


def _ask(level: DigestLevel, as_of: AsOf | None = None) -> DigestAsk:
    return DigestAsk(JANUARY, level, units=UNITS, as_of=as_of or AsOf())


def test_points_of_no_unit_and_of_too_many_are_refused() -> None:
    for units in ((), UNITS * 251):
        with pytest.raises(InvalidInput, match="expected 1 to 500"):
            opened().digests(DigestAsk(JANUARY, DigestLevel.POINT, units=units))


def test_a_unit_nobody_knows_has_no_points() -> None:
    assert (
        opened().digests(DigestAsk(JANUARY, DigestLevel.POINT, units=("91970100MA99999999",))).num_rows == 0
    )
