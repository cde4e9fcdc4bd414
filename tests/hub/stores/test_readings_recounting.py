"""A store that was written into counts itself again: what is kept follows from the readings, and nothing stands twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from graph.model.period import UTC, Granularity, Period
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import DigestAsk
from hub.stores.readings.recounting import Recount
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
IN_TIME = dt.datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = dt.timedelta(days=1)
WHOLE = DigestAsk(Period.of_days(dt.date(2025, 12, 1), dt.date(2026, 12, 31)))

# what somebody did to the file, how many units' days that made wrong, and what a check still says: what is lost is lost
TAMPERED = {
    "UPDATE reading SET value = value + 1 WHERE unit_id = 2 AND granularity = 1": (3, ()),
    "UPDATE card SET readings = readings + 1 WHERE unit_id = 1 AND granularity = 3": (9, ()),
    "UPDATE card SET lane_b = lane_b // 2 WHERE unit_id = 2 AND granularity = 4": (1, ()),
    "DELETE FROM card WHERE unit_id = 1": (12, ()),
    "DELETE FROM reading WHERE unit_id = 2 AND granularity = 1": (3, ("batch", "reading")),
    "INSERT INTO reading FROM reading WHERE unit_id = 2 AND granularity = 1": (3, ()),
    "INSERT INTO reading FROM reading WHERE unit_id = 2; INSERT INTO card FROM card WHERE unit_id = 2": (
        4,
        (),
    ),
    "INSERT INTO reading SELECT * REPLACE (4 AS batch_id) FROM reading WHERE unit_id = 2 AND granularity = 1": (
        3,
        ("batch", "reading"),
    ),
}


@pytest.fixture
def store() -> ReadingsStore:
    """Fresh values, corrections, some taken back and said again, days, and a month's own value."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    opened.commit(batch_of([Said(n % 3, n // 3, Decimal(n) / 4, 5) for n in range(600)], "fresh", IN_TIME))
    opened.commit(batch_of([Said(0, n, Decimal(n), 7) for n in range(40)], "corrected", T0))
    taken = batch_of([Said(0, n, Decimal(n), 7) for n in range(20)], "taken back", T0)
    opened.commit(replace(taken, withdraws=True))
    opened.commit(batch_of([Said(0, n, Decimal(n + 1), 9) for n in range(5)], "said again", T0))
    opened.commit(batch_of([Said(0, n, Decimal(n), 1) for n in range(9)], "days", T0, Granularity.DAY, DAY))
    opened.commit(batch_of([Said(2, 0, Decimal(10**6), 1)], "month", T0, Granularity.MONTH, DAY))
    return opened


def spoil(store: ReadingsStore, statements: str) -> None:
    """Somebody writes into the file."""
    with store._database.writing() as cursor:
        cursor.execute(statements)


def kinds(store: ReadingsStore) -> tuple[str, ...]:
    """What kinds of difference a check finds."""
    return tuple(sorted({found.kind for step in store.check() for found in step.differences}))


def recount(store: ReadingsStore, ask: DigestAsk = WHOLE, *, mend: bool = True) -> Recount:
    """Count, and say nothing on the way."""
    return store.recount(ask, lambda _done, _of: None, mend=mend)


def test_a_store_nobody_touched_has_nothing_to_mend(store: ReadingsStore) -> None:
    assert kinds(store) == ()
    assert recount(store) == Recount()
    assert kinds(store) == ()


@pytest.mark.parametrize(("statement", "expected"), TAMPERED.items())
def test_what_is_kept_follows_from_the_readings_again(
    store: ReadingsStore, statement: str, expected: tuple[int, tuple[str, ...]]
) -> None:
    spoil(store, statement)
    days, left = expected
    assert recount(store).days == days
    assert kinds(store) == left
    assert recount(store) == Recount()


def test_counting_alone_writes_nothing(store: ReadingsStore) -> None:
    spoil(store, "UPDATE card SET readings = readings + 1")
    before = store._database.writes
    assert recount(store, mend=False).days > 0
    assert store._database.writes == before


def test_only_days_and_units_that_were_asked_for_are_counted(store: ReadingsStore) -> None:
    spoil(store, "UPDATE card SET lane_a = lane_a // 2")
    one = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
    assert recount(store, replace(WHOLE, period=one, granularity=Granularity.QUARTER_HOUR)).days == 2
    assert recount(store, replace(WHOLE, reach=Reach(region=RegionCode("990000")))).days == 0


def test_what_was_corrected_and_taken_back_is_told_by_its_own_batches_again(store: ReadingsStore) -> None:
    def as_of_each_batch() -> Sequence[object]:
        with store._database.reading() as cursor:
            return cursor.execute(
                "SELECT unit_id, granularity, day, told_at, sum(readings), sum(due), sum(on_time), sum(total), "
                "sum(lane_a) % 18446744073709551616 FROM card GROUP BY ALL ORDER BY ALL"
            ).fetchall()

    before = as_of_each_batch()
    spoil(store, "UPDATE card SET readings = readings + 1, total = total + 5")
    recount(store)
    assert as_of_each_batch() == before


def test_a_batch_after_it_comes_later_than_it(store: ReadingsStore) -> None:
    spoil(store, "UPDATE reading SET value = value + 1 WHERE unit_id = 2")
    recount(store)
    store.commit(batch_of([Said(0, 300, Decimal(1))], "after", T0))
    assert kinds(store) == ()


def test_a_day_that_was_waived_is_not_due_when_it_is_counted_anew_or_taken_back() -> None:
    waived = FakeDimensions(waived=(dt.date(2026, 1, 1), dt.date(2026, 1, 2)))
    store = ReadingsStore(None, waived, StillClock())
    store.commit(batch_of([Said(1, n, Decimal(n), 5) for n in range(100)], "fresh", IN_TIME))
    taken = batch_of([Said(1, n, Decimal(n), 5) for n in (0, 97)], "taken back", T0)
    store.commit(replace(taken, withdraws=True))
    assert kinds(store) == ()
    spoil(store, "UPDATE card SET readings = readings + 1")
    recount(store)
    assert kinds(store) == ()
