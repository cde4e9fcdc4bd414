"""A check finds what was tampered with, names the place, and finds nothing where nothing was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import UTC, Granularity
from graph.model.reading import REJECTIONS
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
REFUSED = {"row": 10, "code": "negative", "why": "below zero", "raw": "{}"}

# what somebody did to the file, and what a check says of it
TAMPERED = {
    "DELETE FROM reading WHERE unit_id = 2 AND batch_id = 1": ("batch", "card", "energy", "reading"),
    "UPDATE reading SET value = value + 1 WHERE unit_id = 2": ("card", "energy"),
    "UPDATE card SET readings = readings + 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET lane_b = lane_b - 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET on_time = on_time + 1 WHERE unit_id = 2": ("card",),
    "UPDATE energy SET value = value * 2 WHERE unit_id = 2": ("energy", "province energy"),
    "UPDATE province_energy SET value = 0 WHERE province = '980000'": ("province energy",),
    "DELETE FROM card WHERE unit_id = 1": ("card",),
    "DELETE FROM card; DELETE FROM energy; DELETE FROM province_energy": ("card", "energy"),
    "DELETE FROM replaced": ("batch", "card", "energy", "reading"),
    "UPDATE replaced SET replaced_by = 3": ("batch",),
    "DELETE FROM rejection": ("batch",),
    "DELETE FROM verdict": ("batch",),
    "DELETE FROM outdated": ("batch",),
    "UPDATE batch SET accepted = accepted - 1 WHERE id = 1": ("batch", "ledger", "reading"),
    "UPDATE batch SET source = 'somebody else' WHERE id = 2": ("ledger",),
    "UPDATE batch SET head = repeat('0', 64) WHERE id = 4": ("ledger",),
    "DELETE FROM batch WHERE id = 4": ("batch", "card", "reading"),
}


@pytest.fixture
def store() -> ReadingsStore:
    """Fresh values, corrections with a late older one, days with a refused and a doubtful one, a month's own value."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    opened.commit(batch_of([Said(n % 3, n // 3, Decimal(n) / 4, 5) for n in range(600)], "fresh", T0))
    corrected = [Said(0, n, Decimal(n), 7) for n in range(40)]
    opened.commit(batch_of([*corrected, Said(1, 3, Decimal(1000), 2)], "corrected", T0))
    days = [Said(0, n, Decimal(n), 1) for n in range(9)]
    refused = REJECTIONS.empty_table().from_pylist([REFUSED], schema=REJECTIONS)
    opened.commit(batch_of(days, "days", T0, Granularity.DAY, DAY, suspects=[2], rejections=refused))
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


# what somebody did to one row of each table, and the sentence that names it
NAMED = {
    "DELETE FROM reading WHERE unit_id = 2 AND granularity = 4": "batch: batch 4, readings: kept 1, recomputed 0",
    "UPDATE reading SET value = value + 1 WHERE unit_id = 2 AND granularity = 4": (
        "energy: unit 2, variety 023300, 2026-01-01, part 2: kept 1000000.0000 of 1, recomputed 1000001.0000 of 1"
    ),
    "UPDATE card SET readings = 2 WHERE unit_id = 2 AND granularity = 4": (
        "card: unit 2, granularity 4, 2026-01-01: kept (2, 0, 0, 1000000.0000, "
    ),
    "UPDATE energy SET value = 1 WHERE unit_id = 2 AND part = 2": (
        "energy: unit 2, variety 023300, 2026-01-01, part 2: kept 1.0000 of 1, recomputed 1000000.0000 of 1"
    ),
    "UPDATE province_energy SET value = 1 WHERE province = '980000' AND part = 2": (
        "province energy: province 980000, variety 023300, 2026-01-01, part 2: "
        "kept 1.0000 of 1, recomputed 1000000.0000 of 1"
    ),
    "DELETE FROM replaced WHERE start = (SELECT max(start) FROM replaced)": (
        "batch: batch 2, replaced: kept 39, recomputed 38"
    ),
    "UPDATE batch SET digest = 'of other bytes' WHERE id = 3": "ledger: batch 3: kept ",
}


@pytest.mark.parametrize(("statement", "sentence"), NAMED.items())
def test_a_difference_names_its_place_what_is_kept_and_what_follows(
    store: ReadingsStore, statement: str, sentence: str
) -> None:
    with store._database.writing() as cursor:
        cursor.execute(statement)
    told = [str(found) for step in store.check() for found in step.differences]
    assert [each for each in told if each.startswith(sentence)], told


def test_a_sample_looks_at_some_units_and_at_the_whole_ledger(store: ReadingsStore) -> None:
    steps = list(store.check(sample=1))
    assert [(step.done, step.total) for step in steps if step.kind == "units"] == [(1, 1)]
    assert [step.done for step in steps if step.kind == "ledger"] == [4]
