"""Runs the links that the hub pulls from: once when told to, or again and again while the hub runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog

from graph.errors import ConfigurationError
from graph.model.sync_run import Link, SyncRun
from hub.links import chosen, puller_of
from hub.settings import secret
from hub.wiring import Hub
from national_sync.pull import Runner
from provincial_adapters._toolkit.dialect import Means
from provincial_adapters._toolkit.fetch import open_client

Tell: TypeAlias = Callable[[Link, SyncRun], None]
log = structlog.get_logger("hub.cadence")


async def run_links(hub: Hub, links: Sequence[Link], tell: Tell = lambda _link, _run: None) -> list[SyncRun]:
    """Run these links side by side; `tell` hears of each after every delivery. A failed run is a result."""
    runner = Runner(hub.intake, hub.registry, hub.registry, hub.clock, asyncio.to_thread)
    async with open_client() as client:
        means = Means(client, token_of)

        async def one(link: Link) -> SyncRun:
            return await runner.run(link, puller_of(link, means), lambda run: tell(link, run))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(link)) for link in links]
    return [task.result() for task in tasks]


async def keep_running(hub: Hub, every_s: float) -> None:
    """Run every enabled link, wait, and again, until cancelled; folders are watched in this way.

    What nobody foresaw is logged, and the next round comes all the same: a loop that dies in silence would
    leave a hub that looks well and hears nothing.
    """
    while True:
        try:
            links = await asyncio.to_thread(hub.registry.links)
            await run_links(hub, chosen(links, []))
        except Exception:
            log.exception("links")
        await asyncio.sleep(every_s)


def token_of(link: Link) -> str:
    """The token a link's credential names. Raises ConfigurationError."""
    if link.credential is None:
        raise ConfigurationError(
            f"link {link.key}", ["it names no credential, and its source asks for a token"]
        )
    return secret(link.credential)
