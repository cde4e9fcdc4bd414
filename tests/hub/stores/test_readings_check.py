"""A check finds what was tampered with, names the place, and finds nothing where nothing was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import UTC, Granularity
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)

# what somebody did to the file, and what a check says of it
TAMPERED = {
    "DELETE FROM reading WHERE unit_id = 2 AND batch_id = 1": ("batch", "card", "energy", "reading"),
    "UPDATE reading SET value = value + 1 WHERE unit_id = 2": ("card", "energy"),
    "UPDATE card SET readings = readings + 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET lane_b = lane_b - 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET on_time = on_time + 1 WHERE unit_id = 2": ("card",),
    "UPDATE energy SET value = value * 2 WHERE unit_id = 2": ("energy", "province energy"),
    "UPDATE province_energy SET value = 0 WHERE province = '980000'": ("province energy",),
    "DELETE FROM replaced": ("card", "energy", "reading"),
    "DELETE FROM outdated": ("batch",),
    "UPDATE batch SET accepted = accepted - 1 WHERE id = 1": ("batch", "ledger", "reading"),
    "UPDATE batch SET source = 'somebody else' WHERE id = 2": ("ledger",),
}


@pytest.fixture
def store() -> ReadingsStore:
    """Three batches: fresh values, corrections with a late older one, and days with a month's own value."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    opened.commit(batch_of([Said(n % 3, n // 3, Decimal(n) / 4, 5) for n in range(600)], "fresh", T0))
    corrected = [Said(0, n, Decimal(n), 7) for n in range(40)]
    opened.commit(batch_of([*corrected, Said(1, 3, Decimal(1000), 2)], "corrected", T0))
    opened.commit(batch_of([Said(0, n, Decimal(n), 1) for n in range(9)], "days", T0, Granularity.DAY, DAY))
    opened.commit(batch_of([Said(2, 0, Decimal(10**6), 1)], "month", T0, Granularity.MONTH, DAY))
    return opened


def kinds(store: ReadingsStore, sample: int | None = None) -> tuple[str, ...]:
    """What kinds of difference a check finds."""
    return tuple(sorted({found.kind for step in store.check(sample) for found in step.differences}))


def test_a_store_nobody_touched_follows_from_its_readings(store: ReadingsStore) -> None:
    steps = list(store.check())
    assert [found for step in steps for found in step.differences] == []
    assert {step.kind for step in steps} == {"ledger", "batch", "reading", "units", "province energy"}
    assert [(step.done, step.total) for step in steps if step.kind == "units"] == [(2, 2)]


@pytest.mark.parametrize(("statement", "expected"), TAMPERED.items())
def test_what_was_tampered_with_is_found(
    store: ReadingsStore, statement: str, expected: tuple[str, ...]
) -> None:
    with store._database.writing() as cursor:
        cursor.execute(statement)
    assert kinds(store) == expected


def test_a_difference_names_its_place_what_is_kept_and_what_follows(store: ReadingsStore) -> None:
    with store._database.writing() as cursor:
        cursor.execute("UPDATE energy SET value = 1 WHERE unit_id = 2 AND part = 2")
    (found, *_) = [str(each) for step in store.check() for each in step.differences if each.kind == "energy"]
    assert found == (
        "energy: unit 2, variety 023300, 2026-01-01, part 2: kept 1.0000 of 1, recomputed 1000000.0000 of 1"
    )


def test_a_sample_looks_at_some_units_and_at_the_whole_ledger(store: ReadingsStore) -> None:
    steps = list(store.check(sample=1))
    assert [(step.done, step.total) for step in steps if step.kind == "units"] == [(1, 1)]
    assert [step.done for step in steps if step.kind == "ledger"] == [4]
