"""Connections of devices that are not there: each sends what it is told to, one request after the other, and times the
answers.

A caller that parses HTTP as a library does would take more of the machine than the hub it measures; what a hub answers
here is a status and a body of known length.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit

from graph.errors import SourceMalformed, SourceUnreachable

ANSWER_S_MAX = 300.0  # a hub on a busy machine that copies its registry before its first batch
HEAD_END = b"\r\n\r\n"
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) .*?\r\ncontent-length: (\d+)\r\n", re.DOTALL | re.IGNORECASE)
_WAIT = re.compile(rb"\r\nretry-after: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came, and how long after its question; `wait_s` where the hub asked for a pause."""

    status: int
    body: bytes
    seconds: float
    wait_s: float | None = None


class Connection(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self) -> None:
        self._came = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._asked = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        self._came += data
        end = self._came.find(HEAD_END)
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = self._came[: end + len(HEAD_END)]
        found = _HEAD.match(head)
        if found is None:
            self._failed(SourceMalformed(f"came {head[:200]!r}, expected a status and a length"))
            return
        body = self._came[len(head) :]
        if len(body) >= int(found[2]):
            wait = _WAIT.search(head)
            self._came = b""
            self._answer.set_result(
                Answer(int(found[1]), body, perf_counter() - self._asked, float(wait[1]) if wait else None)
            )
            self._answer = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        self._failed(SourceUnreachable(f"the hub hung up: {exc}"))

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for what is answered. Raises SourceUnreachable, SourceMalformed."""
        if self._transport is None or self._transport.is_closing():
            raise SourceUnreachable("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._asked = perf_counter()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Let go."""
        if self._transport is not None:
            self._transport.close()

    def _failed(self, fault: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(fault)
        self._answer = None


def post(base: str, path: str, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """A request as bytes."""
    said = (
        ("Host", urlsplit(base).netloc), ("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers
    )  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in said)
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


@asynccontextmanager
async def connected(base: str) -> AsyncIterator[Connection]:
    """A connection of its own. Raises SourceUnreachable."""
    where = urlsplit(base)
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(Connection, where.hostname or "", where.port or 80)
    except OSError as fault:
        raise SourceUnreachable(f"{base}: {fault}") from fault
    try:
        yield connection
    finally:
        connection.close()


async def side_by_side(
    work: Callable[[int], Awaitable[None]],
    many: int,
    at_once: int,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Do the work of `many` devices, so many at a time; `tell` hears how many are done."""
    numbers = iter(range(many))

    async def one_after_another() -> None:
        for number in numbers:
            await work(number)
            tell(1)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, many)):
            group.create_task(one_after_another())


def percentile(seconds: Sequence[float], share: float) -> float:
    """The time that this share of all stays below."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
