"""Serves the probe's page and metrics on one local port: GET alone, one answer a connection, nothing that changes anything.

HTTP is written out here because a box has no web server: a request is one line and some headers within a bound.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from edge_probe.page_plan import PagePlan
from edge_probe.readings import Event
from graph.errors import NengshuError

REQUEST_BYTES_MAX = 16 * 1024  # a browser's headers have 1 to 4 kB
REQUEST_S = 5.0  # from the first byte to the last, and as long for the answer to go
FIELDS_MAX = 8  # of a query; the page knows one
AT_ONCE = 16  # connections; one person's browser opens six
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Connection": "close",
}
_REASONS = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 421: "Misdirected Request",
    503: "Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request, as far as it is looked at: header names in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> bytes:
        """What goes over the line before its body."""
        said = {
            **HEADERS,
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        lines = [f"HTTP/1.1 {self.status} {_REASONS[self.status]}", *(f"{k}: {v}" for k, v in said.items())]
        return "\r\n".join([*lines, "", ""]).encode("ascii")


class LocalPage:
    """The port, kept open until cancelled. A page that cannot be served is an event; meters are read all the same."""

    def __init__(
        self,
        plan: PagePlan,
        answer: Callable[[Asked], Awaitable[Answer]],
        now: Callable[[], dt.datetime],
        tell: Callable[[Event], None],
    ) -> None:
        self._plan, self._answer, self._now, self._tell = plan, answer, now, tell
        self._places = asyncio.Semaphore(AT_ONCE)
        self.port, self.listening = 0, asyncio.Event()

    async def keep(self) -> None:
        """Serve until cancelled."""
        host, port = self._plan.host, self._plan.port
        try:
            server = await asyncio.start_server(self._serve, host, port, limit=REQUEST_BYTES_MAX)
        except OSError as fault:
            why = f"{host} port {port}: {fault.strerror or fault}"
            self._tell(Event(self._now(), "page", "page-not-served", why))
            return
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._places.locked():
                return
            async with self._places, asyncio.timeout(2 * REQUEST_S):
                async with asyncio.timeout(REQUEST_S):
                    asked = asked_of(await reader.readuntil(b"\r\n\r\n"))
                answer = await self._answered(asked)
                writer.write(answer.head)
                if asked is None or asked.method != "HEAD":
                    writer.write(answer.body)
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return  # who does not ask in time, or at length, is not answered
        finally:
            writer.close()

    async def _answered(self, asked: Asked | None) -> Answer:
        if asked is None:
            return Answer(400, b"expected a request of HTTP/1.1\n")
        if not is_called_rightly(asked.headers.get("host", ""), self._plan.names):
            return Answer(421, b"this page is asked for by its address, or a name of [page].names\n")
        if asked.method not in ("GET", "HEAD"):
            return Answer(405, b"expected GET\n", headers={"Allow": "GET, HEAD"})
        try:
            return await self._answer(asked)
        except NengshuError:
            return Answer(503, b"the spool cannot be read at present\n")


def asked_of(octets: bytes) -> Asked | None:
    """A request out of its head; None for what is none."""
    try:
        first, *lines = octets.decode("ascii").split("\r\n")
        method, target, version = first.split(" ")
        parts = urlsplit(target)
        pairs = [line.split(":", 1) for line in lines if line]
        headers = {name.lower(): value.strip() for name, value in pairs}
        query = {key: values[-1] for key, values in parse_qs(parts.query, max_num_fields=FIELDS_MAX).items()}
    except ValueError:
        return None
    if not version.startswith("HTTP/1.") or not parts.path.startswith("/") or len(headers) < len(pairs):
        return None
    return Asked(method, parts.path, query, headers)


def is_called_rightly(host: str, names: tuple[str, ...]) -> bool:
    """Whether a browser means this box: a name that anybody may point here could be a stranger's page (DNS rebinding)."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    return name == "localhost" or name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
