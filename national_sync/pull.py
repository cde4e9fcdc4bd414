"""Runs a link once: pulls what is new, hands readings to intake and nouns to the registry, keeps the run.

A run that ends badly says so and keeps what it had stored: the cursor moves only behind what is durable, so
the next run goes on from there and nothing is lost or doubled. Nouns the registry refuses are noted on the run
and cost only themselves: one bad row of a roster must not shut off a province's readings.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import anyio

from graph.errors import InvalidInput, NengshuError
from graph.model.principal import Reach
from graph.model.sync_run import Link, Receipt, RunState, SyncRun
from graph.ports import Clock, Delivery, Handed, NounDelivery, Puller, RegistrySink, RunBlocking, RunLog

RUN_S_MAX = 3600.0  # the next run goes on where a slow one was cut off, and a hung source frees its link
ERROR_CHARACTERS_MAX = 2_000  # of a run; the first faults say enough
CANCELLED = "CANCELLED: the hub ended the run before it was done"


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
    run_s_max: float = RUN_S_MAX

    async def run(
        self, link: Link, puller: Puller, tell: Callable[[SyncRun], None] = lambda _run: None
    ) -> SyncRun:
        """One run of a link, told to `tell` after every delivery and stored; whatever goes wrong is its error.

        Raises StoreError when the run itself could not be kept, and cancellation, once the run is closed.
        """
        started = self.clock.now()
        number = await self.blocking(partial(self.runs.begin, link, started))
        run = SyncRun(link.key, started, cursor=link.cursor)
        try:
            with anyio.move_on_after(self.run_s_max) as bounded:
                async for delivery in puller.pull(link):
                    run = await self._book(link, run, delivery)
                    await self.blocking(partial(self.runs.update, number, run))
                    tell(run)
        except NengshuError as fault:
            run = _noting(run, f"{fault.code}: {fault}")
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._closed(number, _noting(run, CANCELLED))
            raise
        except Exception as fault:  # noqa: BLE001 - one province's surprise must not end the others' runs
            run = _noting(run, _surprise(fault))
        else:
            if bounded.cancelled_caught:
                run = _noting(run, f"SOURCE_UNREACHABLE: {link.key}: not done after {self.run_s_max:g} s")
        run = await self._closed(number, run)
        tell(run)
        return run

    async def _closed(self, number: int, run: SyncRun) -> SyncRun:
        """The run with its end, stored."""
        state = RunState.SUCCEEDED if run.error is None else RunState.FAILED
        run = replace(run, state=state, ended_at=max(self.clock.now(), run.started_at))
        await self.blocking(partial(self.runs.update, number, run))
        return run

    async def _book(self, link: Link, run: SyncRun, delivery: Delivery | NounDelivery | Handed) -> SyncRun:
        if isinstance(delivery, Handed):
            return _with_handed(run, delivery)
        if isinstance(delivery, NounDelivery):
            return await self._book_nouns(link, run, delivery)
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

    async def _book_nouns(self, link: Link, run: SyncRun, delivery: NounDelivery) -> SyncRun:
        """The rows in the registry, or their fault on the run: nouns come whole each time, so a mended row arrives."""
        who, reach = f"link {link.key}", Reach(region=link.region)
        try:
            await self.blocking(partial(self.registry.upsert, delivery.noun, delivery.rows, who, reach))
        except InvalidInput as fault:
            return _noting(run, f"{fault.code}: {delivery.noun}: {fault}")
        return run


def _with_handed(run: SyncRun, handed: Handed) -> SyncRun:
    """The run with what another hub made of what it was handed; each refusal is a fault."""
    run = replace(
        run,
        rows=run.rows + handed.rows,
        accepted=run.accepted + handed.accepted,
        duplicate=run.duplicate + handed.duplicate,
        corrected=run.corrected + handed.corrected,
        rejected=run.rejected + handed.rejected,
        cursor=handed.cursor or run.cursor,
    )
    for told in handed.told:
        run = _noting(run, f"REFUSED: {told}")
    return run


def _noting(run: SyncRun, fault: str) -> SyncRun:
    """The run with one more fault; the first ones stay readable."""
    told = fault if run.error is None else f"{run.error}; {fault}"
    return replace(run, error=told[:ERROR_CHARACTERS_MAX])


def _surprise(fault: Exception) -> str:
    """What nobody foresaw, with the place in the code where it rose."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"INTERNAL: {type(fault).__name__}: {fault} ({Path(last.filename).name}:{last.lineno})"
