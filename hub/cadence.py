"""Runs the links that the hub pulls from, and derives duties: once when told to, or again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import anyio
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup

from graph.model.sync_run import Link, SyncRun
from graph.ports import Event
from hub.duties import Mark, derive_anew
from hub.link_tokens import LinkTokens
from hub.links import chosen
from hub.running import beside, run_link
from hub.wiring import Hub
from provincial_adapters import Means, open_client

LOOK_S_MAX = 60.0  # a link added while the hub runs waits no longer than this for its first run

Tell: TypeAlias = Callable[[Link, SyncRun], None]
log = structlog.get_logger("hub.cadence")


async def run_links(hub: Hub, links: Sequence[Link], tell: Tell = lambda _link, _run: None) -> list[SyncRun]:
    """Run these links side by side; `tell` hears of each after every delivery. A failed run is a result."""
    runs: dict[str, SyncRun] = {}
    async with open_client() as client:
        means = Means(client, LinkTokens().token)

        async def one(link: Link) -> None:
            runs[link.key] = await run_link(hub, link, means, partial(tell, link))

        async with anyio.create_task_group() as group:
            for link in links:
                group.start_soon(one, link)
    return [runs[link.key] for link in links]


async def keep_running(hub: Hub, every_s: float) -> None:
    """Run every enabled link again and again, each at its own pace, until cancelled; folders are watched in this way.

    Duties are derived at the same pace.

    A link is run `every_s` after its last run ended, so that it never runs twice at once and a slow one holds up
    nobody. Links added later are picked up, disabled ones let go.
    """
    async with open_client() as client, anyio.create_task_group() as group:
        group.start_soon(_keep_duties, hub, every_s)
        watch = _Watch(hub, every_s, Means(client, LinkTokens().token), group)
        while True:
            await watch.look()
            await anyio.sleep(min(every_s, LOOK_S_MAX))


@dataclass(frozen=True)
class _Watch:
    """The links that are kept running, each by a task of `group`.

    What nobody foresaw is logged, and the next round comes all the same: a loop that dies in silence would leave
    a hub that looks well and hears nothing.
    """

    hub: Hub
    every_s: float
    means: Means
    group: TaskGroup
    kept: set[str] = field(default_factory=set)

    async def look(self) -> None:
        """Begin with the links that nobody keeps running yet."""
        try:
            found = await self._enabled()
        except Exception:
            log.exception("links")
            return
        for key in found.keys() - self.kept:
            self.kept.add(key)
            self.group.start_soon(self._keep, key)

    async def _keep(self, key: str) -> None:
        try:
            wanted = True
            while wanted:
                wanted = await self._round(key)
                await anyio.sleep(self.every_s)
        finally:
            self.kept.discard(key)

    async def _round(self, key: str) -> bool:
        """Run a link once, from where its last run came to; whether it is still to be run."""
        try:
            link = (await self._enabled()).get(key)
            if link is not None:
                await run_link(self.hub, link, self.means)
        except Exception:
            log.exception("link", link=key)
            return True
        return link is not None

    async def _enabled(self) -> dict[str, Link]:
        return {link.key: link for link in chosen(await beside(self.hub, self.hub.registry.links), [])}


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
