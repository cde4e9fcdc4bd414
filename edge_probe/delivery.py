"""Hands the spool to one platform, batch after batch, each again and again until the platform has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from edge_probe.backoff import wait_seconds
from edge_probe.ports import Clock, Refusal, TryLater, Uplink
from edge_probe.readings import Event, Spooled
from edge_probe.spool import Spool
from graph.errors import SourceError, SourceUnreachable

ROWS_PER_BATCH = 2_000  # 20 points for a day; some 300 kB before compression, far below the hub's bound
SEND_SECONDS_MAX = 60.0  # one batch with its receipt; a platform that takes longer has hung


class Delivery:
    """One uplink at work. The platform's refusals of rows become events; a refused batch stays and is tried again."""

    def __init__(
        self,
        name: str,
        uplink: Uplink,
        spool: Spool,
        clock: Clock,
        spread: Callable[[float, float], float],
        tell: Callable[[Event], None],
    ) -> None:
        self.name = name
        self._uplink, self._spool, self._clock = uplink, spool, clock
        self._spread, self._tell = spread, tell
        self._failures = 0

    async def push(self) -> float | None:
        """Hand over all there is. None when it is done, else the seconds to wait before trying again."""
        while rows := await asyncio.to_thread(self._spool.unsent, self.name, ROWS_PER_BATCH):
            try:
                refusals = await self._send(rows)
            except SourceError as fault:
                await self._note_failure(fault)
                return wait_seconds(self._failures - 1, self._spread, getattr(fault, "retry_after_s", None))
            await self._acknowledge(rows[-1].sequence, refusals)
        return None

    async def _send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                return await self._uplink.send(rows)
        except TimeoutError as fault:
            raise SourceUnreachable(f"{self.name}: no receipt within {SEND_SECONDS_MAX} s") from fault

    async def _acknowledge(self, upto: int, refusals: Sequence[Refusal]) -> None:
        events = [self._event("row-refused", _told(refusal)) for refusal in refusals]
        if self._failures:
            events.append(self._event("uplink-works-again", f"after {self._failures} failures"))
        self._failures = 0
        await asyncio.to_thread(self._spool.acknowledge, self.name, upto, events)
        for event in events:
            self._tell(event)

    async def _note_failure(self, fault: SourceError) -> None:
        """Only the first failure in a row is an event: the next ones say the same."""
        self._failures += 1
        if self._failures == 1:
            kind = "uplink-busy" if isinstance(fault, TryLater) else fault.code.lower().replace("_", "-")
            event = self._event(kind, str(fault))
            await asyncio.to_thread(self._spool.append, events=[event])
            self._tell(event)

    def _event(self, kind: str, detail: str) -> Event:
        return Event(self._clock.now(), self.name, kind, detail)


def _told(refusal: Refusal) -> str:
    if refusal.row is None:
        return f"{refusal.code}: {refusal.why}"
    reading = refusal.row.reading
    which = f"{reading.data_code} {reading.start.isoformat()} {reading.value}"
    return f"{refusal.code}: {refusal.why} (row {refusal.row.sequence}: {which})"
