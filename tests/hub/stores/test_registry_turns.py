"""A writer who waits for another: its change is of the moment its turn came, so that no past ever gains a change."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from threading import Event, Thread

from hub.stores.registry.database import migrate, open_engine, writing
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import NOON, WHO, StillClock, listed, region

WAIT_S = 0.3  # how long the first writer stays, which is long for the other to come


def test_a_change_that_waited_is_of_when_its_turn_came(tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path / 'registry.db'}", StillClock()
    first, second = open_engine(url), open_engine(url)
    migrate(first)
    registry = Registry(second, clock)
    waits = Thread(target=registry.upsert, args=("region", [region("970000")], WHO))
    with writing(first):
        waits.start()
        Event().wait(WAIT_S)
        clock.moment = NOON + dt.timedelta(seconds=1)
    waits.join()
    assert [row["at"] for row in listed(registry, "audit")] == [clock.moment]
    registry.close()
    first.dispose()
