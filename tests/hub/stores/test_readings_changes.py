"""What a hub is told that pulls: every value that holds once, and a value said again under the version it has by then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import UTC
from graph.model.principal import Reach
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
