"""A socket without a server around it: what a real one would show only after a long time, or by chance."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from graph.errors import NengshuError, StoreError
from graph.model.principal import NATION, OrganisationKind, Principal, Role
from hub.access.oauth.verifying import Asked
from hub.endpoints.conversation import BEGIN_S_MAX, PONGS_MAX
from hub.endpoints.sockets import SocketEndpoint
from hub.endpoints.streams import Streams
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, of_province, reading, token_of
from tests.hub.live_hub import SOON_S, becomes, serving

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id } }"
HELLO: dict[str, object] = {"type": "connection_init"}
SUBSCRIBE: dict[str, object] = {"type": "subscribe", "id": "1", "payload": {"query": BATCHES}}
LISTENER = Principal("listener", "试验单位", NATION, frozenset({Role.READ}), OrganisationKind.NATIONAL_AGENCY)


@dataclass
class Gate:
    """Lets everybody in as the listener, and later says what it is told to."""

    later: Principal | NengshuError = LISTENER

    asked: int = 0

    def is_known(self, headers: Mapping[str, str]) -> bool:
        """Whether they say who asks."""
        return "authorization" in headers

    def is_quick(self, _: Mapping[str, str]) -> bool:
        """It asks no registry."""
        return True

    def principal(self, asked: Asked, *, is_websocket: bool) -> Principal:
        """Who asks."""
        assert is_websocket
        assert "authorization" in asked.headers
        return LISTENER

    def again(self, headers: Mapping[str, str]) -> Principal:
        """Who still asks."""
        self.asked += 1
        assert "authorization" in headers
        if isinstance(self.later, NengshuError):
            raise self.later
        return self.later


@dataclass
class Driven:
    """A server's side of a socket: hands over what was put in, keeps what is sent, gets stuck where it is told to."""

    coming: asyncio.Queue[Message]
    token: str = "any"
    stuck_at: str | None = None
    sent: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        """What comes next."""
        return await self.coming.get()

    async def send(self, message: Message) -> None:
        """Keep it."""
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.coming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})
        if self.stuck_at and self.stuck_at in message.get("text", ""):
            await asyncio.sleep(3_600)

    async def talk(self, endpoint: SocketEndpoint) -> None:
        """All of it, which must not take long."""
        scope = {
            "type": "websocket", "path": "/graphql", "subprotocols": ["graphql-transport-ws"], "query_string": b"",
            "headers": [(b"authorization", f"Bearer {self.token}".encode())],
        }  # fmt: skip
        with anyio.fail_after(SOON_S):
            await endpoint(scope, self.receive, self.send)

    @property
    def close(self) -> tuple[int, str]:
        """How it was closed."""
        last = self.sent[-1]
        assert last["type"] == "websocket.close"
        return last["code"], last["reason"]


def coming(*messages: dict[str, object]) -> asyncio.Queue[Message]:
    """A socket that is opened, and texts on it."""
    found: asyncio.Queue[Message] = asyncio.Queue()
    found.put_nowait({"type": "websocket.connect"})
    for message in messages:
        found.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})
    return found


async def test_a_socket_that_takes_nothing_any_longer_is_left_and_leaves_nothing(bounded: Hub) -> None:
    token = token_of(bounded, f"stuck{time.monotonic_ns()}")
    streams, before = Streams(1), len(asyncio.all_tasks())
    driven = Driven(coming(HELLO, SUBSCRIBE), token, stuck_at='"next"')
    talking = asyncio.create_task(driven.talk(SocketEndpoint(bounded, streams, send_s_max=0.05)))
    await becomes(lambda: bounded.events.listening == 1)
    async with serving(bounded) as live:
        await live.upload(token, f"stuck{time.monotonic_ns()}", reading(day=9))
    await talking
    assert [message["type"] for message in driven.sent] == ["websocket.accept", *["websocket.send"] * 2]
    assert (len(streams), bounded.events.listening) == (0, 0)
    await becomes(lambda: len(asyncio.all_tasks()) <= before)


async def test_who_never_says_hello_is_closed(bounded: Hub) -> None:
    driven = Driven(coming(), token_of(bounded, f"mute{time.monotonic_ns()}"))
    await driven.talk(SocketEndpoint(bounded, Streams(1), init_wait=dt.timedelta(seconds=0.05)))
    assert driven.close[0] == 4408


@pytest.mark.parametrize(
    ("later", "code", "why"),
    [
        (
            replace(LISTENER, reach=of_province(JIA)),
            4401,
            "UNAUTHENTICATED: what this token may do has changed",
        ),
        (StoreError("the registry is busy"), 1013, "STORE_ERROR: the registry is busy"),
    ],
)
async def test_a_socket_ends_where_its_token_means_something_else_or_nobody_can_say(
    bounded: Hub, later: Principal | NengshuError, code: int, why: str
) -> None:
    gate, streams = Gate(later), Streams(1)
    driven = Driven(coming(HELLO, SUBSCRIBE))
    await driven.talk(SocketEndpoint(replace(bounded, gatekeeper=gate), streams))  # type: ignore[arg-type] # by its shape
    assert driven.close[0] == code
    assert driven.close[1].startswith(why)
    assert (len(streams), bounded.events.listening) == (0, 0)


