"""One keep-alive connection that asks GraphQL over HTTP, and nothing beside: its own time is some microseconds.

httpx takes longer to read an answer than some of the servers to make it, and http.client as long as the quickest.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable

PATIENCE_S = 60.0  # who has not answered by then will not
PIECE = 1 << 20  # bytes taken at once
IDLE_S = 2.0  # servers give a connection back that nobody asks over, uvicorn and Node.js after 5 s
JSON = "application/json"
NOT_MODIFIED = 304


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took from the first byte sent to the last one received."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Address:
    """Where a subject answers, and the headers it wants beside the usual ones."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes of a question."""
        split = urlsplit(self.url)
        told = {"Host": split.netloc, "Content-Type": JSON, "Accept": JSON, "Content-Length": str(len(body))}
        lines = [f"{name}: {value}" for name, value in {**told, **self.headers, **(headers or {})}.items()]
        return "\r\n".join((f"POST {split.path or '/'} HTTP/1.1", *lines, "", "")).encode("ascii") + body


class Connection:
    """A connection to one address, closed at the end; made anew, untimed, where it was idle for long."""

    def __init__(self, address: Address) -> None:
        self._url, self._socket, self._used = address.url, _connected(address.url), perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, request: bytes, statuses: Sequence[int] = (200,)) -> Answer:
        """Send the bytes of a request and take its answer. Raises SourceError for any other status."""
        if perf_counter() - self._used > IDLE_S:
            self._socket.close()
            self._socket = _connected(self._url)
        began = perf_counter()
        try:
            self._socket.sendall(request)
            status, headers, came = self._head()
            body = self._body(came, 0 if status == NOT_MODIFIED else _length(headers, self._url))
        except OSError as fault:
            raise SourceUnreachable(f"{self._url}: {fault}") from fault
        self._used = perf_counter()
        answer = Answer(status, headers, body, self._used - began)
        if status not in statuses:
            raise SourceRefused(f"{self._url} answered {status}: {body[:300]!r}")
        return answer

    def _head(self) -> tuple[int, dict[str, str], bytes]:
        came = b""
        while b"\r\n\r\n" not in came:
            piece = self._socket.recv(PIECE)
            if not piece:
                raise ConnectionError("closed before it answered")
            came += piece
        head, _, rest = came.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        split = (line.partition(":") for line in lines)
        return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in split}, rest

    def _body(self, came: bytes, length: int) -> bytes:
        body = bytearray(length)
        body[: len(came)] = came
        rest = memoryview(body)[len(came) :]
        while rest:
            taken = self._socket.recv_into(rest)
            if not taken:
                raise ConnectionError("closed within its answer")
            rest = rest[taken:]
        return bytes(body)


def _connected(url: str) -> socket.socket:
    split = urlsplit(url)
    try:
        found = socket.create_connection((split.hostname or "", split.port or 80), PATIENCE_S)
    except OSError as fault:
        raise SourceUnreachable(f"{url}: {fault}") from fault
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def _length(headers: Mapping[str, str], url: str) -> int:
    if not headers.get("content-length", "").isdecimal():
        raise SourceMalformed(f"{url} does not say how long its answer is")
    return int(headers["content-length"])
