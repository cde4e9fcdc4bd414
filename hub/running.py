"""One run of one link, whichever way it goes; when links run is the cadence's affair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import to_thread

from graph.model.sync_run import Link, SyncRun
from hub.links import puller_of
from hub.telling import TellingRuns
from hub.wiring import Hub
from national_sync.pull import Runner
from provincial_adapters import Means

T = TypeVar("T")


async def run_link(
    hub: Hub, link: Link, means: Means, tell: Callable[[SyncRun], None] = lambda _run: None
) -> SyncRun:
    """Run a link once; `tell` hears of it after every delivery. A failed run is a result.

    Raises ConfigurationError where the other side calls, StoreError where the run could not be kept.
    """
    return await runner_of(hub).run(link, puller_of(link, means), tell)


def runner_of(hub: Hub) -> Runner:
    """What runs links into a hub."""
    runs = TellingRuns(hub.registry, hub.events)
    return Runner(hub.intake, hub.pulled, runs, hub.clock, partial(beside, hub))


async def beside(hub: Hub, call: Callable[[], T]) -> T:
    """A store's call in a thread, in the lane of what is written."""
    return await to_thread.run_sync(call, limiter=hub.writers)
