"""What uvicorn would keep for, wait for or log of a socket, on a real one: bytes as somebody ill-meaning sends them."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket as sockets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from anyio import move_on_after, to_thread
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from uvicorn.config import Config
from uvicorn.server import ServerState

from hub.endpoints.socket_protocol import KNOWN, UNREAD_BYTES_MAX, SocketProtocol
from hub.endpoints.streams import STRANGER_S_MAX
from hub.wiring import Hub
from tests.hub.invented_hub import token_of
from tests.hub.live_hub import SOON_S, Live, servers_log, serving, socket_of

pytestmark = pytest.mark.anyio
TEXT, PING, MASK = 0x81, 0x89, bytes(4)


def frame(kind: int, data: bytes) -> bytes:
    """A short frame as a client sends it, behind a mask that changes nothing."""
    return bytes([kind, 0x80 | len(data)]) + MASK + data


def upgrade(port: int, *headers: str) -> bytes:
    """The head of a request for a socket."""
    key = base64.b64encode(bytes(16)).decode()
    head = (
        "GET /graphql HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws",
        *headers, "", "",
    )  # fmt: skip
    return "\r\n".join(head).encode()


@contextmanager
def opened(live: Live, *headers: str) -> Iterator[sockets.socket]:
    """A connection on which a socket was asked for."""
    with sockets.create_connection(("127.0.0.1", live.port), timeout=SOON_S) as found:
        found.sendall(upgrade(live.port, *headers))
        yield found


def is_cut_off(found: sockets.socket, piece: bytes) -> bool:
    """Send and read nothing; whether the other end has had enough of it in time."""
    begun = time.monotonic()
    try:
        while time.monotonic() - begun < STRANGER_S_MAX + SOON_S:
            found.sendall(piece)
    except ConnectionError:
        return True
    return False


def said_on(found: sockets.socket) -> bytes:
    """All that comes until the end."""
    said = b""
    while piece := found.recv(65_536):
        said += piece
    return said


class Clogged(asyncio.Transport):
    """A connection whose other end reads nothing: whatever is written is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept, self.is_aborted = 0, False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.kept += len(data)

    def get_write_buffer_size(self) -> int:
        """How much is kept."""
        return self.kept

    def is_closing(self) -> bool:
        """Whether it ends."""
        return self.is_aborted

    def close(self) -> None:
        """Would end it once all is taken, which never comes."""

    def abort(self) -> None:
        """It is over."""
        self.is_aborted = True


def clogged() -> tuple[SocketProtocol, Clogged]:
    """A protocol over a connection that is clogged."""

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    config = Config(app, log_config=None)
    config.load()
    protocol, transport = SocketProtocol(config, ServerState(), {}), Clogged()
    protocol.connection_made(transport)
    return protocol, transport


# ---- who reads nothing ------------------------------------------------------------------------------------


async def test_pongs_for_who_takes_nothing_are_not_kept() -> None:
    protocol, transport = clogged()
    protocol.handle_ping()
    assert not transport.is_aborted
    protocol.conn.writes.append(bytes(1_000))
    protocol.handle_ping()
    assert transport.kept == 1_000, "who reads gets theirs"
    protocol.pause_writing()
    protocol.conn.writes.append(bytes(1_000))
    protocol.handle_ping()
    assert (transport.kept, protocol.conn.writes, transport.is_aborted) == (1_000, [], False)


async def test_who_has_left_too_much_unread_is_cut_off() -> None:
    protocol, transport = clogged()
    transport.kept = UNREAD_BYTES_MAX
    protocol.handle_ping()
    assert not transport.is_aborted
    protocol.conn.writes.append(b"x")
    protocol.handle_ping()
    assert transport.is_aborted


async def test_a_flood_of_pings_whose_pongs_nobody_reads_ends_and_holds_up_nobody(bounded: Hub) -> None:
    token = token_of(bounded, f"beside{time.monotonic_ns()}")
    async with serving(bounded) as live, socket_of(live, token) as other:
        await other.hello()
        with opened(live) as flooding:
            assert (await asyncio.to_thread(flooding.recv, 65_536)).startswith(b"HTTP/1.1 101 ")
            piece = frame(PING, b"p" * 125) * 500
            ended = asyncio.create_task(asyncio.to_thread(is_cut_off, flooding, piece))
            await other.listen("subscription { batchAccepted { id } }")
            assert await ended


async def test_pongs_go_to_who_reads_them(bounded: Hub) -> None:
    async with serving(bounded) as live, socket_of(live) as socket:
        for _ in range(3):
            async with asyncio.timeout(SOON_S):
                await (await socket.wire.ping(b"x" * 125))


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_stranger_who_does_not_read_is_told_no_last_word(is_known: bool) -> None:
    protocol, transport = clogged()
    protocol.data_received(upgrade(1))
    protocol.scope["state"][KNOWN] = is_known
    await protocol.send({"type": "websocket.accept"})
    protocol.pause_writing()
    with move_on_after(0.05):
        await protocol.send({"type": "websocket.close", "code": 4408})
    assert transport.is_aborted is not is_known
    protocol.connection_lost(None)


@pytest.mark.parametrize("end", ["keepalive_timeout", "shutdown"])
async def test_who_does_not_read_is_cut_off_at_the_end(end: str) -> None:
    protocol, transport = clogged()
    protocol.data_received(upgrade(1))
    await protocol.send({"type": "websocket.accept"})
    protocol.pause_writing()
    getattr(protocol, end)()
    assert transport.is_aborted
    protocol.connection_lost(None)


async def test_a_strangers_connection_ends_though_they_do_not_answer_the_closing(bounded: Hub) -> None:
    async with serving(bounded) as live:
        with opened(live) as found:
            await to_thread.run_sync(found.recv, 65_536)
            found.sendall(frame(TEXT, b"[]"))
            said = await to_thread.run_sync(said_on, found)
    assert said[2:4] == (4400).to_bytes(2)


# ---- what is logged ---------------------------------------------------------------------------------------


async def test_a_refused_upgrade_is_no_error_of_the_server(
    bounded: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(bounded) as live:
        with servers_log(caplog), opened(live, "Authorization: Bearer nobody") as found:
            said = await to_thread.run_sync(said_on, found)
            await asyncio.sleep(0.05)  # for what would be logged behind the answer
    assert said.startswith(b"HTTP/1.1 401 ")
    assert said.count(b"HTTP/1.1 ") == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_text_that_is_none_closes_the_socket_and_is_one_line_of_the_log(
    bounded: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    token = token_of(bounded, f"garbled{time.monotonic_ns()}")
    async with serving(bounded) as live:
        opening = opened(live, f"Authorization: Bearer {token}")
        with servers_log(caplog), opening as found, capture_logs() as lines:
            await to_thread.run_sync(found.recv, 65_536)
            found.sendall(frame(TEXT, b"\xff\xfe" * 50) * 3)
            said = await to_thread.run_sync(said_on, found)
        await live.settled()
    assert said == b"\x88\x02" + (1007).to_bytes(2)
    assert [line["why"] for line in lines] == ["'a text on a socket that is not UTF-8'"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_text_that_is_none_before_one_is_let_in_ends_the_connection() -> None:
    protocol, transport = clogged()
    with capture_logs() as lines:
        protocol.data_received(upgrade(1) + frame(TEXT, b"\xff") * 3)
    assert transport.is_aborted
    assert len(lines) == 1
