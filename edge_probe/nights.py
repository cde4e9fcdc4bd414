"""Reconciles one platform by night: once in each slot of the Beijing day, beside everything else the probe does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence

from edge_probe.backoff import wait_seconds
from edge_probe.ports import Clock
from edge_probe.readings import Event
from edge_probe.reconciling import Reconciling
from edge_probe.uplink_ports import Absent
from graph.errors import SourceError, SourceUnreachable
from graph.model.daily_slot import DAY, DailySlot
from graph.model.period import beijing_day, midnight

LOOK_S = 600.0  # between two looks at a clock that may be set meanwhile
DEADLINE_S = 1800.0  # of one comparison: what goes once more goes on without it


class Night:
    """One platform's comparisons. `spread(low, high)` draws a number, so that not all probes ask at once."""

    def __init__(
        self,
        reconciling: Reconciling,
        slot: DailySlot,
        clock: Clock,
        spread: Callable[[float, float], float],
        tell: Callable[[Event], None],
        add_events: Callable[[Sequence[Event]], object],
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.name = reconciling.name
        self._reconciling, self._slot, self._clock, self._spread = reconciling, slot, clock, spread
        self._tell, self._add_events, self._deadline_s = tell, add_events, deadline_s

    async def keep(self) -> None:
        """Compare once in each slot, until cancelled. Raises StoreError."""
        while True:
            begins, ends = await self._next()
            half = (ends - begins) / 2
            await self._wait(begins + dt.timedelta(seconds=self._spread(0.0, half.total_seconds())))
            await self._compare(ends)
            await self._wait(ends)

    async def _next(self) -> tuple[dt.datetime, dt.datetime]:
        """What is left of this slot, unless it was compared in it; else the next one."""
        now = self._clock.now()
        opened = midnight(beijing_day(now)) + dt.timedelta(minutes=self._slot.begins)
        opened = opened if opened <= now else opened - DAY
        length = dt.timedelta(minutes=self._slot.ends - self._slot.begins) % DAY
        last = await self._reconciling.last()
        if now < opened + length and (last is None or last < opened):
            return now, opened + length
        return opened + DAY, opened + DAY + length

    async def _compare(self, ends: dt.datetime) -> None:
        """Try until the slot is over; the first failure is an event, the next ones say the same."""
        failures = 0
        while failures == 0 or self._clock.now() < ends:
            try:
                await self._in_time()
            except SourceError as fault:
                failures += 1
                if failures == 1:
                    await self._note(fault)
                if isinstance(fault, Absent):
                    return
                await asyncio.sleep(
                    wait_seconds(failures - 1, self._spread, getattr(fault, "retry_after_s", None))
                )
            else:
                return

    async def _in_time(self) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._reconciling.reconcile()
        except TimeoutError as fault:
            raise SourceUnreachable(f"{self.name}: not compared within {self._deadline_s:g} s") from fault

    async def _note(self, fault: SourceError) -> None:
        kind = "tells-no-digests" if isinstance(fault, Absent) else "not-reconciled"
        event = Event(self._clock.now(), self.name, kind, f"{fault.code}: {fault}")
        await asyncio.to_thread(self._add_events, [event])
        self._tell(event)

    async def _wait(self, until: dt.datetime) -> None:
        while True:
            seconds = self._clock.seconds_until(until)
            if seconds <= 0:
                return
            await asyncio.sleep(min(seconds, LOOK_S))
