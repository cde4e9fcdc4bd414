"""The readings file's copy of the registry: whole, of one moment, and never an older one over a newer."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from graph.model.period import Period
from graph.ports import CompletenessAsk
from hub.stores.readings.database import Database
from hub.stores.readings.mirror import CONSUMPTION_USES, Mirror
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, StillClock

ASKERS = 4
WAIVED = dt.date(2026, 6, 1)


@dataclass
class MovingRegistry(FakeDimensions):
    """Moves on each time its tables are read, slowest at first, and counts who reads them at once."""

    at: int = 1
    reading: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def revision(self) -> int:
        """The present revision."""
        return self.at

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The tables, the first unit of a tier named for the revision they are of."""
        with self.lock:
            revision, self.at = self.at, min(self.at + 1, ASKERS)
            self.reading += 1
            self.at_once = max(self.at_once, self.reading)
        time.sleep(0.02 * (ASKERS - revision))
        with self.lock:
            self.reading -= 1
        _, units, points, coefficients = super().dimensions()
        tiers = pa.array([f"revision {revision}", "else"])
        return (
            revision,
            units.set_column(units.column_names.index("tier"), "tier", tiers),
            points,
            coefficients,
        )


@pytest.fixture
def database() -> Iterator[Database]:
    """A file in memory."""
    opened = Database(None)
    yield opened
    opened.close()


def test_threads_that_ask_at_once_copy_one_after_another_and_the_newest_copy_stands(
    database: Database,
) -> None:
    registry = MovingRegistry()
    mirror = Mirror(database, registry, CONSUMPTION_USES, StillClock().now)
    with ThreadPoolExecutor(ASKERS) as pool:
        for asked in [pool.submit(mirror.refresh) for _ in range(ASKERS)]:
            asked.result()
    mirror.refresh()
    with database.reading() as cursor:
        (tier,) = cursor.execute("SELECT tier FROM unit WHERE unit_id = 1").fetchone() or ("",)
    assert registry.at_once == 1
    assert tier == f"revision {ASKERS}"


def test_a_registry_that_stands_still_is_copied_once(database: Database) -> None:
    registry = MovingRegistry(at=ASKERS)
    mirror = Mirror(database, registry, CONSUMPTION_USES, StillClock().now)
    mirror.refresh()
    registry.dimensions = None  # type: ignore[assignment,method-assign] # asking again would fail
    mirror.refresh()


def test_a_file_from_before_waivers_is_opened_and_takes_them(tmp_path: Path) -> None:
    path, period = tmp_path / "readings.duckdb", Period.of_days(WAIVED, WAIVED)
    ReadingsStore(path, FakeDimensions("day"), StillClock()).close()
    with duckdb.connect(str(path)) as before:
        for column in ("waived_from", "waived_until"):
            before.execute(f"ALTER TABLE point_held DROP COLUMN {column}")
    store = ReadingsStore(path, FakeDimensions("day"), StillClock())
    assert store.completeness(CompletenessAsk(period, ()))["due"].to_pylist() == [3]
    store.close()
    store = ReadingsStore(path, FakeDimensions("day", waived=(WAIVED, None)), StillClock())
    assert store.completeness(CompletenessAsk(period, ()))["due"].to_pylist() == [2]
    assert [found for step in store.check() for found in step.differences] == []
    store.close()
