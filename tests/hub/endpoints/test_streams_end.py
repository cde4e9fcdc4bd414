"""What stays open does not stay longer than it may: tokens end or are taken back, places are counted, servers end."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from websockets.exceptions import InvalidStatus

from graph.model.principal import Role
from hub.access.gatekeeper import Gatekeeper
from hub.access.oauth.server import OAuth
from hub.endpoints.streams import STRANGER_S_MAX, STRANGERS_MAX
from hub.wiring import Hub, SystemClock, keyring_of
from tests.hub.endpoints.conftest import LOOK_S
from tests.hub.invented_hub import WHO, issued, overdue, token_of
from tests.hub.live_hub import SOON_S, events_of, serving, socket_of
from tests.hub.members import add_client

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id digest } }"
DAY = dt.timedelta(days=1)


@dataclass
class Hands:
    """A clock whose hands a test sets forward."""

    ahead: dt.timedelta = dt.timedelta()

    def now(self) -> dt.datetime:
        """The machine's moment and what was set forward."""
        return SystemClock().now() + self.ahead


@pytest.fixture
def hands(bounded: Hub) -> tuple[Hub, Hands]:
    """The same hub under a clock of the test's."""
    hands = Hands()
    registry, door = bounded.registry, bounded.door
    keyring = keyring_of(bounded.settings, registry, hands)
    oauth = OAuth(
        bounded.settings.base_url, keyring, registry.clients, registry.revoked_tokens, door.once, door.log, hands,
        registry.version,
    )  # fmt: skip
    gate = Gatekeeper(oauth.verifier, bounded.people.gate)
    return replace(bounded, clock=hands, oauth=oauth, gatekeeper=gate), hands


def short_lived(hub: Hub, key: str, lives: dt.timedelta) -> str:
    add_client(hub.registry, key, lives=lives)
    return issued(hub, key, (Role.READ,))


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
    async with serving(hub) as live, socket_of(live) as socket:
        token = short_lived(hub, f"brief{time.monotonic_ns()}", dt.timedelta(seconds=1.5))
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


async def test_a_token_taken_back_is_answered_no_more_on_a_socket_that_is_open(bounded: Hub) -> None:
    patient = replace(bounded, settings=bounded.settings.model_copy(update={"stream_look_seconds": 3600.0}))
    key = f"taken{time.monotonic_ns()}"
    async with serving(patient) as live, socket_of(live, token_of(patient, key)) as socket:
        await socket.hello()
        await socket.listen(BATCHES)
        bounded.registry.clients.revoke(key, WHO)
        await socket.ask("{ nation { unitsTotal } }")
        assert (await socket.closed())[0] == 4401


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


async def test_few_strangers_are_let_in_at_once_and_who_is_known_is_none(bounded: Hub) -> None:
    token = token_of(bounded, f"known{time.monotonic_ns()}")
    async with serving(bounded) as live, AsyncExitStack() as stack:
        first = await stack.enter_async_context(socket_of(live))
        for _ in range(STRANGERS_MAX - 1):
            await stack.enter_async_context(socket_of(live))
        with pytest.raises(InvalidStatus) as refused:
            await stack.enter_async_context(socket_of(live))
        answer = refused.value.response
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(STRANGER_S_MAX))
        async with socket_of(live, token) as known, live.client(token) as client:
            await known.hello()
            assert (await client.get("/healthz")).status_code == 200
        await first.hello(Authorization=f"Bearer {token}")
        await stack.enter_async_context(socket_of(live))


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
        bounded.registry.upsert("duty", [overdue()], WHO)
        assert (await events.heard())[1]["data"]["dutyDue"]["key"] == overdue()["key"]
