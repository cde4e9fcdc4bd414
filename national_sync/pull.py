"""Runs a link once: pulls what is new, hands readings to intake and nouns to the registry, keeps the run.

A run that ends badly says so and keeps what it had stored: the cursor moves only behind what is durable, so
the next run goes on from there and nothing is lost or doubled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from graph.errors import NengshuError
from graph.model.principal import Reach
from graph.model.sync_run import Link, Receipt, RunState, SyncRun
from graph.ports import Clock, Delivery, NounDelivery, Puller, RegistrySink, RunBlocking, RunLog


class Taking(Protocol):
    """Where readings go."""

    def take(self, delivery: Delivery) -> Receipt:
        """Store a delivery and say what became of each row."""
        ...


@dataclass(frozen=True)
class Runner:
    """What a run needs; `blocking` runs a store's call where it does not hold up the loop."""

    intake: Taking
    registry: RegistrySink
    runs: RunLog
    clock: Clock
    blocking: RunBlocking

    async def run(
        self, link: Link, puller: Puller, tell: Callable[[SyncRun], None] = lambda _run: None
    ) -> SyncRun:
        """One run of a link, told to `tell` after every delivery and stored. Never raises for the source's faults."""
        started = self.clock.now()
        number = await self.blocking(partial(self.runs.begin, link, started))
        run = SyncRun(link.key, started, cursor=link.cursor)
        try:
            async for delivery in puller.pull(link):
                run = await self._book(link, run, delivery)
                await self.blocking(partial(self.runs.update, number, run))
                tell(run)
        except NengshuError as fault:
            run = replace(run, state=RunState.FAILED, error=f"{fault.code}: {fault}")
        else:
            run = replace(run, state=RunState.SUCCEEDED)
        run = replace(run, ended_at=self._now_after(started))
        await self.blocking(partial(self.runs.update, number, run))
        tell(run)
        return run

    async def _book(self, link: Link, run: SyncRun, delivery: Delivery | NounDelivery) -> SyncRun:
        if isinstance(delivery, NounDelivery):
            reach = Reach(region=link.region)
            await self.blocking(
                partial(self.registry.upsert, delivery.noun, delivery.rows, f"link {link.key}", reach)
            )
            return replace(run, cursor=delivery.cursor or run.cursor)
        receipt = await self.blocking(partial(self.intake.take, delivery))
        return replace(
            run,
            rows=run.rows + receipt.rows,
            accepted=run.accepted + receipt.accepted,
            duplicate=run.duplicate + receipt.duplicate,
            corrected=run.corrected + receipt.corrected,
            rejected=run.rejected + receipt.rejected_count,
            cursor=delivery.cursor or run.cursor,
        )

    def _now_after(self, started: dt.datetime) -> dt.datetime:
        return max(self.clock.now(), started)
