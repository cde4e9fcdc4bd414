"""What stays open does not stay longer than it may: tokens end or are taken back, places are counted, servers end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket as sockets
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from starlette.requests import Request
from starlette.types import Message
from websockets.exceptions import InvalidStatus

from graph.model.principal import NATION, Principal, Role
from graph.ports import Event
from hub.endpoints.answers import Question
from hub.endpoints.asking import principal_by
from hub.endpoints.event_streams import EventStream
from hub.endpoints.streams import Stream
from hub.wiring import Hub, SystemClock
from tests.hub.invented_hub import WHO, hub_of, reading, token_of
from tests.hub.live_hub import SOON_S, Live, becomes, events_of, serving, socket_of

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id digest } }"
DAY = dt.timedelta(days=1)
LOOK_S = 0.2


@dataclass
class Hands:
    """A clock whose hands a test sets forward."""

    ahead: dt.timedelta = dt.timedelta()

    def now(self) -> dt.datetime:
        """The machine's moment and what was set forward."""
        return SystemClock().now() + self.ahead


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that looks often, gives signs often and has few places."""
    bounds = {
        "streams_max": 3, "operations_max": 2, "subscriptions_max": 4, "events_waiting_max": 5,
        "stream_look_seconds": LOOK_S, "stream_sign_seconds": 0.1, "duty_look_seconds": 0.1,
        "sync_seconds": 0,
    }  # fmt: skip
    with hub_of(tmp_path_factory.mktemp("bounded"), **bounds) as hub:
        yield hub


@pytest.fixture
def hands(bounded: Hub) -> tuple[Hub, Hands]:
    """The same hub under a clock of the test's."""
    hands = Hands()
    gate = type(bounded.gatekeeper)(bounded.registry.clients, hands)
    return replace(bounded, clock=hands, gatekeeper=gate), hands


def short_lived(hub: Hub, key: str, lives: dt.timedelta) -> str:
    return hub.registry.clients.add(key, "试验单位", NATION, (Role.READ,), WHO, lives)


# ---- tokens -----------------------------------------------------------------------------------------------


