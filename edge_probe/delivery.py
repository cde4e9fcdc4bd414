"""Hands the spool to one platform, batch after batch, each again and again until the platform has it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import TypeVar

from edge_probe.backoff import wait_seconds
from edge_probe.batch_size import BatchSize
from edge_probe.ports import Clock
from edge_probe.reading_ahead import ReadingAhead
from edge_probe.readings import Event, Spooled
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.spool_lanes import SpoolLanes
from edge_probe.uplink_ports import USUAL_PACE, Pace, Refusal, Reporter, TryLater, Uplink
from graph.errors import SourceError, SourceRefused, SourceUnreachable

REFUSED_EVERY = dt.timedelta(hours=20)  # once a day, however late in its slot it was the day before
GIVEN_UP_AFTER = dt.timedelta(days=30)  # a month of asking, and nobody mended it
REFUSED_TOLD_MAX = 20  # of a batch that goes once more: each was told of when it went the first time
LIVE = dt.timedelta(hours=1)  # what was written since is what people look at now
JITTER_S = 60.0  # into a slot that many devices may have been given: a minute of it is no matter
T = TypeVar("T")


class Lane(Enum):
    """What goes first (车道): what was read lately, what waits, what goes once more."""

    LIVE = auto()
    BACKLOG = auto()
    AGAIN = auto()


class Delivery:
    """One uplink at work. The platform's refusals of rows become events; a refused batch stays and is tried again.

    By a pace that tries again refused rows go once more a day: to a platform that has no receipts for batches.
    """

    def __init__(
        self,
        name: str,
        uplink: Uplink,
        spool: Spool,
        clock: Clock,
        spread: Callable[[float, float], float],
        tell: Callable[[Event], None],
        pace: Pace = USUAL_PACE,
    ) -> None:
        self.name, self._pace = name, pace
        self._uplink, self._spool, self._clock = uplink, spool, clock
        self._spread, self._tell = spread, tell
        self._failures = 0
        self._again, self._lanes, self._one = SpoolComparing(spool), SpoolLanes(spool), asyncio.Lock()
        self._size, self._ahead = BatchSize(pace), ReadingAhead(name, uplink, self._lanes)
        self._reporter = uplink if isinstance(uplink, Reporter) else None

    async def push(self) -> float | None:
        """Hand over all there is. None when it is done, else the seconds to wait before trying again. One at a time."""
        async with self._one:
            return await self._push()

    async def _push(self) -> float | None:
        try:
            opens = await self._opens()
            while opens is None and (going := await self._next()):
                lane, rows = going
                refusals = await self._send_backlog(rows) if lane is Lane.BACKLOG else await self._send(rows)
                await self._settle(lane, rows, refusals)
            if opens is None and self._pace.tries_again:
                await self._try_refused()
            await self._report()
        except SourceError as fault:
            await self._note_failure(fault)
            return wait_seconds(self._failures - 1, self._spread, getattr(fault, "retry_after_s", None))
        if opens is None:
            return None
        return self._clock.seconds_until(opens + dt.timedelta(seconds=self._spread(0.0, JITTER_S)))

    async def _opens(self) -> dt.datetime | None:
        """When the platform takes what waits; None: now, or nothing waits."""
        oldest = await asyncio.to_thread(self._spool.oldest, self.name)
        return None if oldest is None else await self._in_time(self._uplink.opens(oldest))

    async def _next(self) -> tuple[Lane, Sequence[Spooled]] | None:
        """What was read lately before a long backlog, then that, and after it what goes there once more."""
        limit, since = self._pace.rows, self._clock.now() - LIVE
        if live := await asyncio.to_thread(self._lanes.live, self.name, limit, since):
            return Lane.LIVE, live
        size, ahead = self._size.rows, self._ahead.take()
        if unsent := await asyncio.to_thread(self._spool.unsent, self.name, size, ahead):
            return Lane.BACKLOG, unsent
        again = await asyncio.to_thread(self._again.again, self.name, limit)
        return (Lane.AGAIN, again) if again else None

    async def _send_backlog(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """One of many batches: the next one is made ready meanwhile, and grows where this one was quick."""
        if self._pace.rows_max is None or len(rows) < self._pace.rows:
            return await self._send(rows)
        began = asyncio.get_running_loop().time()
        async with self._ahead.beside(rows[-1].sequence, self._size.rows):
            refusals = await self._send(rows)
            self._size.took(len(rows), asyncio.get_running_loop().time() - began)
        return refusals

    async def _send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        return await self._in_time(self._uplink.send(rows))

    async def _in_time(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._pace.seconds):
                return await answer
        except TimeoutError as fault:
            raise SourceUnreachable(f"{self.name}: no receipt within {self._pace.seconds:g} s") from fault

    async def _try_refused(self) -> None:
        """What the platform refused goes once more a day: it may know the point by now. After a month it is given up."""
        now = self._clock.now()
        if lost := await asyncio.to_thread(self._spool.give_up, self.name, now - GIVEN_UP_AFTER):
            await self._tell_of(
                "rows-given-up", f"{lost} rows that it refuses for {GIVEN_UP_AFTER.days} days"
            )
        before = now - REFUSED_EVERY
        rows = await asyncio.to_thread(self._spool.aside, self.name, before, self._pace.rows)
        if not rows:
            return
        try:
            still = {refusal.row for refusal in await self._send(rows) if refusal.row is not None}
        except SourceRefused:
            still = set(rows)
        taken = [row.sequence for row in rows if row not in still]
        await asyncio.to_thread(self._spool.take_back, self.name, taken)
        await asyncio.to_thread(self._spool.set_aside, self.name, [row.sequence for row in still], now)
        if taken:
            await self._tell_of("refused-rows-taken", f"{len(taken)} of {len(rows)}")

    async def _report(self) -> None:
        """What changed of time since the platform was told; one that takes no such reports is left alone until a restart."""
        while self._reporter is not None:
            spans, upto = await asyncio.to_thread(self._spool.spans.unreported, self.name)
            if not spans:
                return
            try:
                await self._in_time(self._reporter.report(spans))
            except SourceRefused as fault:
                self._reporter = None
                await self._tell_of("report-refused", str(fault))
                return
            await asyncio.to_thread(self._spool.spans.reported, self.name, upto)

    async def _tell_of(self, kind: str, detail: str) -> None:
        event = self._event(kind, detail)
        await asyncio.to_thread(self._spool.append, events=[event])
        self._tell(event)

    async def _settle(self, lane: Lane, rows: Sequence[Spooled], refusals: Sequence[Refusal]) -> None:
        last = rows[-1]
        told = refusals[:REFUSED_TOLD_MAX] if lane is Lane.AGAIN else refusals
        events = [self._event("row-refused", _told(refusal)) for refusal in told]
        if self._failures:
            events.append(self._event("uplink-works-again", f"after {self._failures} failures"))
        self._failures = 0
        if lane is Lane.AGAIN:
            await asyncio.to_thread(self._again.settle_again, self.name, last.again, events)
        else:
            await self._acknowledge(lane, last.sequence, refusals, events)
        for event in events:
            self._tell(event)

    async def _acknowledge(
        self, lane: Lane, upto: int, refusals: Sequence[Refusal], events: Sequence[Event]
    ) -> None:
        if self._pace.tries_again and (refused := [each.row.sequence for each in refusals if each.row]):
            await asyncio.to_thread(self._spool.set_aside, self.name, refused, self._clock.now())
        if lane is Lane.LIVE:
            await asyncio.to_thread(self._lanes.took_live, self.name, events)
        else:
            await asyncio.to_thread(self._spool.acknowledge, self.name, upto, events)

    async def _note_failure(self, fault: SourceError) -> None:
        """Only the first failure in a row is an event: the next ones say the same."""
        self._failures += 1
        self._size.failed()
        if self._failures == 1:
            kind = "uplink-busy" if isinstance(fault, TryLater) else fault.code.lower().replace("_", "-")
            await self._tell_of(kind, str(fault))

    def _event(self, kind: str, detail: str) -> Event:
        return Event(self._clock.now(), self.name, kind, detail)


def _told(refusal: Refusal) -> str:
    if refusal.row is None:
        return f"{refusal.code}: {refusal.why}"
    reading = refusal.row.reading
    which = f"{reading.data_code} {reading.start.isoformat()} {reading.value}"
    return f"{refusal.code}: {refusal.why} (row {refusal.row.sequence}: {which})"
