"""Who reads slowly, or nothing any longer, costs nobody else anything, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import time

import pytest
from starlette.requests import Request
from starlette.types import Message
from structlog.testing import capture_logs

from graph.errors import Unauthenticated
from graph.model.principal import Principal
from graph.ports import Event
from hub.endpoints.answers import Question
from hub.endpoints.asking import still
from hub.endpoints.event_streams import EventStream
from hub.endpoints.streams import Stream
from hub.wiring import Hub
from tests.hub.invented_hub import reading, token_of
from tests.hub.live_hub import SOON_S, Live, becomes, events_of, serving, socket_of

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id digest } }"


class Deaf:
    """A client that asks for events and then reads none, behind a small window."""

    def __init__(self, live: Live, token: str, query: str) -> None:
        body = json.dumps({"query": query}).encode()
        head = (
            "POST /graphql HTTP/1.1", "Host: hub", f"Authorization: Bearer {token}", "Accept: text/event-stream",
            "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close", "", "",
        )  # fmt: skip
        self.opened = sockets.socket()
        self.opened.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        self.opened.connect(("127.0.0.1", live.port))
        self.opened.sendall("\r\n".join(head).encode() + body)

    def listens_at_last(self) -> bytes:
        """Everything that was sent, to the end."""
        self.opened.settimeout(SOON_S)
        said = b""
        while piece := self.opened.recv(1_000_000):
            said += piece
        self.opened.close()
        return said


async def test_who_reads_nothing_holds_up_nobody_and_is_told_to_ask_again(bounded: Hub) -> None:
    token = token_of(bounded, f"slow{time.monotonic_ns()}")
    large = "subscription { batchAccepted { rejections(first: 300) { nodes { why raw } } } }"
    async with serving(bounded) as live, socket_of(live, token) as quick:
        await quick.hello()
        await quick.listen(BATCHES)
        number = await live.upload(token, "refused", *[reading(value="x" * 400, n=n) for n in range(300)])
        assert (await quick.heard())["payload"]["data"]["batchAccepted"]["id"] == number
        deaf = Deaf(live, token, large)
        await becomes(lambda: bounded.events.listening == 2)
        for _ in range(40):  # a quarter of a megabyte each, and more than the kernel keeps between two ends
            bounded.events.publish(Event("batch", number))
            assert (await quick.heard())["type"] == "next"
        said = await asyncio.to_thread(deaf.listens_at_last)
    assert said.count(b"event: next") < 40
    assert b'"code":"TOO_LARGE"' in said[-2_000:]
    assert b"subscribe again" in said[-2_000:]
    assert said.rstrip(b"\r\n0").endswith(b"event: complete\ndata: ")


@pytest.mark.parametrize("takes_at_first", [True, False])
async def test_who_takes_nothing_any_longer_is_left_and_leaves_nothing(
    bounded: Hub, *, takes_at_first: bool
) -> None:
    asker, headers = await known(bounded, f"hung{time.monotonic_ns()}")
    stream = Stream(bounded, send_s_max=0.05)
    stream.admit(asker, headers)
    request = Request({"type": "http", "method": "POST", "path": "/graphql", "headers": []})
    request.state.principal = asker

    async def send(_message: Message) -> None:
        if not takes_at_first or stream.is_over:
            await stuck()
        stream.end()

    with capture_logs() as lines:
        async with asyncio.timeout(SOON_S):
            await EventStream(bounded, request, stream, send).tell(Question(BATCHES))
    assert [line["why"] for line in lines if line["event"] == "broke off"] == ["took nothing in time"]
    assert (stream.is_deaf, bounded.events.listening) == (True, 0)


@pytest.mark.parametrize("ends", ["by itself", "by the server", "with its token"])
async def test_a_stream_has_one_end_and_nothing_after_it(bounded: Hub, ends: str) -> None:
    asker, headers = await known(bounded, f"strict{time.monotonic_ns()}")
    stream = Stream(bounded)
    stream.admit(asker, headers)
    request = Request({"type": "http", "method": "POST", "path": "/graphql", "headers": []})
    request.state.principal = asker
    sent: list[Message] = []

    async def send(message: Message) -> None:
        assert not sent or sent[-1].get("more_body", True), "the answer is complete"
        sent.append(message)
        await asyncio.sleep(0)

    query = "{ nation { unitsTotal } }" if ends == "by itself" else BATCHES
    telling = asyncio.create_task(EventStream(bounded, request, stream, send).tell(Question(query)))
    if ends != "by itself":
        await becomes(lambda: len(sent) > 2)
        stream.end(Unauthenticated("over") if ends == "with its token" else None)
    async with asyncio.timeout(SOON_S):
        await telling
    assert [message["type"] for message in sent].count("http.response.start") == 1
    assert sent[-1]["more_body"] is False
    assert (b"event: complete" in sent[-1]["body"]) is (ends != "by the server")


async def stuck() -> Message:
    """Nothing more comes, or goes."""
    await asyncio.sleep(3_600)
    raise AssertionError


async def known(hub: Hub, key: str) -> tuple[Principal, dict[str, str]]:
    """A client, and the header it comes with."""
    headers = {"Authorization": f"Bearer {token_of(hub, key)}"}
    return await still(hub, headers), headers


async def test_a_stream_gives_signs_of_life(bounded: Hub) -> None:
    token = token_of(bounded, f"still{time.monotonic_ns()}")
    async with serving(bounded) as live, events_of(live, token, BATCHES) as events:
        async with asyncio.timeout(SOON_S):
            assert [await anext(events.lines) for _ in range(6)] == [":", "", ":", "", ":", ""]
