"""What a hub is told that pulls: every value that holds once, and a value said again under the version it has by then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import UTC
from graph.model.principal import Reach
from hub.stores.readings.changes import Stretch
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
VERSIONS = (1, 3, 5)  # of the same three values, a batch each


@pytest.fixture
def store() -> ReadingsStore:
    """Three values, said again under two newer versions; then one of them is corrected."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    for version in VERSIONS:
        said = [Said(0, slot, Decimal(slot), version) for slot in range(3)]
        opened.commit(batch_of(said, f"version {version}", T0))
    opened.commit(batch_of([Said(0, 2, Decimal(99), 7)], "corrected", T0))
    return opened


def told(store: ReadingsStore, after: int, limit: int = 100) -> tuple[list[tuple[int, int]], int, bool]:
    """(value, version in seconds) of each row, the cursor, and whether there is more."""
    found = store.changes(Reach(), after, limit)
    rows = [row for piece in found.pieces for row in piece.to_pylist()]
    return (
        [(int(row["value"]), int(row["version"].timestamp())) for row in rows],
        found.cursor,
        found.has_more,
    )


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, [(0, 5), (1, 5), (99, 7)]),
        (1, [(0, 5), (1, 5), (99, 7)]),
        (2, [(0, 5), (1, 5), (99, 7)]),
        (3, [(99, 7)]),
        (4, []),
    ],
)
def test_whoever_saw_up_to_a_batch_is_told_what_holds_under_its_newest_version(
    store: ReadingsStore, after: int, expected: list[tuple[int, int]]
) -> None:
    rows, cursor, more = told(store, after)
    assert (sorted(rows), cursor, more) == (expected, 4, False)


def test_values_said_again_fill_a_page_as_new_ones_do(store: ReadingsStore) -> None:
    assert told(store, 1, limit=3) == ([(0, 3), (1, 3)], 2, True)
    assert told(store, 2, limit=3) == ([(0, 5), (1, 5)], 3, True)
    assert told(store, 3, limit=3) == ([(99, 7)], 4, False)


def held(store: ReadingsStore, after: int, stretch: Stretch, limit: int) -> set[tuple[str, ...]]:
    """(unit, code, start, value) of all pages of a stretch."""
    rows, more = set(), True
    while more:
        found = store.changes(Reach(), after, limit, stretch)
        for piece in found.pieces:
            names = ("unit", "data_code", "start", "value")
            rows |= {tuple(str(row[name]) for name in names) for row in piece.to_pylist()}
        more, after = found.has_more, found.cursor
    return rows


def test_a_backlog_is_told_by_days_the_newest_first(store: ReadingsStore) -> None:
    store.commit(batch_of([Said(0, 96 + slot, Decimal(1), 9) for slot in range(5)], "next day", T0))
    told_days = [(day.isoformat(), rows) for day, rows in store.backlog(Reach(), 0).days]
    assert told_days == [("2026-01-02", 5), ("2026-01-01", 3)]
    assert store.backlog(Reach(), 5).days == ()
    assert store.backlog(Reach(), 0).upto == 5


def test_a_page_of_a_day_holds_no_more_than_asked_where_what_it_holds_was_said_again_later() -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for version, first in ((1, 0), (2, 1)):  # all but the first of each batch is said again
        for batch in range(3):
            said = [Said(0, 5 * batch + slot, Decimal(slot), version) for slot in range(first, 5)]
            store.commit(batch_of(said, f"{version} {batch}", T0))
    stretch, after, sizes = Stretch(6, dt.date(2026, 1, 1)), 0, []
    while after < 6:
        found = store.changes(Reach(), after, 5, stretch)
        sizes.append(sum(piece.num_rows for piece in found.pieces))
        after = found.cursor
    assert sizes == [5, 5, 5, 4, 4, 4]
    store.close()


def test_a_day_without_an_end_is_refused() -> None:
    with pytest.raises(InvalidInput, match="day: came without a last batch"):
        Stretch(day=dt.date(2026, 6, 1))


_SAID = st.builds(
    Said,
    st.integers(0, 2),
    st.integers(0, 300),
    st.integers(0, 9).map(Decimal),
    st.none() | st.integers(1, 9),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(_SAID, min_size=1, max_size=6), min_size=1, max_size=8), st.data())
def test_the_days_of_a_stretch_are_together_the_stretch(
    batches: list[list[Said]], data: st.DataObject
) -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for number, rows in enumerate(batches):
        store.commit(batch_of(rows, str(number), T0))
    after = data.draw(st.integers(0, len(batches)))
    backlog = store.backlog(Reach(), after)
    limit = data.draw(st.integers(1, 5))
    by_day = [held(store, after, Stretch(backlog.upto, day), limit) for day, _ in backlog.days]
    whole = held(store, after, Stretch(backlog.upto), limit)
    assert set().union(*by_day) == whole
    assert sum(map(len, by_day)) == len(whole)
    assert [rows for _, rows in backlog.days] == [len(rows) for rows in by_day]
    store.close()
