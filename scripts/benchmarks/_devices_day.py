"""Seventeen thousand devices hand in their day of a hundred points as fast as one hub takes it.

Each device has a connection of its own, as a device in the field has: it asks for the versions, uploads, and goes. A hub
that is busy says so, and the device comes again after the pause it was told; the time of its acknowledgement counts from
its first try. What was acknowledged is counted again in the hub's own ledger.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from rich.progress import Progress

from graph.errors import StoreError
from scripts.benchmarks._devices_bodies import days, said, upload
from scripts.benchmarks._devices_caller import Connection, connected, percentile, post, side_by_side
from scripts.benchmarks._devices_nation import CHECK, UPLOAD, Device, accepted, registered
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_served import Process
from scripts.benchmarks._store_nation import POINTS

DAY = dt.date(2024, 6, 1)
AT_ONCE = 48  # devices that talk to the hub at a time
BUSY = {429, 503}
MEGABYTE = 2**20


@dataclass
class Told:
    """What the devices saw."""

    seconds: list[float] = field(default_factory=list)
    busy: int = 0


@dataclass(frozen=True)
class Day:
    """One hub, and all its units' devices."""

    hub: Process
    units: Sequence[str]

    def figures(self) -> Iterator[Figure]:
        """How many devices a second, how long one waits for its acknowledgement, and what memory the hub held."""
        yield from asyncio.run(self._figures())

    async def _figures(self) -> list[Figure]:
        with Progress(transient=True) as progress:
            known, registering_s = await self._register(progress)
            self.hub.forget_peak()
            told, seconds, cpu_s = await self._hand_in(known, progress)
        many = len(known)
        if len(told.seconds) != many:
            raise StoreError(f"{len(told.seconds)} of {many} devices were acknowledged")
        milliseconds = [1000 * each for each in told.seconds]
        return [
            Figure("devices that register", many / registering_s, "devices/s"),
            Figure("devices that hand in a day", many / seconds, "devices/s"),
            Figure("readings of their day", many * POINTS / seconds, "readings/s"),
            Figure("devices, for a second of CPU", many / cpu_s, "devices"),
            Figure("acknowledgement, median", percentile(milliseconds, 0.5), "ms"),
            Figure("acknowledgement, 99th percentile", percentile(milliseconds, 0.99), "ms"),
            Figure("told to come again", told.busy, "times"),
            Figure("memory of the hub at most", self.hub.peak_bytes / MEGABYTE, "MiB", None, Wanted.AT_MOST),
        ]

    async def _register(self, progress: Progress) -> tuple[list[Device], float]:
        bar = progress.add_task("register", total=len(self.units))
        known: dict[int, Device] = {}

        async def register(number: int) -> None:
            async with connected(self.hub.base) as connection:
                known[number] = await registered(connection, self.hub.base, self.units[number])

        began = perf_counter()
        await side_by_side(register, len(self.units), AT_ONCE, lambda done: progress.advance(bar, done))
        return [known[number] for number in range(len(self.units))], perf_counter() - began

    async def _hand_in(self, known: Sequence[Device], progress: Progress) -> tuple[Told, float, float]:
        bar, told, rows = progress.add_task("hand in", total=len(known)), Told(), days(DAY, 1)

        async def hand_in(number: int) -> None:
            device = known[number]
            body = post(self.hub.base, UPLOAD, upload(device.identity, device.unit, rows))
            check = post(self.hub.base, CHECK, said(deviceId=device.identity))
            async with connected(self.hub.base) as connection:
                accepted(await connection.ask(check))
                began = perf_counter()
                await self._until_taken(connection, body, told)
                told.seconds.append(perf_counter() - began)

        before, began = self.hub.cpu_s, perf_counter()
        await side_by_side(hand_in, len(known), AT_ONCE, lambda done: progress.advance(bar, done))
        return told, perf_counter() - began, self.hub.cpu_s - before

    async def _until_taken(self, connection: Connection, body: bytes, told: Told) -> None:
        answer = await connection.ask(body)
        while answer.status in BUSY:
            told.busy += 1
            await asyncio.sleep(answer.wait_s or 1.0)
            async with connected(self.hub.base) as again:
                answer = await again.ask(body)
        accepted(answer)
