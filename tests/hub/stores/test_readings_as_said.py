"""Days that were said as days are the answer as they stand, and the rule that makes days of finer values says the same."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.model.reading import Origin
from graph.ports import NOW, AsOf, ReadingAsk
from hub.stores.readings.as_said import as_said
from hub.stores.readings.database import Database
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, START, FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
A_DAY = dt.timedelta(days=1)
MONTH = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 10))
FIRST_UNITS = [(unit, point) for unit, point, _ in POINTS if unit == 1]

# All points, one of them, one twice, and two with a third between them that is not asked for.
ASKED = [FIRST_UNITS, FIRST_UNITS[1:], [FIRST_UNITS[0], FIRST_UNITS[0]], [FIRST_UNITS[0], (1, 3)]]

days_said = st.builds(
    Said,
    point=st.integers(0, len(POINTS) - 1),
    slot=st.integers(0, 12),
    value=st.decimals(-9, 9, places=4),
    version=st.none() | st.integers(0, 3),
    origin=st.sampled_from(list(Origin)),
)
batches = st.lists(st.tuples(st.lists(days_said, min_size=1, max_size=12), st.booleans()), max_size=5)


def filled(said: list[tuple[list[Said], bool]], finer: bool, path: Path | None = None) -> ReadingsStore:
    """A store that was told these days one batch after the other, some rows of them suspect."""
    store = ReadingsStore(path, FakeDimensions("day"), StillClock())
    for number, (rows, suspect) in enumerate(said):
        at = T0 + A_DAY * number
        suspects = range(1, len(rows) + 1, 2) if suspect else ()
        store.commit(batch_of(rows, f"{number}", at, Granularity.DAY, A_DAY, suspects))
    if finer:
        store.commit(batch_of([Said(0, 30, Decimal(5))], "quarter-hour", T0 + 9 * A_DAY))
    return store


@given(
    batches,
    st.booleans(),
    st.sampled_from(ASKED),
    st.integers(0, 5),
)
def test_one_units_days_are_what_the_rule_says(
    said: list[tuple[list[Said], bool]], finer: bool, points: list[tuple[int, int]], batch: int
) -> None:
    store = filled(said, finer)
    for as_of in (NOW, AsOf(batch=batch), AsOf(moment=T0 + A_DAY * batch)):
        ask = ReadingAsk(points, MONTH, Granularity.DAY, as_of=as_of)
        by_the_rule = pa.Table.from_batches(store.stream(ask), store.readings(ask).schema)
        assert store.readings(ask) == by_the_rule
    store.close()


@given(
    st.lists(st.tuples(st.lists(days_said, min_size=1, max_size=12), st.booleans()), max_size=4),
    st.sampled_from(ASKED),
    st.integers(0, 4),
    st.none() | st.integers(1, 5),
)
def test_one_units_quarter_hours_are_what_the_statement_of_many_units_says(
    said: list[tuple[list[Said], bool]], points: list[tuple[int, int]], batch: int, first: int | None
) -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for number, (rows, suspect) in enumerate(said):
        suspects = range(1, len(rows) + 1, 2) if suspect else ()
        store.commit(batch_of(rows, f"{number}", T0 + A_DAY * number, suspects=suspects))
    for as_of in (NOW, AsOf(batch=batch), AsOf(moment=T0 + A_DAY * batch)):
        ask = ReadingAsk(points, MONTH, Granularity.QUARTER_HOUR, as_of=as_of, first=first)
        by_the_statement = pa.Table.from_batches(store.stream(ask), store.readings(ask).schema)
        assert store.readings(ask) == by_the_statement
    store.close()


def test_more_quarter_hours_than_have_a_number_are_asked_as_those_of_many_units() -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    store.commit(batch_of([Said(0, 0, Decimal(1))], "a", T0))
    age = Period(START - A_DAY * 10_000, START + A_DAY * 10_000)
    found = store.readings(ReadingAsk(FIRST_UNITS, age, Granularity.QUARTER_HOUR))
    assert found["value"].to_pylist() == [Decimal(1)]
    store.close()


def test_days_long_ago_and_points_of_large_numbers_lose_no_row() -> None:
    store = ReadingsStore(None, FakeDimensions("day"), StillClock())
    long_ago = -A_DAY.days * 21_000  # in 1968
    store.commit(batch_of([Said(p, long_ago, Decimal(1)) for p in (0, 1)], "a", T0, Granularity.DAY, A_DAY))
    period = Period(START + A_DAY * (long_ago - 3), START + A_DAY * (long_ago + 3))
    points = [*FIRST_UNITS, (1, 2**31 - 1)]
    found = store.readings(ReadingAsk(points, period, Granularity.DAY))
    assert found["point_id"].to_pylist() == [point for _, point in FIRST_UNITS]
    store.close()


@pytest.mark.parametrize("finer", [False, True])
def test_the_rule_has_to_be_asked_where_there_is_a_finer_value_and_only_there(
    tmp_path: Path, finer: bool
) -> None:
    path = tmp_path / "readings.duckdb"
    filled([([Said(0, 0, Decimal(1)), Said(1, 1, Decimal(2))], False)], finer, path).close()
    ask = ReadingAsk(FIRST_UNITS, MONTH, Granularity.DAY)
    bounds = {
        "low": MONTH.start.replace(tzinfo=None), "high": MONTH.end.replace(tzinfo=None), "as_of": 9,
        "granularity": Granularity.DAY.number,
    }  # fmt: skip
    with closing(Database(path)) as database, database.reading() as cursor:
        found = as_said(cursor, ask, bounds, database.marked)
    assert (found is None) == finer


def test_days_of_two_units_are_left_to_the_rule(tmp_path: Path) -> None:
    ask = ReadingAsk([(unit, point) for unit, point, _ in POINTS], MONTH, Granularity.DAY)
    with closing(Database(tmp_path / "readings.duckdb")) as database, database.reading() as cursor:
        assert as_said(cursor, ask, {}, database.marked) is None
