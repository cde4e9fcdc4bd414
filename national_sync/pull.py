"""Runs a link once: pulls what is new, hands readings to intake and nouns to the registry, keeps the run.

A run that ends badly says so and keeps what it had stored: the cursor moves only behind what is durable, so
the next run goes on from there and nothing is lost or doubled. What could not be booked is in quarantine by then;
that a source drifts is told, and no failure (national_sync/drifting.py). Nouns the registry refuses are noted on
the run and cost only themselves: one bad row of a roster must not shut off a province's readings.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import anyio

from graph.errors import InvalidInput, LeaseLost, NengshuError
from graph.model.principal import Reach
from graph.model.sync_run import (
    FAULTS_KEPT_MAX,
    REFUSED_KEPT_MAX,
    Link,
    Receipt,
    RefusedRow,
    RunFault,
    RunState,
    SyncRun,
    lag_s,
)
from graph.ports import (
    Clock,
    Delivery,
    Handed,
    NounDelivery,
    Puller,
    Quarantine,
    RegistrySink,
    RunBlocking,
    RunLog,
)  # fmt: skip
from national_sync.cadence import RUN_S_MAX, Ended
from national_sync.drifting import Drifting, NothingKept
from national_sync.letting_go import letting_go
from national_sync.newest import newest_of

ERROR_CHARACTERS_MAX = 2_000  # of a run; the first faults say enough
CANCELLED = "CANCELLED: the hub ended the run before it was done"


class Taking(Protocol):
    """Where readings go."""

    def take(self, delivery: Delivery) -> Receipt:
        """Store a delivery and say what became of each row."""
        ...


async def unguarded() -> None:
    """What may always write."""


@dataclass(frozen=True)
class Runner:
    """What a run needs; `blocking` runs a store's call where it does not hold up the loop.

    `guard` is asked before anything is written, and raises LeaseLost where the link is another hub's by now.
    """

    intake: Taking
    registry: RegistrySink
    runs: RunLog
    clock: Clock
    blocking: RunBlocking
    run_s_max: float = RUN_S_MAX
    quarantine: Quarantine = field(default_factory=NothingKept)
    guard: Callable[[], Awaitable[None]] = unguarded

    async def run(
        self, link: Link, puller: Puller, tell: Callable[[SyncRun], None] = lambda _run: None
    ) -> SyncRun:
        """One run of a link, told to `tell` after every delivery and stored; whatever goes wrong is its error.

        Raises StoreError when the run itself could not be kept, and cancellation, once the run is closed.
        """
        started, began_s = self.clock.now(), time.monotonic()
        number = await self.blocking(partial(self.runs.begin, link, started))
        run, drifting = SyncRun(link.key, started, cursor=link.cursor), Drifting(link, self.quarantine)
        closed = partial(self._closed, number, began_s)
        try:
            with anyio.move_on_after(self.run_s_max) as bounded:
                async with letting_go(puller.pull(link)) as coming:
                    async for delivery in coming:
                        await self.guard()
                        run = await self._book(link, run, delivery, drifting)
                        await self.blocking(partial(self.runs.update, number, run))
                        tell(run)
                await self.blocking(partial(drifting.settle, f"sync run {number}"))
        except NengshuError as fault:
            run = _noting(run, f"{fault.code}: {fault}", RunFault.of(fault))
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await closed(_broken(run, CANCELLED))
            raise
        except Exception as fault:  # noqa: BLE001 - one province's surprise must not end the others' runs
            run = _broken(run, _surprise(fault))
        else:
            if bounded.cancelled_caught:
                run = _broken(run, f"SOURCE_UNREACHABLE: {link.key}: not done after {self.run_s_max:g} s")
        run = await closed(run)
        tell(run)
        return run

    async def _closed(self, number: int, began_s: float, run: SyncRun) -> SyncRun:
        """The run with its end, stored; one that lost its lease as it ended did not succeed."""
        now = max(self.clock.now(), run.started_at)
        took_ms = int(1000 * (time.monotonic() - began_s))
        run = replace(run, ended_at=now, duration_ms=took_ms, lag_s=lag_s(run.newest, now))
        run = replace(run, state=RunState.SUCCEEDED if run.error is None else RunState.FAILED)
        try:
            await self.blocking(partial(self.runs.update, number, run))
        except LeaseLost as fault:
            run = replace(_noting(run, f"{fault.code}: {fault}", RunFault.of(fault)), state=RunState.FAILED)
            await self.blocking(partial(self.runs.update, number, run))
        return run

    async def _book(
        self, link: Link, run: SyncRun, delivery: Delivery | NounDelivery | Handed, drifting: Drifting
    ) -> SyncRun:
        run = replace(run, bytes=run.bytes + delivery.bytes_read)
        if isinstance(delivery, Handed):
            return _with_handed(run, delivery)
        if isinstance(delivery, NounDelivery):
            return await self._book_nouns(link, run, delivery)
        receipt, came = await self.blocking(partial(self._taken, delivery))
        await self.blocking(partial(drifting.keep, delivery, receipt))
        counted = _as_known(receipt) if receipt.repeated else receipt
        return replace(
            _counting(run, counted, counted.rejected_count),
            quarantined=drifting.rows,
            drift=drifting.text,
            refused=(*run.refused, *_refused(receipt))[:REFUSED_KEPT_MAX],
            newest=max(filter(None, (run.newest, came)), default=None),
            cursor=delivery.cursor or run.cursor,
        )

    def _taken(self, delivery: Delivery) -> tuple[Receipt, dt.datetime | None]:
        """The receipt of readings, and how new they are."""
        newest = newest_of(delivery.arrived.table, self.clock.now())
        return self.intake.take(delivery), newest

    async def _book_nouns(self, link: Link, run: SyncRun, delivery: NounDelivery) -> SyncRun:
        """The rows in the registry, or their fault on the run: nouns come whole each time, so a mended row arrives."""
        who, reach = f"link {link.key}", Reach(region=link.region)
        try:
            await self.blocking(partial(self.registry.upsert, delivery.noun, delivery.rows, who, reach))
        except InvalidInput as fault:
            noted = RunFault.of(fault, delivery.noun, is_end=False)
            return _noting(run, f"{fault.code}: {delivery.noun}: {fault}", noted)
        return run


def _counting(run: SyncRun, came: Receipt | Handed, rejected: int) -> SyncRun:
    """The run with what became of more rows added to its counts."""
    return replace(
        run,
        rows=run.rows + came.rows,
        accepted=run.accepted + came.accepted,
        duplicate=run.duplicate + came.duplicate,
        corrected=run.corrected + came.corrected,
        superseded=run.superseded + came.superseded,
        suspect=run.suspect + came.suspect,
        rejected=run.rejected + rejected,
    )


def _with_handed(run: SyncRun, handed: Handed) -> SyncRun:
    """The run with what another hub made of what it was handed; each refusal is a fault."""
    run = replace(_counting(run, handed, handed.rejected), cursor=handed.cursor or run.cursor)
    for fault in handed.refused:
        row = "" if fault.row is None else f", row {fault.row}"
        run = _noting(run, f"{fault.code}: {fault.place}{row}: {fault.message}", fault)
    return run


def how_it_ended(link: Link, run: SyncRun) -> Ended:
    """How a run ended, as far as the next one of its link rests on that."""
    if run.state is RunState.SUCCEEDED:
        return Ended.SUCCEEDED
    if run.broke_off is None:
        return Ended.NOTED
    is_further = run.accepted + run.corrected > 0 or run.cursor != link.cursor
    return Ended.CUT if is_further else Ended.BROKE


def _as_known(receipt: Receipt) -> Receipt:
    """A receipt given before, as what came now: nothing new."""
    known = receipt.rows - receipt.rejected_count
    return replace(receipt, accepted=0, corrected=0, superseded=0, suspect=0, duplicate=known)


def _refused(receipt: Receipt) -> list[RefusedRow]:
    """The first rows a receipt names."""
    named = receipt.rejected[:REFUSED_KEPT_MAX]
    return [RefusedRow(receipt.batch, row.row, row.code, row.why) for row in named]


def _noting(run: SyncRun, said: str, fault: RunFault) -> SyncRun:
    """The run with one more fault; the first ones stay readable, and so does the one it broke off at."""
    told = said if run.error is None else f"{run.error}; {said}"
    kept = run.faults[: FAULTS_KEPT_MAX - 1] if fault.is_end else run.faults
    faults = (*kept, fault)[:FAULTS_KEPT_MAX]
    return replace(run, error=told[:ERROR_CHARACTERS_MAX], faults=faults)


def _broken(run: SyncRun, said: str) -> SyncRun:
    """The run with a fault that no error of ours says: its code, then what happened."""
    code, _, message = said.partition(": ")
    return _noting(run, said, RunFault(code, message))


def _surprise(fault: Exception) -> str:
    """What nobody foresaw, with the place in the code where it rose."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"INTERNAL: {type(fault).__name__}: {fault} ({Path(last.filename).name}:{last.lineno})"