async def test_a_socket_stays_as_long_as_its_token_counts(bounded: Hub) -> None:
    gate, streams = Gate(), Streams(1)
    driven = Driven(coming(HELLO, SUBSCRIBE))
    hub = replace(bounded, gatekeeper=gate)  # type: ignore[arg-type] # by its shape
    talking = asyncio.create_task(driven.talk(SocketEndpoint(hub, streams)))
    await becomes(lambda: gate.asked > 3)
    assert not talking.done()
    streams.end()
    await talking
    assert driven.close == (1012, "the server ends; connect again")


async def test_a_socket_that_comes_while_the_server_ends_does_not_stay(bounded: Hub) -> None:
    streams, driven = Streams(1), Driven(coming(HELLO, SUBSCRIBE))
    streams.end()
    hub = replace(bounded, gatekeeper=Gate())  # type: ignore[arg-type] # by its shape
    await driven.talk(SocketEndpoint(hub, streams))
    assert driven.close[0] == 1012


class Stuck:
    """A schema that never comes to an answer."""

    async def stream(self, *_: object, **__: object) -> None:
        """Comes to none."""
        await anyio.sleep_forever()


@dataclass
class Stuckness:
    """A socket on which something was asked that comes to no answer."""

    driven: Driven
    streams: Streams

    def pongs(self) -> int:
        """How many were sent."""
        return sum(message.get("text") == '{"type":"pong"}' for message in self.driven.sent)


@asynccontextmanager
async def stuck(hub: Hub, query: str, *more: dict[str, object]) -> AsyncIterator[Stuckness]:
    """One whose first question is this, and what is said after it."""
    asked: dict[str, object] = {"type": "subscribe", "id": "1", "payload": {"query": query}}
    found = Stuckness(Driven(coming(HELLO, asked, *more)), Streams(1))
    stuck_hub = replace(hub, gatekeeper=Gate(), make_schema=Stuck)  # type: ignore[arg-type] # by their shape
    talking = asyncio.create_task(found.driven.talk(SocketEndpoint(stuck_hub, found.streams)))
    yield found
    found.streams.end()
    await talking


PINGS: list[dict[str, object]] = [{"type": "ping"}] * 5


async def test_a_pong_does_not_wait_for_a_slow_question(bounded: Hub) -> None:
    async with stuck(bounded, "{ nation { unitsTotal } }", *PINGS) as found:
        with anyio.fail_after(BEGIN_S_MAX):
            await becomes(lambda: found.pongs() == len(PINGS))


async def test_a_pong_waits_for_a_subscription_that_has_not_begun_but_not_for_ever(bounded: Hub) -> None:
    async with stuck(bounded, BATCHES, *PINGS) as found:
        await becomes(lambda: len(found.driven.sent) == 2)
        await asyncio.sleep(BEGIN_S_MAX / 4)
        assert found.pongs() == 0
        await becomes(lambda: found.pongs() == len(PINGS))


async def test_what_is_said_behind_a_ping_that_waits_is_heard(bounded: Hub) -> None:
    async with stuck(bounded, BATCHES, *PINGS, {"type": "complete", "id": "1"}) as found:
        with anyio.fail_after(BEGIN_S_MAX):
            await becomes(lambda: found.pongs() == len(PINGS))


async def test_more_pings_than_may_wait_hold_up_what_is_said_after_them(bounded: Hub) -> None:
    pings: list[dict[str, object]] = [{"type": "ping"}] * (PONGS_MAX + 1)
    async with stuck(bounded, BATCHES, *pings, {"type": "complete", "id": "1"}) as found:
        await becomes(lambda: len(found.driven.sent) == 2)
        await asyncio.sleep(BEGIN_S_MAX / 4)
        assert found.driven.coming.qsize() == 1
        await becomes(found.driven.coming.empty)


async def test_what_nobody_foresaw_ends_the_operation_and_is_masked(bounded: Hub) -> None:
    streams, driven = Streams(1), Driven(coming(HELLO, SUBSCRIBE))
    hub = replace(bounded, gatekeeper=Gate(), make_schema=object)  # type: ignore[arg-type] # which nobody foresaw
    with capture_logs() as lines:
        talking = asyncio.create_task(driven.talk(SocketEndpoint(hub, streams)))
        await becomes(lambda: len(driven.sent) == 3)
    (told,) = [line for line in lines if line["event"] == "unforeseen"]
    assert ("AttributeError" in told["error"], "exc_info" in told) == (True, False)
    assert "answers.py" in told["way"]
    said = json.loads(driven.sent[-1]["text"])
    assert (said["id"], said["type"], said["payload"][0]["extensions"]["code"]) == ("1", "error", "INTERNAL")
    streams.end()
    await talking
