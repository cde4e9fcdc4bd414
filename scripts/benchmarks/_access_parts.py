"""The parts of what is added, each alone in this process: who asks and the door, wrapping the sources, calls through it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time_ns
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request

from graph.errors import StoreError
from graph.ports import Ask, Compare, Condition
from hub.app import build_app
from hub.endpoints.asking import let_in
from hub.endpoints.graphql import DOOR
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from scripts.benchmarks._access_askers import GRAPHQL, Headers, Kind, kinds
from scripts.benchmarks._access_hub import opened, province_of
from scripts.benchmarks._access_nation import OWN, Askers, credit_codes
from scripts.benchmarks._access_pairs import Pace, in_turn
from scripts.benchmarks._figure import Figure

CALLS = 200  # of what takes microseconds, as one measurement
MS_OF_NS = 1e-6


def part_figures(folder: Path, askers: Askers, units: int, pace: Pace) -> Iterator[Figure]:
    """CPU of each part, of a hub that nobody else asks."""
    with open_hub(Settings(data_dir=folder)) as hub:
        alone = _Alone(hub, askers, build_app(hub))
        for name, ms in asyncio.run(alone.let_in(pace)).items():
            yield Figure(f"part: who asks, and the door, {name}", ms, "ms of CPU")
        yield from _sources(hub, credit_codes(OWN, units)[0], pace)


@dataclass(frozen=True)
class _Alone:
    """A hub whose endpoints are called without a server."""

    hub: Hub
    askers: Askers
    app: Starlette

    async def let_in(self, pace: Pace) -> dict[str, float]:
        """What it takes to let in each kind, its thread included where it needs one."""
        found, base = {}, self.hub.settings.base_url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            for kind in kinds(base, self.askers, client):
                times = [await self._let_in(kind) for _ in range(pace.warming + pace.rounds)]
                found[kind.name] = median(times[pace.warming :])
        return found

    async def _let_in(self, kind: Kind) -> float:
        if kind.follows is not None:
            kind.follows(self.hub.registry)
        request = self._request(await kind.headers())
        before = process_time_ns()
        await let_in(request, DOOR)
        return (process_time_ns() - before) * MS_OF_NS

    def _request(self, headers: Headers) -> Request:
        told = {"Host": urlsplit(self.hub.settings.base_url).netloc, **headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
        return Request(
            {"type": "http", "method": "POST", "path": GRAPHQL, "headers": raw, "app": self.app, "state": {}}
        )


def _sources(hub: Hub, unit: str, pace: Pace) -> Iterator[Figure]:
    """What wrapped sources take more than the stores themselves: to be made, and to answer what is known at once."""
    without, asker = opened(hub), province_of(hub)
    ours, bare = (each.sources_of(asker).registry for each in (hub, without))
    ask = Ask("unit", asker.reach, (Condition("credit_code", (unit,), Compare.IN),))
    if not ours.rows(ask).table.equals(bare.rows(ask).table):  # from here on the row is known
        raise StoreError("wrapped sources answer other rows, so their time says nothing")
    yield _more("the sources", partial(hub.sources_of, asker), partial(without.sources_of, asker), pace)
    yield _more("a call of the sources", partial(ours.known, ask), partial(bare.known, ask), pace)


def _more(name: str, ours: Callable[[], object], without: Callable[[], object], pace: Pace) -> Figure:
    acts = partial(_ms, ours), partial(_ms, without)
    pairs = in_turn(lambda: acts, pace)
    return Figure(f"part: {name}, wrapped", median(one - other for one, other in pairs), "ms of CPU")


def _ms(act: Callable[[], object]) -> float:
    before = process_time_ns()
    for _ in range(CALLS):
        act()
    return (process_time_ns() - before) * MS_OF_NS / CALLS
