"""The probe at work: every meter has its own rhythm, every platform its own delivery, and all stop together.

A dead meter delays no other, because each is watched by a task of its own; a dead platform delays no reading,
because the spool lies between.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress

from edge_probe.clock import next_multiple
from edge_probe.delivery import Delivery
from edge_probe.ports import Clock, Looks
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull
from edge_probe.uplink_ports import Companion

LAST_TRY_SECONDS = 5.0  # for what is still unsent when the probe is told to stop; a service manager waits 10
FULL_SECONDS = 60.0  # until a platform's acknowledgement may find room on the disk again
THINNED_EVERY_SECONDS = 3600.0  # real ones: an hour of twenty points is 80 rows


class Probe:
    """Watches, deliveries and what goes on beside them, over one spool. `run` once, `stop` from a signal or another task."""

    def __init__(
        self,
        clock: Clock,
        cycle: dt.timedelta,
        spool: Spool,
        watches: Sequence[Looks],
        deliveries: Sequence[Delivery],
        tell: Callable[[Event], None],
        companions: Sequence[Companion] = (),
    ) -> None:
        self._companions = companions
        self._clock, self._cycle, self._spool, self._tell = clock, cycle, spool, tell
        self._watches, self._deliveries = watches, deliveries
        self._stop, self._finishing = asyncio.Event(), asyncio.Event()
        self._news = {delivery.name: asyncio.Event() for delivery in deliveries}

    def stop(self) -> None:
        """Finish the looks under way, try once more to hand over what there is, and end."""
        self._stop.set()

    async def run(self) -> None:
        """Work until stopped. Raises an ExceptionGroup of StoreErrors when the spool cannot be written."""
        async with asyncio.TaskGroup() as group:
            deliveries = [group.create_task(self._deliver(delivery)) for delivery in self._deliveries]
            companions = [group.create_task(self._keep(companion)) for companion in self._companions]
            async with asyncio.TaskGroup() as readers:
                for watch in self._watches:
                    readers.create_task(self._watch(watch))
                readers.create_task(self._thin())
            for companion in companions:
                companion.cancel()  # what a night offered stays in the spool and goes when the probe runs again
            self._finishing.set()
            self._tell_news()
            await _end(deliveries)

    async def _watch(self, watch: Looks) -> None:
        try:
            while not self._stop.is_set():
                if await watch.look():
                    self._tell_news()
                cycle = dt.timedelta(seconds=watch.device.cycle_s) if watch.device.cycle_s else self._cycle
                next_look = next_multiple(self._clock.now(), cycle)
                await _sleep(self._clock.seconds_until(next_look), self._stop)
        finally:
            await watch.close()

    async def _deliver(self, delivery: Delivery) -> None:
        news = self._news[delivery.name]
        while not self._finishing.is_set():
            news.clear()
            wait_s = await self._push(delivery)
            if wait_s is None:
                await news.wait()
            else:
                await _sleep(wait_s, self._finishing)
        await self._push(delivery)

    async def _push(self, delivery: Delivery) -> float | None:
        """A full disk cannot note what a platform has: it gets the same batch again, and counts it once."""
        try:
            return await delivery.push()
        except SpoolFull:
            return FULL_SECONDS

    async def _thin(self) -> None:
        while not self._stop.is_set():
            with suppress(SpoolFull):  # the watches tell of it, and the next hour is another one
                await self._make_room(self._clock.now())
            await _sleep(THINNED_EVERY_SECONDS, self._stop)

    async def _make_room(self, now: dt.datetime) -> None:
        lost = await asyncio.to_thread(self._spool.thin, now)
        if lost:
            event = Event(now, "spool", "readings-lost", f"{lost} unsent ones made room for newer ones")
            await asyncio.to_thread(self._spool.append, events=[event])
            self._tell(event)

    async def _keep(self, companion: Companion) -> None:
        while True:
            try:
                return await companion.keep()
            except SpoolFull:
                await asyncio.sleep(FULL_SECONDS)

    def _tell_news(self) -> None:
        for news in self._news.values():
            news.set()


async def _sleep(seconds: float, unless: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await unless.wait()
    except TimeoutError:
        return


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Give tasks their last seconds. What a cancelled one had not handed over stays in the spool."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=LAST_TRY_SECONDS)
        for task in late:
            task.cancel()
