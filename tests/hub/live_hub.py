"""A hub's real server in this process and loop, and two clients of it that listen: over a socket, and over events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute
from websockets.asyncio.client import ClientConnection, connect

from hub.cli.serve import HubServer, listening, server_of
from hub.endpoints.streams import Streams
from hub.wiring import Hub
from tests.hub.invented_hub import JSON, post

PROTOCOL = "graphql-transport-ws"
SOON_S = 5.0


class _Server(HubServer):
    """Leaves signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait until it holds, but not for ever."""
    async with asyncio.timeout(SOON_S):
        while not condition():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Live:
    """Where a hub answers."""

    hub: Hub
    port: int
    streams: Streams

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, token: str, **more: str) -> httpx.AsyncClient:
        """Somebody with a token."""
        headers = {"Authorization": f"Bearer {token}", **more}
        return httpx.AsyncClient(trust_env=False, base_url=self.base, headers=headers, timeout=SOON_S)

    async def upload(self, token: str, key: str, *rows: dict[str, object]) -> int:
        """Hand in a batch; its number."""
        async with self.client(token) as client:
            reply = await post(client, json.dumps(rows).encode(), key, JSON)
        assert reply.status_code == 201, reply.text
        number: int = reply.json()["batch"]
        return number

    async def settled(self) -> None:
        """Wait until nobody listens and nothing is open."""
        await becomes(lambda: not self.hub.events.listening and not len(self.streams))


@asynccontextmanager
async def serving(hub: Hub, *more: BaseRoute) -> AsyncIterator[Live]:
    """The hub's server as `nengshu serve` sets it up, on a free port, with what else is answered there."""
    listener = listening("127.0.0.1", 0)
    server = _Server(server_of(hub, hub.settings).config)
    app: Any = server.config.app
    app.router.routes[:0] = more
    with listener:
        task = asyncio.create_task(server.serve([listener]))
        await becomes(lambda: server.started)
        try:
            yield Live(hub, listener.getsockname()[1], app.state.streams)
        finally:
            server.should_exit = True
            await task


@contextmanager
def servers_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hear what uvicorn logs, which it keeps from the root; to be begun once the server runs."""
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)
    try:
        yield
    finally:
        logger.removeHandler(caplog.handler)


@dataclass
class Socket:
    """One socket, as the protocol's clients speak on it."""

    wire: ClientConnection
    last: int = field(default=0)

    async def send(self, kind: str, **more: object) -> None:
        """Say a message."""
        await self.wire.send(json.dumps({"type": kind, **more}))

    async def heard(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(SOON_S):
            said = await self.wire.recv()
        assert isinstance(said, str), "a client of the protocol takes texts alone"
        found: dict[str, Any] = json.loads(said)
        return found

    async def hello(self, **payload: object) -> None:
        """Say hello, and hear that one is known."""
        await self.send("connection_init", payload=payload)
        assert await self.heard() == {"type": "connection_ack"}

    async def ask(self, query: str, name: str | None = None, **variables: object) -> str:
        """Ask; the operation's name."""
        self.last += 1
        name = name or f"o{self.last}"
        await self.send("subscribe", id=name, payload={"query": query, "variables": variables})
        return name

    async def listen(self, query: str, **variables: object) -> str:
        """Subscribe, and wait until nothing is missed."""
        name = await self.ask(query, None, **variables)
        await self.send("ping")
        assert await self.heard() == {"type": "pong"}
        return name

    async def closed(self) -> tuple[int, str]:
        """How the other side closes, whatever it says before."""
        async with asyncio.timeout(SOON_S):
            await self.wire.wait_closed()
        assert self.wire.close_code is not None
        return self.wire.close_code, self.wire.close_reason or ""


@asynccontextmanager
async def socket_of(
    live: Live, token: str | None = None, protocol: str = PROTOCOL, **headers: str
) -> AsyncIterator[Socket]:
    """A socket; with a token, known by its header."""
    said = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    address = f"ws://127.0.0.1:{live.port}/graphql"
    protocols: Any = [protocol]
    async with connect(address, subprotocols=protocols, additional_headers=said, proxy=None) as wire:
        yield Socket(wire)


@dataclass
class Events:
    """One event stream."""

    reply: httpx.Response
    lines: AsyncIterator[str]

    async def heard(self) -> tuple[str, Any]:
        """The next event and its data; comments are passed over."""
        async with asyncio.timeout(SOON_S):
            kind, data = "", ""
            async for line in self.lines:
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data = value
                elif not line and kind:
                    return kind, json.loads(data) if data else None
        raise AssertionError("the stream ended")

    async def rest(self) -> list[str]:
        """All lines until its end."""
        async with asyncio.timeout(SOON_S):
            return [line async for line in self.lines]


@asynccontextmanager
async def events_of(live: Live, token: str, query: str, **variables: object) -> AsyncIterator[Events]:
    """The events of one operation."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(live.client(token, Accept="text/event-stream"))
        body = {"query": query, "variables": variables}
        reply = await stack.enter_async_context(client.stream("POST", "/graphql", json=body))
        yield Events(reply, reply.aiter_lines())
