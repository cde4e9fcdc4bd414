"""One run of one link, whichever way it goes; when links run is the cadence's affair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import SystemRandom
from typing import TypeVar

from anyio import to_thread

from graph.model.sync_run import Link, SyncRun
from hub.leasing import Held
from hub.links import DayAsking, is_pushed, puller_of
from hub.pushers import pusher_of
from hub.stores.registry.registry import Registry
from hub.telling import TellingRuns
from hub.wiring import Hub
from national_sync.cadence import Ended, LinkState, Pace, ended
from national_sync.pull import Runner, how_it_ended
from provincial_adapters import Means

T = TypeVar("T")
Tell = Callable[[SyncRun], None]


async def run_held(hub: Hub, link: Link, held: Held, means: Means, tell: Tell = lambda _run: None) -> SyncRun:
    """Run a link under its lease, which is given back with how the link stands then. A failed run is a result.

    Raises ConfigurationError where the other side calls, StoreError where the run could not be kept.
    """
    async with hub.leasing.keeping(held, partial(next_of, hub, link)):
        held.run = await run_link(hub, link, means, tell, held)
    hub.run_figures.count(how_it_ended(link, held.run), held.run)
    return held.run


async def stopped(hub: Hub, link: Link, held: Held) -> None:
    """Give a lease back under which nothing was run."""
    async with hub.leasing.keeping(held, partial(next_of, hub, link)):
        pass


async def run_link(
    hub: Hub, link: Link, means: Means, tell: Tell = lambda _run: None, held: Held | None = None
) -> SyncRun:
    """Run a link once; `tell` hears of it after every delivery. A failed run is a result.

    Raises ConfigurationError where the other side calls, StoreError where the run could not be kept.
    """
    asking = DayAsking(hub.registry.link_days, hub.clock, partial(beside, hub))
    puller = pusher_of(hub, link, means) if is_pushed(link) else puller_of(link, means, asking)
    return await runner_of(hub, link, held).run(link, puller, tell)


def runner_of(hub: Hub, link: Link | None = None, held: Held | None = None) -> Runner:
    """What runs links into a hub; for one of them within its own deadline, and under the lease that is held of it."""
    registry = hub.registry if held is None else _LeasedRuns(hub.registry, held)
    runner = Runner(
        hub.intake,
        hub.pulled,
        TellingRuns(registry, hub.events),
        hub.clock,
        partial(beside, hub),
        (link and link.run_s_max) or hub.settings.run_seconds,
        quarantine=hub.quarantine,
    )
    return runner if held is None else replace(runner, guard=partial(hub.leasing.check, held))


def pace_of(hub: Hub, link: Link) -> Pace:
    """How often a link runs: as it says itself, or as the hub does."""
    return Pace(link.every_s or hub.settings.sync_seconds, link.slot)


def next_of(hub: Hub, link: Link, state: LinkState, run: SyncRun | None) -> LinkState:
    """How a link stands after a run, from how it stood; without a run the hub ended it."""
    how = Ended.STOPPED if run is None else how_it_ended(link, run)
    fault = None if run is None else run.broke_off
    wish_s = None if fault is None else fault.retry_after_s
    chance = SystemRandom().random()
    return ended(state, how, hub.clock.now(), chance, pace_of(hub, link), hub.settings.patience, wish_s)


@dataclass(frozen=True)
class _LeasedRuns:
    """The log of runs (graph.ports.RunLog), in which a run names the lease it is made under."""

    registry: Registry
    held: Held

    def begin(self, link: Link, at: dt.datetime) -> int:
        """Store a running run."""
        return self.registry.begin(link, at, self.held.lease)

    def update(self, number: int, run: SyncRun) -> None:
        """Replace what is known of it. Raises LeaseLost."""
        self.registry.update(number, run)


async def beside(hub: Hub, call: Callable[[], T]) -> T:
    """A store's call in a thread, in the lane of what is written."""
    return await to_thread.run_sync(call, limiter=hub.writers)
