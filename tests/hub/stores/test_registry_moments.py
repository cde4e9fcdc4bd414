"""When a change is said to have been made: once its turn has come, and not while it waited for the writer before it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.stores.registry.registry import Registry
from tests.hub.members import add_client
from tests.hub.stores.deciding import one
from tests.hub.stores.registry_fakes import NOON, REGIONS, WHO, migrated, region, unit


@dataclass
class WatchingClock:
    """A clock that notes, each time it is asked, whether the one writer's lock was taken."""

    file: Path
    taken: list[bool] = field(default_factory=list)

    def now(self) -> dt.datetime:
        """Noon."""
        other = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            self.taken.append(False)
        except sqlite3.OperationalError:
            self.taken.append(True)
        finally:
            other.close()
        return NOON


@pytest.fixture
def clock(tmp_path: Path) -> WatchingClock:
    return WatchingClock(tmp_path / "registry.db")


@pytest.fixture
def registry(clock: WatchingClock) -> Iterator[Registry]:
    engine = migrated(clock.file)
    registry = Registry(engine, clock)
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    clock.taken.clear()
    yield registry
    registry.close()


def test_the_clock_is_asked_when_the_turn_has_come(registry: Registry, clock: WatchingClock) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    one(registry, "unit", unit(2))
    add_client(registry, "new")
    registry.clients.revoke("new", WHO)
    assert clock.taken == [True] * 5


def test_a_clock_that_is_asked_outside_would_be_noticed(registry: Registry, clock: WatchingClock) -> None:
    clock.now()
    assert clock.taken == [False]
