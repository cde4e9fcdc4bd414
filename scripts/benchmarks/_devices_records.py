"""Records of the AK dialect, one a POST, and the same records one a POST in NHJC-04, each a batch of its own there.

Every device keeps its connection and sends its hundred points one after the other, as the dialect has it; many devices do
so at once. What is compared is the same hub with the same registry, so the ratio is what grouping is worth.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import track

from graph.errors import SourceRefused
from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc_ak.keys import proof_of
from scripts.benchmarks._access_pairs import Middle
from scripts.benchmarks._devices_bodies import rows_of, said, upload
from scripts.benchmarks._devices_caller import Answer, Connection, connected, percentile, post, side_by_side
from scripts.benchmarks._devices_nation import UPLOAD, Device, accepted, registered
from scripts.benchmarks._figure import Figure
from scripts.benchmarks._links_served import Process
from scripts.benchmarks._links_uploads import Taken
from scripts.benchmarks._store_nation import POINTS

BASE, DONE = "/YNEnergy", "200"
SHOWN = "bench 2026"  # in place of a password, by devices that are not there
FIRST_DAY = dt.date(2024, 7, 1)
AT_ONCE = 256  # devices that send; each waits for its answer before the next record
UPLOADS_AT_ONCE = 48  # of NHJC-04: as many as a hub lets in at a time; records have room of their own
POSTS_S_MIN = 2_000


@dataclass(frozen=True)
class Records:
    """A hub, and the devices of some units that send a day's points record by record."""

    hub: Process
    units: Sequence[str]
    days: Iterator[dt.date]

    def by_records(self) -> tuple[Taken, list[float]]:
        """In the AK dialect: how long all of it took, and each acknowledgement."""
        return asyncio.run(self._sent(self._token_of, self._record, AT_ONCE, POINTS))

    def by_uploads(self) -> tuple[Taken, list[float]]:
        """In NHJC-04, a record an upload: a tenth of the records, for each takes ten times as long."""
        return asyncio.run(self._sent(self._device_of, self._upload, UPLOADS_AT_ONCE, POINTS // 10))

    async def _sent(
        self,
        enter: Callable[[Connection, str], Awaitable[Device]],
        request: Callable[[Device, Mapping[str, Any]], tuple[bytes, Callable[[Answer], None]]],
        at_once: int,
        each: int,
    ) -> tuple[Taken, list[float]]:
        rows, seconds, known = rows_of(next(self.days))[:each], list[float](), list[Device]()
        async with connected(self.hub.base) as connection:
            for unit in self.units:
                known.append(await enter(connection, unit))
        asked = [[request(device, row) for row in rows] for device in known]

        async def send_all(number: int) -> None:
            async with connected(self.hub.base) as own:
                for body, check in asked[number]:
                    answer = await own.ask(body)
                    check(answer)
                    seconds.append(answer.seconds)

        before, began = self.hub.cpu_s, perf_counter()
        await side_by_side(send_all, len(known), at_once)
        return Taken(len(seconds), perf_counter() - began, self.hub.cpu_s - before), seconds

    async def _token_of(self, connection: Connection, unit: str) -> Device:
        key = await self._asked(connection, "/enterpriseInfo/rwk", enterpriseCode=unit)
        await self._asked(connection, "/enterpriseInfo/apply", enterpriseCode=unit, password=SHOWN)
        proof = proof_of(key["secretKey"], CreditCode(unit), SHOWN)
        given = await self._asked(connection, "/requestAK", enterpriseCode=unit, password=proof)
        return Device(unit, given["token"])

    async def _asked(self, connection: Connection, path: str, **fields: str) -> dict[str, Any]:
        return done(await connection.ask(post(self.hub.base, BASE + path, said(**fields))))

    async def _device_of(self, connection: Connection, unit: str) -> Device:
        return await registered(connection, self.hub.base, unit)

    def _record(self, device: Device, row: Mapping[str, Any]) -> tuple[bytes, Callable[[Answer], None]]:
        body = msgspec.json.encode({"enterpriseCode": device.unit, **row})
        headers = [("token", device.identity)]
        return post(self.hub.base, f"{BASE}/dataEnterpriseEnergy", body, headers), _check_done

    def _upload(self, device: Device, row: Mapping[str, Any]) -> tuple[bytes, Callable[[Answer], None]]:
        body = upload(device.identity, device.unit, msgspec.json.encode([row]))
        return post(self.hub.base, UPLOAD, body), _check_accepted


def done(answer: Answer) -> dict[str, Any]:
    """What an answer of the dialect holds. Raises SourceRefused."""
    found: dict[str, Any] = msgspec.json.decode(answer.body) if answer.status == 200 else {}
    if found.get("responseCode") != DONE:
        raise SourceRefused(f"answered {answer.status} {answer.body[:300]!r}")
    return dict(found.get("data") or {})


def _check_done(answer: Answer) -> None:
    done(answer)


def _check_accepted(answer: Answer) -> None:
    accepted(answer)


def record_figures(records: Records, rounds: int) -> Iterator[Figure]:
    """Records a second of either dialect, the time of an acknowledgement, and what grouping is worth."""
    records.by_records()
    bar = track(range(rounds), "records", console=Console(stderr=True), transient=True)
    found = [(records.by_records(), records.by_uploads()) for _ in bar]
    for place, name in enumerate(("AK records", "the same in NHJC-04, a record a POST")):
        taken = [pair[place] for pair in found]
        rate = Middle.of([each.rows / each.seconds for each, _ in taken])
        milliseconds = [1000 * each for _, seconds in taken for each in seconds]
        yield Figure(name, rate.median, "POSTs/s", None if place else POSTS_S_MIN)
        yield Figure(f"{name}, least", rate.least, "POSTs/s")
        yield Figure(f"{name}, most", rate.most, "POSTs/s")
        yield Figure(f"{name}: acknowledgement, median", percentile(milliseconds, 0.5), "ms")
        yield Figure(f"{name}: acknowledgement, 99th percentile", percentile(milliseconds, 0.99), "ms")
    share = Middle.of([(a.rows / a.seconds) / (b.rows / b.seconds) for (a, _), (b, _) in found])
    yield Figure("AK records: times NHJC-04's, a record a POST", share.median, "x")
