"""Holds a link while it is run (租约): takes its lease, lets it beat, and says how the link stands once the run is over.

A lease is renewed every BEAT_S. Who could not renew it for LEASE_S does not know any more whether it is theirs, and writes
nothing until they asked; who saw it stand still for as long takes it over. Both count by their own steady clock.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias, TypeVar

import anyio
import structlog
from anyio import to_thread

from graph.errors import LeaseLost, NengshuError
from graph.model.sync_run import SyncRun
from graph.ports import Clock
from hub.stores.registry.leases import Lease, Leases, Standing, lost
from national_sync.cadence import LinkState

BEAT_S = 15.0  # between two renewals: each is one short write
LEASE_S = 90.0  # six beats missed: longer than the registry's longest write, and nobody waits for a dead hub for ever
LANES = 2  # of what keeps leases, so that no upload that waits for the writer costs one

T = TypeVar("T")
Next: TypeAlias = Callable[[LinkState, SyncRun | None], LinkState]
log = structlog.get_logger("hub.leasing")


@dataclass
class Held:
    """A lease as its holder has it: until when it surely is theirs."""

    lease: Lease
    renewed_s: float
    is_lost: bool = False
    run: SyncRun | None = None  # how it ended; none: the hub ended it


@dataclass(frozen=True)
class Leasing:
    """How one hub takes leases and keeps them; `steady` is its clock that nobody sets."""

    leases: Leases
    holder: str
    clock: Clock
    lease_s: float = LEASE_S
    beat_s: float = BEAT_S
    steady: Callable[[], float] = time.monotonic
    lane: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(LANES))

    async def standing(self) -> tuple[Standing, ...]:
        """Every link as it stands."""
        return await self._beside(self.leases.standing)

    async def take(self, key: str, seen: Standing | None = None, *, is_dead: bool = False) -> Held | None:
        """The lease of a link, where it is to be had. Raises NotFound, StoreError."""
        begun = self.steady()
        now = self.clock.now()
        call = partial(self.leases.take, key, self.holder, now, self._until(now), seen, is_dead=is_dead)
        lease = await self._beside(call)
        return None if lease is None else Held(lease, begun)

    @asynccontextmanager
    async def keeping(self, held: Held, after: Next) -> AsyncIterator[None]:
        """Let a lease beat while the block goes on, and give it back at its end, whatever ended it.

        `after` says how the link stands then, from how it stood and the run that `held` was given.
        """
        beating = asyncio.create_task(self._beat(held))
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                beating.cancel()
                await asyncio.wait([beating])
                await self._give_back(held, after)

    async def check(self, held: Held) -> None:
        """Whether a lease is still its holder's, asked anew where it was not renewed for long. Raises LeaseLost."""
        if held.is_lost:
            raise lost(held.lease)
        if self.steady() - held.renewed_s >= self.lease_s / 2:
            await self._renew(held)

    async def _beat(self, held: Held) -> None:
        """Renew it again and again; a time that fails is logged, and `check` asks before anything is written."""
        while not held.is_lost:
            await anyio.sleep(self.beat_s)
            try:
                await self._renew(held)
            except Exception:
                log.exception("lease", link=held.lease.link)

    async def _renew(self, held: Held) -> None:
        begun, until = self.steady(), self._until(self.clock.now())
        try:
            await self._beside(partial(self.leases.renew, held.lease, until))
        except LeaseLost:
            held.is_lost = True
            raise
        held.renewed_s = begun

    async def _give_back(self, held: Held, after: Next) -> None:
        try:
            newest = held.run.newest if held.run else None

            def next_of(state: LinkState) -> LinkState:
                return after(state, held.run)

            await self._beside(partial(self.leases.give_back, held.lease, next_of, newest))
        except NengshuError as fault:  # it beats no more, so that somebody takes it over
            log.warning("lease", link=held.lease.link, why=str(fault))

    def _until(self, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(seconds=self.lease_s)

    async def _beside(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self.lane)


@dataclass
class Onlooker:
    """Which leases stand still, by the steady clock of who looks on."""

    lease_s: float
    steady: Callable[[], float] = time.monotonic
    seen: dict[str, tuple[Lease, float]] = field(default_factory=dict)

    def is_dead(self, lease: Lease) -> bool:
        """Whether it did not beat for its whole length, as far as was looked; the first look only begins to count."""
        now = self.steady()
        last, since = self.seen.get(lease.link, (None, now))
        if last != lease:
            since = now
        self.seen[lease.link] = (lease, since)
        return now - since >= self.lease_s