async def test_a_socket_and_a_stream_are_closed_when_the_token_ends(hands: tuple[Hub, Hands]) -> None:
    hub, clock = hands
    token = short_lived(hub, f"guest{time.monotonic_ns()}", DAY)
    async with (
        serving(hub) as live,
        socket_of(live, token) as socket,
        events_of(live, token, BATCHES) as events,
    ):
        await socket.hello()
        await socket.listen(BATCHES)
        clock.ahead = DAY
        code, reason = await socket.closed()
        assert (code, reason[:16]) == (4401, "UNAUTHENTICATED:")
        kind, payload = await events.heard()
        assert (kind, payload["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert payload["errors"][0]["extensions"]["requestId"] == events.reply.headers["x-request-id"]
        assert await events.heard() == ("complete", None)
        assert await events.rest() == []
        await live.settled()


async def test_a_token_that_ends_soon_ends_at_its_moment_and_not_at_the_next_look(bounded: Hub) -> None:
    hub = replace(bounded, settings=bounded.settings.model_copy(update={"stream_look_seconds": 3600.0}))
    token = short_lived(hub, f"brief{time.monotonic_ns()}", dt.timedelta(seconds=0.7))
    async with serving(hub) as live, socket_of(live) as socket:
        await socket.hello(Authorization=f"Bearer {token}")
        await socket.listen(BATCHES)
        assert (await socket.closed())[0] == 4401
        async with live.client(token) as client:
            assert (
                await client.post("/graphql", json={"query": "{ nation { unitsTotal } }"})
            ).status_code == 401


async def test_a_token_taken_back_ends_what_it_opened_within_a_look(bounded: Hub) -> None:
    key = f"taken{time.monotonic_ns()}"
    token = token_of(bounded, key)
    async with (
        serving(bounded) as live,
        socket_of(live, token) as socket,
        events_of(live, token, BATCHES) as events,
    ):
        await socket.hello()
        await socket.listen(BATCHES)
        await asyncio.sleep(3 * LOOK_S)
        assert len(live.streams) == 2
        bounded.registry.clients.revoke(key, WHO)
        assert (await socket.closed())[0] == 4401
        assert (await events.heard())[1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await live.settled()


# ---- places -----------------------------------------------------------------------------------------------


async def test_places_are_counted_and_given_back(bounded: Hub) -> None:
    token = token_of(bounded, f"many{time.monotonic_ns()}")
    async with serving(bounded) as live:
        async with socket_of(live, token), socket_of(live, token), events_of(live, token, BATCHES):
            with pytest.raises(InvalidStatus) as refused:
                async with socket_of(live, token):
                    pass
            assert refused.value.response.status_code == 429
            assert json.loads(refused.value.response.body or b"")["code"] == "BUSY"
            async with events_of(live, token, BATCHES) as events:
                assert (events.reply.status_code, events.reply.headers["retry-after"]) == (429, "30")
            async with socket_of(live) as socket:
                await socket.send("connection_init", payload={"Authorization": f"Bearer {token}"})
                code, reason = await socket.closed()
                assert (code, reason[:5]) == (1013, "BUSY:")
            async with live.client(token) as client:
                assert (await client.get("/healthz")).status_code == 200
        await live.settled()
        async with socket_of(live, token) as socket:
            await socket.hello()


async def test_strangers_who_say_nothing_take_nobodys_place(bounded: Hub) -> None:
    token = token_of(bounded, f"late{time.monotonic_ns()}")
    async with serving(bounded) as live, AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(socket_of(live))
        async with socket_of(live, token) as socket:
            await socket.hello()
            await socket.listen(BATCHES)


async def test_operations_of_one_socket_are_counted_and_given_back(bounded: Hub) -> None:
    token = token_of(bounded, f"busy{time.monotonic_ns()}")
    async with serving(bounded) as live, socket_of(live, token) as socket:
        await socket.hello()
        first = await socket.listen(BATCHES)
        await socket.listen(BATCHES)
        name = await socket.ask(BATCHES)
        said = await socket.heard()
        assert (said["id"], said["type"]) == (name, "error")
        assert said["payload"][0]["extensions"]["code"] == "TOO_LARGE"
        assert await socket.heard() == {"type": "pong"}
        await socket.send("complete", id=first)
        await socket.listen(BATCHES)


async def test_subscriptions_of_all_are_counted(bounded: Hub) -> None:
    token = token_of(bounded, f"all{time.monotonic_ns()}")
    async with serving(bounded) as live, socket_of(live, token) as one, socket_of(live, token) as other:
        for socket in (one, other):
            await socket.hello()
            for _ in range(2):
                await socket.listen(BATCHES)
        async with events_of(live, token, BATCHES) as events:
            assert (await events.heard())[1]["errors"][0]["extensions"]["code"] == "TOO_LARGE"
            assert await events.heard() == ("complete", None)


# ---- readers ----------------------------------------------------------------------------------------------


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


async def test_who_takes_nothing_any_longer_is_left_and_leaves_nothing(bounded: Hub) -> None:
    asker, headers = await known(bounded, f"hung{time.monotonic_ns()}")
    stream = Stream(bounded, send_s_max=0.05)
    stream.admit(asker, headers)
    request = Request({"type": "http", "method": "POST", "path": "/graphql", "headers": []})
    request.state.principal = asker

    async def stuck(_message: Message) -> None:
        await asyncio.sleep(3_600)

    async with asyncio.timeout(SOON_S):
        await EventStream(bounded, request, stream, stuck).tell(Question(BATCHES))
    assert (stream.is_deaf, bounded.events.listening) == (True, 0)


async def known(hub: Hub, key: str) -> tuple[Principal, dict[str, str]]:
    """A client, and the header it comes with."""
    headers = {"Authorization": f"Bearer {token_of(hub, key)}"}
    return await principal_by(hub, headers), headers


async def test_a_stream_gives_signs_of_life(bounded: Hub) -> None:
    token = token_of(bounded, f"still{time.monotonic_ns()}")
    async with serving(bounded) as live, events_of(live, token, BATCHES) as events:
        async with asyncio.timeout(SOON_S):
            assert [await anext(events.lines) for _ in range(6)] == [":", "", ":", "", ":", ""]


# ---- servers ----------------------------------------------------------------------------------------------


async def test_a_server_that_ends_ends_what_is_open_at_once(bounded: Hub) -> None:
    token = token_of(bounded, f"ended{time.monotonic_ns()}")
    async with serving(bounded) as live:
        socket, events = socket_of(live, token), events_of(live, token, BATCHES)
        talking, listening = await socket.__aenter__(), await events.__aenter__()
        await talking.hello()
        await talking.listen(BATCHES)
        begun = time.monotonic()
    assert time.monotonic() - begun < SOON_S
    assert (await talking.closed())[0] == 1012
    assert "event: complete" not in await listening.rest()
    await events.__aexit__(None, None, None)
    await socket.__aexit__(None, None, None)
    assert (bounded.events.listening, len(live.streams)) == (0, 0)


async def test_duties_are_looked_for_again_and_again(bounded: Hub) -> None:
    token = token_of(bounded, f"duties{time.monotonic_ns()}")
    async with serving(bounded) as live, events_of(live, token, "subscription { dutyDue { key } }") as events:
        duty = {
            "key": "quarterly_report:970000/2019Q1", "kind": "quarterly_report", "province": "970000",
            "subject": "970000/2019Q1", "due_on": dt.date(2019, 4, 15), "clause": "四",
        }  # fmt: skip
        bounded.registry.upsert("duty", [duty], WHO)
        assert (await events.heard())[1]["data"]["dutyDue"]["key"] == duty["key"]
