"""Two hubs on their sockets, one that asks who asks and one that does not, and what a request has cost each."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

import httpx

from hub.settings import Settings
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry
from scripts.benchmarks._access_askers import GRAPHQL, Headers, Kind
from scripts.benchmarks._access_hub import CPU, OPEN, OURS
from scripts.benchmarks._access_nation import Askers
from scripts.benchmarks._graph_client import Address, Connection
from scripts.benchmarks._graph_processes import served

MS_OF_NS = 1e-6
LOOKS = 50  # of which the median is what a look costs


@dataclass(frozen=True)
class Cost:
    """Of one request: the CPU of the server's process, and the time until it was answered."""

    cpu_ms: float
    ms: float


class Metered:
    """One connection to a hub of this benchmark, which tells what a request has cost it."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._connection, self._look_ms = Connection(Address(base)), 0.0
        self._look = Address(base + CPU).request(b"")
        self._look_ms = median(self._between_looks() for _ in range(LOOKS))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.__exit__(kind, fault, trace)

    def cost(self, body: bytes, headers: Headers) -> Cost:
        """Ask, and look before and after; what a look costs is taken off."""
        request = self._request(body, headers)
        before = self._cpu_ns()
        seconds = self._connection.ask(request).seconds
        cpu_ms = (self._cpu_ns() - before) * MS_OF_NS - self._look_ms
        return Cost(cpu_ms, seconds * 1000)

    def answer(self, body: bytes, headers: Headers) -> bytes:
        """What it says."""
        return self._connection.ask(self._request(body, headers)).body

    def _request(self, body: bytes, headers: Headers) -> bytes:
        return Address(self.base + GRAPHQL).request(body, headers)

    def _between_looks(self) -> float:
        before = self._cpu_ns()
        return (self._cpu_ns() - before) * MS_OF_NS

    def _cpu_ns(self) -> int:
        return int(self._connection.ask(self._look).body)


@dataclass(frozen=True)
class Stage:
    """Both hubs, what writes to the registry of each, and the loop in which tokens are got."""

    hubs: Mapping[str, Metered]
    registries: Sequence[Registry]
    askers: Askers
    client: httpx.AsyncClient
    loop: asyncio.Runner

    def headers(self, kind: Kind) -> Headers:
        """Of the next request of a kind, after what has to come before it."""
        if kind.follows is not None:
            for registry in self.registries:
                kind.follows(registry)
        return self.got(kind.headers)

    def got(self, headers: Callable[[], Awaitable[Headers]]) -> Headers:
        """Headers that are got from a hub."""

        async def wait() -> Headers:
            return await headers()

        return self.loop.run(wait())


@contextmanager
def served_twice(made: Path, askers: Askers) -> Iterator[Stage]:
    """Both hubs over copies of a folder, for one process holds a readings file."""
    with ExitStack() as stack:
        copies = {name: shutil.copytree(made, made.with_name(name)) for name in (OURS, OPEN)}
        hubs = {
            name: stack.enter_context(Metered(stack.enter_context(served(_command(copy, name)))))
            for name, copy in copies.items()
        }
        registries = [
            stack.enter_context(closing(open_registry(Settings(data_dir=copy)))) for copy in copies.values()
        ]
        loop = stack.enter_context(asyncio.Runner())
        client = httpx.AsyncClient(trust_env=False)
        stack.callback(lambda: loop.run(client.aclose()))
        yield Stage(hubs, registries, askers, client, loop)


def _command(folder: Path, name: str) -> list[str | Path]:
    return [sys.executable, "-m", "scripts.benchmarks._access_hub", folder, name]
