"""A check finds what was tampered with, names the place, and finds nothing where nothing was."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graph.model.period import UTC, Granularity
from graph.model.reading import REJECTIONS
from hub.stores.readings.check import Step, check
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import ChangingRegistry

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
CHANGES = (("move", 1), ("until", 1), ("coefficient", 4), ("coefficient", 6))
REFUSED = {"row": 10, "code": "negative", "why": "below zero", "raw": "{}"}

# what somebody did to the file, and what a check says of it
TAMPERED = {
    "DELETE FROM reading WHERE unit_id = 2 AND batch_id = 1": ("batch", "card", "energy", "reading"),
    "UPDATE reading SET value = value + 1 WHERE unit_id = 2": ("card", "energy"),
    "UPDATE reading SET unit_day = unit_day + 1 WHERE unit_id = 2 AND batch_id = 1": ("reading",),
    "UPDATE card SET readings = readings + 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET lane_b = lane_b - 1 WHERE unit_id = 1": ("card",),
    "UPDATE card SET on_time = on_time + 1 WHERE unit_id = 2": ("card",),
    "UPDATE energy SET value = value * 2 WHERE unit_id = 2": ("energy", "province energy"),
    "UPDATE province_energy SET value = 0 WHERE province = '980000'": ("province energy",),
    "DELETE FROM card WHERE unit_id = 1": ("card",),
    "DELETE FROM card; DELETE FROM energy; DELETE FROM province_energy": ("card", "energy"),
    "DELETE FROM replaced": ("batch", "card", "energy", "reading", "reference"),
    "UPDATE replaced SET replaced_by = 3": ("batch", "card", "reference"),
    "DELETE FROM rejection": ("batch",),
    "DELETE FROM verdict": ("batch",),
    "DELETE FROM outdated": ("batch",),
    "UPDATE batch SET accepted = accepted - 1 WHERE id = 1": ("batch", "ledger", "reading"),
    "UPDATE batch SET source = 'somebody else' WHERE id = 2": ("ledger",),
    "UPDATE batch SET head = repeat('0', 64) WHERE id = 4": ("ledger",),
    "DELETE FROM batch WHERE id = 4": ("batch", "card", "moment", "reading"),
    "UPDATE card SET told_at = told_at + INTERVAL 1 YEAR WHERE unit_id = 1": ("card", "moment"),
    "UPDATE card SET told_at = (SELECT received_at FROM batch WHERE id = 3) WHERE unit_id = 2": ("card",),
    "UPDATE energy SET told_at = told_at - INTERVAL 1 DAY WHERE unit_id = 2": ("moment",),
    "UPDATE province_energy SET told_at = told_at + INTERVAL 1 SECOND": ("moment",),
    "UPDATE reading SET value = 99 WHERE unit_id = 1 AND point_id = 1 AND batch_id = 1 AND start = '2025-12-31 17:00'": (
        "card",
    ),
    "UPDATE replaced SET batch_id = 3": ("card", "energy", "reference"),
    "UPDATE replaced SET start = start + INTERVAL 1 YEAR": ("card", "energy", "reference"),
    "UPDATE replaced SET day = day + 1": ("reference",),
    "UPDATE replaced SET unit_id = 77": ("card", "energy", "reference"),
    "UPDATE confirmed SET batch_id = 2": ("reference",),
    "UPDATE confirmed SET point_id = 9": ("reference",),
    "UPDATE confirmed SET confirmed_by = 9": ("reference",),
    "UPDATE confirmed SET confirmed_by = batch_id": ("reference",),
    "UPDATE confirmed SET version = 0": ("reference",),
    "INSERT INTO reading SELECT * REPLACE (3 AS batch_id) FROM reading WHERE unit_id = 2 AND batch_id = 1": (
        "batch",
        "card",
        "energy",
        "reading",
        "reference",
    ),
    "UPDATE outdated SET batch_id = 0": ("batch", "reference"),
    "UPDATE outdated SET point_id = 9": ("reference",),
    "UPDATE outdated SET unit_id = 77": ("reference",),
    "UPDATE outdated SET day = day + 1": ("reference",),
    "UPDATE outdated SET batch_id = 9": ("batch",),
    "UPDATE verdict SET start = start + INTERVAL 1 YEAR": ("reference",),
    "UPDATE verdict SET unit_id = 77": ("reference",),
    "UPDATE verdict SET batch_id = 9": ("batch", "reference"),
    "UPDATE rejection SET batch_id = 9": ("batch",),
}


# what somebody did to what is kept of the registry, and what a check says of it
OF_THE_REGISTRY = {
    "UPDATE owing_held SET slots = slots + 1": ("owing",),
    "UPDATE owing_held SET slots = 1 WHERE held_until < for_ever()": ("owing",),
    "UPDATE owing_held SET held_until = for_ever()": ("owing",),
    "DELETE FROM owing_held WHERE unit_id = 2": ("owing",),
    "INSERT INTO owing_held SELECT * REPLACE (DATE '2027-01-01' AS since) FROM owing_held": ("owing",),
    "UPDATE unit_held SET held_from = held_from + INTERVAL 30 DAY WHERE unit_id = 2": ("held",),
    "UPDATE unit_held SET held_until = for_ever() WHERE unit_id = 1": ("held", "province energy"),
    "UPDATE point_held SET held_from = held_until WHERE point_id = 2": ("held", "owing"),
    "UPDATE point_held SET held_until = held_until - INTERVAL 1 SECOND WHERE held_until < for_ever()": (
        "held",
        "owing",
    ),
    "UPDATE coefficient_held SET held_from = held_from - INTERVAL 1 SECOND": ("held",),
    "UPDATE coefficient_held SET held_until = for_ever() WHERE unit_id = 1": ("held",),
    "INSERT INTO coefficient_held SELECT * REPLACE (9 AS tce) FROM coefficient_held WHERE unit_id IS NULL": (
        "held",
    ),
    "DELETE FROM registry_change WHERE units > 0": ("held", "moment"),
    "INSERT INTO registry_change VALUES (TIMESTAMP '2026-06-02', 0)": ("held",),
}


@pytest.fixture(scope="module")
def changed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose registry moved a unit, ended points and measured coefficients between two batches."""
    registry, path = ChangingRegistry(), tmp_path_factory.mktemp("changed") / "readings.duckdb"
    with closing(ReadingsStore(path, registry, StillClock(T0))) as opened:
        for number, (what, how) in enumerate(CHANGES):
            opened.commit(
                batch_of([Said(n % 3, 50 * number + n, Decimal(n)) for n in range(60)], f"{number}", T0)
            )
            registry.change(what, how)
        opened.commit(batch_of([Said(0, 0, Decimal(7))], "last", T0))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh values, corrections with a late older one, days with a refused and a doubtful one, a month's own value."""
    path = tmp_path_factory.mktemp("file") / "readings.duckdb"
    with closing(ReadingsStore(path, FakeDimensions(), StillClock())) as opened:
        opened.commit(batch_of([Said(n % 3, n // 3, Decimal(n) / 4, 5) for n in range(600)], "fresh", T0))
        corrected = [Said(0, n, Decimal(n), 7) for n in range(40)]
        opened.commit(batch_of([*corrected, Said(1, 3, Decimal(1000), 2)], "corrected", T0))
        days = [Said(0, n, Decimal(n), 1) for n in range(9)]
        refused = REJECTIONS.empty_table().from_pylist([REFUSED], schema=REJECTIONS)
        opened.commit(batch_of(days, "days", T0, Granularity.DAY, DAY, suspects=[2], rejections=refused))
        opened.commit(batch_of([Said(2, 0, Decimal(10**6), 1)], "month", T0, Granularity.MONTH, DAY))
    return path


@pytest.fixture
def changed(changed_file: Path, tmp_path: Path) -> Iterator[ReadingsStore]:
    """A copy of the changed file, open; its registry has come to where the file left it."""
    registry, own = ChangingRegistry(), Path(shutil.copy(changed_file, tmp_path))
    for what, how in CHANGES:
        registry.change(what, how)
    with closing(ReadingsStore(own, registry, StillClock(T0))) as store:
        yield store


@pytest.fixture
def store(file: Path, tmp_path: Path) -> Iterator[ReadingsStore]:
    """A copy of the file, open, for each test to spoil."""
    own = Path(shutil.copy(file, tmp_path))
    with closing(ReadingsStore(own, FakeDimensions(), StillClock())) as store:
        yield store


def kinds(store: ReadingsStore, sample: int | None = None) -> tuple[str, ...]:
    """What kinds of difference a check finds."""
    return tuple(sorted({found.kind for step in store.check(sample) for found in step.differences}))


def test_a_store_nobody_touched_follows_from_its_readings(store: ReadingsStore) -> None:
    steps = list(store.check())
    assert [found for step in steps for found in step.differences] == []
    assert {step.kind for step in steps} == {
        "ledger", "batch", "reading", "moment", "held", "owing", "units", "province energy",
    }  # fmt: skip
    assert [(step.done, step.total) for step in steps if step.kind == "units"] == [(2, 2)]


@pytest.mark.parametrize(("statement", "expected"), TAMPERED.items())
def test_what_was_tampered_with_is_found(
    store: ReadingsStore, statement: str, expected: tuple[str, ...]
) -> None:
    with store._database.writing() as cursor:
        cursor.execute(statement)
    assert kinds(store) == expected


@pytest.mark.parametrize(("statement", "expected"), OF_THE_REGISTRY.items())
def test_what_was_tampered_with_of_the_registry_is_found(
    changed: ReadingsStore, statement: str, expected: tuple[str, ...]
) -> None:
    assert kinds(changed) == ()
    with changed._database.writing() as cursor:
        cursor.execute(statement)
    assert kinds(changed) == expected


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
    "UPDATE energy SET told_at = TIMESTAMP '2026-06-09' WHERE unit_id = 2 AND part = 2": (
        "moment: energy of unit 2, variety 023300, 2026-01-01, part 2: "
        "kept 2026-06-09 00:00:00, recomputed no batch and no change of the registry"
    ),
    "UPDATE replaced SET batch_id = 3 WHERE start = (SELECT max(start) FROM replaced)": (
        "reference: replaced, unit 1, point 1, granularity 1, 2026-01-01 01:45:00, batch 3: "
        "kept replaced by batch 2, recomputed no such reading"
    ),
    "UPDATE verdict SET point_id = 2": (
        "reference: verdict, unit 1, point 2, granularity 3, 2026-01-01 16:00:00, batch 3: "
        "kept negative, recomputed no such reading"
    ),
    "UPDATE owing_held SET slots = 97 WHERE unit_id = 2": (
        "owing: unit 2, granularity 1, since 2020-01-01, at "
    ),
    "UPDATE unit_held SET held_from = TIMESTAMP '2026-06-09' WHERE unit_id = 2": (
        "held: unit 2: kept 2026-06-09 00:00:00 to 9999-12-31 00:00:00, "
        "recomputed bounds that are changes of the registry"
    ),
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


@dataclass(frozen=True)
class Between:
    """A store of which a batch is written right after a check's first question."""

    store: ReadingsStore

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A cursor that lets the batch in between."""
        with self.store._database.reading() as cursor:
            yield Meanwhile(cursor, self.store)

    def on_all_cores_each(self, pieces: Iterator[Step]) -> Iterator[Step]:
        """As they come."""
        return pieces


@dataclass
class Meanwhile:
    """A cursor that has the batch written after its first statement."""

    real: Any
    store: ReadingsStore
    asked: bool = False

    def execute(self, *said: Any) -> Any:
        """What the cursor says."""
        found = self.real.execute(*said)
        if not self.asked:
            self.asked = True
            rows = found.fetchall()
            self.store.commit(batch_of([Said(0, 700, Decimal(1))], "meanwhile", T0))
            return Fetched(rows)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@dataclass(frozen=True)
class Fetched:
    """Rows that were fetched before something else happened."""

    rows: list[Any]

    def fetchall(self) -> list[Any]:
        """All of them."""
        return self.rows


def test_a_batch_written_while_a_check_runs_is_not_seen_by_any_of_its_steps(store: ReadingsStore) -> None:
    steps = list(check(Between(store)))  # type: ignore[arg-type] # all a check asks of a database
    assert [found for step in steps for found in step.differences] == []
    assert [(step.done, step.total) for step in steps if step.kind == "ledger"] == [(4, 4)]
    assert [step.done for step in store.check() if step.kind == "ledger"] == [5]
