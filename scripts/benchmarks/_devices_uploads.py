"""Uploads of ten thousand readings in NHJC-04 until they are durable, and the same readings by our own batch protocol.

What a device keeps of a hundred days goes out in one POST. Each round gives both ways units of their own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import pyarrow as pa
from rich.console import Console
from rich.progress import track

from scripts.benchmarks._access_pairs import Middle
from scripts.benchmarks._devices_bodies import days, upload
from scripts.benchmarks._devices_caller import connected, post, side_by_side
from scripts.benchmarks._devices_nation import UPLOAD, accepted, registered
from scripts.benchmarks._figure import Figure
from scripts.benchmarks._links_bodies import FORMS
from scripts.benchmarks._links_nation import Province
from scripts.benchmarks._links_sender import Sender
from scripts.benchmarks._links_served import Process
from scripts.benchmarks._links_uploads import Taken
from scripts.benchmarks._store_nation import POINTS

DAYS, FIRST_DAY = 100, dt.date(2024, 1, 1)
ROWS = DAYS * POINTS
AT_ONCE = 2  # devices that upload: as many as the hub decodes at once
UPLOADS = 20  # of a round, each way
READINGS_S_MIN = 200_000
OURS = next(form for form in FORMS if form.name == "NDJSON")


@dataclass(frozen=True)
class Uploads:
    """A hub and the units of one of its provinces, each of which uploads once."""

    hub: Process
    province: Province
    sender: Sender

    def by_devices(self, units: Sequence[int]) -> Taken:
        """Each of these units' devices hands in its hundred days."""
        return asyncio.run(self._by_devices([self.province.credit_codes[number] for number in units]))

    async def _by_devices(self, units: Sequence[str]) -> Taken:
        rows, known = days(FIRST_DAY, DAYS), []
        async with connected(self.hub.base) as connection:
            known = [await registered(connection, self.hub.base, unit) for unit in units]
        bodies = [post(self.hub.base, UPLOAD, upload(each.identity, each.unit, rows)) for each in known]

        async def hand_in(number: int) -> None:
            async with connected(self.hub.base) as own:
                accepted(await own.ask(bodies[number]))

        before, began = self.hub.cpu_s, perf_counter()
        await side_by_side(hand_in, len(known), AT_ONCE)
        return Taken(len(known) * ROWS, perf_counter() - began, self.hub.cpu_s - before)

    def by_batches(self, units: Sequence[int]) -> Taken:
        """The province's machine hands in the same of these units, a batch a unit, one after the other."""
        bodies = [OURS.body(self._hundred_days(number)) for number in units]
        before, began = self.hub.cpu_s, perf_counter()
        for body in bodies:
            self.sender.send(OURS, body, ROWS).check("accepted")
        return Taken(len(bodies) * ROWS, perf_counter() - began, self.hub.cpu_s - before)

    def _hundred_days(self, number: int) -> pa.Table:
        own = range(number, number + 1)
        return pa.concat_tables(
            self.province.day(FIRST_DAY + dt.timedelta(days=n), units=own) for n in range(DAYS)
        )


def rounds_of(province: Province, rounds: int) -> int:
    """So many rounds, or as many as the province has units for, beside those that warm up."""
    return max(1, min(rounds, (province.units - 2) // (2 * UPLOADS)))


def upload_figures(uploads: Uploads, rounds: int) -> Iterator[Figure]:
    """The rate of devices and of our own protocol, and how much of it is left to devices, round by round."""
    many, found = uploads.province.units, list[tuple[Taken, Taken]]()
    taken = iter(range(many))
    uploads.by_batches(
        [next(taken)]
    )  # what the registry holds of the province is looked up before anything counts
    uploads.by_devices([next(taken)])
    for _ in track(range(rounds), "uploads", console=Console(stderr=True), transient=True):
        mine, ours = ([next(taken) for _ in range(UPLOADS)] for _ in range(2))
        found.append((uploads.by_devices(mine), uploads.by_batches(ours)))
    yield from _rates("NHJC-04 JSON", [devices for devices, _ in found], READINGS_S_MIN)
    yield from _rates("the same by our batch protocol, NDJSON", [batches for _, batches in found])
    share = Middle.of([(a.rows / a.seconds) / (b.rows / b.seconds) for a, b in found])
    yield Figure("NHJC-04 JSON: share of our batch protocol", share.median, "x")


def _rates(name: str, taken: Sequence[Taken], least: float | None = None) -> Iterator[Figure]:
    rate = Middle.of([each.rows / each.seconds for each in taken])
    yield Figure(name, rate.median, "readings/s", least)
    yield Figure(f"{name}, least", rate.least, "readings/s")
    yield Figure(f"{name}, most", rate.most, "readings/s")
    if all(each.cpu_s for each in taken):
        yield Figure(
            f"{name}: for a second of CPU", median(each.rows / each.cpu_s for each in taken), "readings"
        )
