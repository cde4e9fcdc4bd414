"""Runs the links that the hub pulls from, and derives duties: once when told to, or again and again as they are due."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from graph.errors import Conflict
from graph.model.sync_run import Link, SyncRun
from graph.ports import Event
from hub.duties import Mark, derive_anew
from hub.leasing import Held, Onlooker
from hub.link_tokens import means_of
from hub.links import chosen
from hub.nightly import keep_reconciling
from hub.running import beside, pace_of, run_held, stopped
from hub.stores.registry.leases import Standing
from hub.wiring import Hub
from national_sync.cadence import is_due, may_begin
from provincial_adapters import Means, open_client

LOOK_S_MAX = 60.0  # a link added while the hub runs, and a clock that was set, wait no longer than this
LOOK_S_MIN = 0.01  # between two looks, however many links are due

Tell: TypeAlias = Callable[[Link, SyncRun], None]
log = structlog.get_logger("hub.cadence")


async def run_links(hub: Hub, links: Sequence[Link], tell: Tell = lambda _link, _run: None) -> list[SyncRun]:
    """Run these links side by side, due or not; `tell` hears of each after every delivery. A failed run is a result.

    Raises Conflict, and runs none, where another hub runs one of them.
    """
    runs: dict[str, SyncRun] = {}
    held = await _taken(hub, links)
    async with open_client() as client:
        means = means_of(client)

        async def one(link: Link) -> None:
            runs[link.key] = await run_held(hub, link, held[link.key], means, partial(tell, link))

        async with anyio.create_task_group() as group:
            for link in links:
                group.start_soon(one, link)
    return [runs[link.key] for link in links]


async def _taken(hub: Hub, links: Sequence[Link]) -> dict[str, Held]:
    """The leases of all of these links, or of none. Raises Conflict."""
    taken: dict[str, Held] = {}
    for link in links:
        held = await hub.leasing.take(link.key)
        if held is None:
            for other in links[: len(taken)]:
                await stopped(hub, other, taken[other.key])
            raise Conflict(await _whose(hub, link))
        taken[link.key] = held
    return taken


async def _whose(hub: Hub, link: Link) -> str:
    leases = {each.link.key: each.lease for each in await hub.leasing.standing()}
    lease = leases.get(link.key)
    holder = "nobody any more" if lease is None else f"{lease.holder} (lease {lease.number})"
    return f"link {link.key} is run by {holder}: a link is run by one hub at a time"


async def keep_running(hub: Hub) -> None:
    """Run every link whenever it is due, until cancelled; folders are watched in this way. Duties are derived meanwhile.

    Links added later are picked up, disabled and paused ones let go. What another hub runs is left to it.
    """
    async with open_client() as client, anyio.create_task_group() as group:
        group.start_soon(_keep_duties, hub, hub.settings.sync_seconds)
        means = means_of(client)
        group.start_soon(keep_reconciling, hub, means)
        await Rounds(hub, means, group).keep()


@dataclass
class Rounds:
    """The runs under way, each a task of `group`, and which links come next.

    What nobody foresaw is logged, and the next round comes all the same: a loop that dies in silence would leave
    a hub that looks well and hears nothing.
    """

    hub: Hub
    means: Means
    group: TaskGroup
    running: dict[str, str] = field(default_factory=dict)  # the province of each link
    rests: dict[str, float] = field(
        default_factory=dict
    )  # until when one is left alone that could not be begun
    freed: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        leasing = self.hub.leasing
        self.onlooker = Onlooker(leasing.lease_s, leasing.steady)
        self.look_s = min(LOOK_S_MAX, self.hub.settings.sync_seconds, leasing.lease_s / 3)

    async def keep(self) -> None:
        """Look again and again: when the next link is due, when a run has ended, and every minute."""
        while True:
            self.freed = anyio.Event()
            try:
                wait_s = await self._look()
            except Exception:
                log.exception("links")
                wait_s = self.look_s
            with anyio.move_on_after(wait_s):
                await self.freed.wait()
            await anyio.sleep(LOOK_S_MIN)

    async def _look(self) -> float:
        """Begin what is due and fits, whoever waits longest first; seconds until the next is due."""
        found = {each.link.key: each for each in await self.hub.leasing.standing()}
        links = chosen(tuple(each.link for each in found.values()), [])
        open_to_us = [found[link.key] for link in links if self._is_open(found[link.key])]
        now, wait_s = self.hub.clock.now(), self.look_s
        for each in sorted(open_to_us, key=lambda each: each.state.due_at):
            pace = pace_of(self.hub, each.link)
            if not is_due(each.state, pace, self.hub.settings.patience, now):
                wait_s = min(wait_s, (may_begin(each.state, pace, now) - now).total_seconds())
            elif self._fits(each.link):
                self.running[each.link.key] = str(each.link.region.province)
                self.group.start_soon(self._run, each)
        return wait_s

    def _is_open(self, standing: Standing) -> bool:
        """Whether nobody runs it who lives, and it need not rest."""
        key, lease = standing.link.key, standing.lease
        is_held = lease is not None and not self.onlooker.is_dead(lease)
        return key not in self.running and not is_held and self.rests.get(key, 0.0) <= time.monotonic()

    def _fits(self, link: Link) -> bool:
        """Whether one more may run, in all and of its province."""
        settings, of_province = self.hub.settings, Counter(self.running.values())
        province = str(link.region.province)
        is_room = len(self.running) < settings.links_at_once
        return is_room and of_province[province] < settings.links_of_a_province_at_once

    async def _run(self, seen: Standing) -> None:
        """Run a link once, from where its last run came to, unless somebody else was faster."""
        key = seen.link.key
        try:
            held = await self.hub.leasing.take(key, seen, is_dead=seen.lease is not None)
            if held is None:
                self._rest(key)
            else:
                await run_held(self.hub, seen.link, held, self.means)
        except Exception:
            log.exception("link", link=key)
            self._rest(key)
        finally:
            del self.running[key]
            self.freed.set()

    def _rest(self, key: str) -> None:
        self.rests[key] = time.monotonic() + self.look_s


async def keep_looking(hub: Hub) -> None:
    """Have those who listen for duties look again and again: a day begins, and other processes write, unheard.

    At the same pace the door is swept of what is over. A time that fails is logged, and the next one comes.
    """
    while True:
        await anyio.sleep(hub.settings.duty_look_seconds)
        try:
            hub.events.publish(Event("duty", 0))
            await to_thread.run_sync(hub.door.sweep, limiter=hub.lookups)
        except Exception:
            log.exception("door")


async def _keep_duties(hub: Hub, every_s: float) -> None:
    """Derive the duties again and again; a time that fails is logged, and the next one comes."""
    mark: Mark | None = None
    while True:
        try:
            mark = await beside(hub, partial(derive_anew, hub.registry, hub.settings, hub.clock, mark))
        except Exception:
            log.exception("duties")
        await anyio.sleep(every_s)
