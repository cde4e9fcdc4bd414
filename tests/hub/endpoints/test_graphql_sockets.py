"""GraphQL over a WebSocket, from a real server: the protocol graphql-transport-ws, under the same token, guard and reach."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from graph.model.principal import Role
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, of_province, reading, token_of
from tests.hub.live_hub import SOON_S, Live, becomes, servers_log, serving, socket_of

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id source } }"
UNITS = "{ nation { unitsTotal } }"


@pytest.fixture
async def live(hub: Hub) -> AsyncIterator[Live]:
    async with serving(hub) as found:
        yield found
        await found.settled()


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    return token_of(hub, "talker")


async def test_a_batch_is_told_as_soon_as_it_is_taken_in(live: Live, token: str) -> None:
    async with socket_of(live) as socket:
        await socket.hello(Authorization=f"Bearer {token}")
        name = await socket.listen(BATCHES)
        number = await live.upload(token, "ws 1", reading(day=1))
        told = {"batchAccepted": {"id": number, "source": "talker"}}
        assert await socket.heard() == {"id": name, "type": "next", "payload": {"data": told}}


async def test_who_says_who_they_are_in_the_header_need_not_say_it_again(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        assert socket.wire.response is not None
        assert socket.wire.response.headers["x-request-id"]
        await socket.ask(UNITS)
        kinds = [(await socket.heard())["type"] for _ in range(2)]
        assert kinds == ["next", "complete"]


async def test_several_subscriptions_are_told_apart_and_end_apart(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        first, second = [await socket.listen(BATCHES) for _ in range(2)]
        await live.upload(token, "ws several", reading(day=2))
        assert {(await socket.heard())["id"] for _ in range(2)} == {first, second}
        await socket.send("complete", id=first)
        await becomes(lambda: live.hub.events.listening == 1)
        await live.upload(token, "ws several 2", reading(day=3))
        assert (await socket.heard())["id"] == second
        assert await socket.listen(BATCHES) not in (first, second)


async def test_a_province_never_hears_of_anothers_batch(live: Live, token: str) -> None:
    yi = token_of(live.hub, "yi", of_province(YI))
    async with socket_of(live, yi) as socket:
        await socket.hello()
        await socket.listen(BATCHES)
        await live.upload(token, "ws jia", reading(JIA, day=4))
        number = await live.upload(token, "ws yi", reading(YI, day=4))
        assert (await socket.heard())["payload"]["data"]["batchAccepted"]["id"] == number


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { batchAccepted { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { " + "x" * 300, "GRAPHQL_PARSE_FAILED"),
        ("{ __schema { types { name } } }", "FORBIDDEN"),
        (f"{BATCHES} #{'x' * 50_000}", "QUERY_TOO_COMPLEX"),
        ("mutation { any }", "INVALID_INPUT"),
        ("", "INVALID_INPUT"),
    ],
)
async def test_a_refusal_is_told_with_its_code_and_the_socket_stays(
    live: Live, token: str, query: str, code: str
) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        name = await socket.ask(query)
        said = await socket.heard()
        (error,) = said["payload"]
        assert (said["id"], said["type"], error["extensions"]["code"]) == (name, "error", code)
        assert error["extensions"]["requestId"]
        await socket.ask(UNITS, name)
        assert (await socket.heard())["type"] == "next"


# ---- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hello",
    [{}, {"Authorization": "Bearer nobody.x"}, {"Authorization": 7}, {"Authorization": "Bearer 令牌"}],
)
async def test_a_stranger_is_closed_as_unauthorized(live: Live, hello: dict[str, object]) -> None:
    async with socket_of(live) as socket:
        await socket.send("connection_init", payload=hello)
        code, reason = await socket.closed()
        assert (code, reason[:16]) == (4401, "UNAUTHENTICATED:")


async def test_a_known_asker_without_the_role_is_closed_as_forbidden(live: Live) -> None:
    uploader = token_of(live.hub, "uploader", roles=(Role.UPLOAD,))
    async with socket_of(live) as socket:
        await socket.send("connection_init", payload={"authorization": f"Bearer {uploader}"})
        code, reason = await socket.closed()
        assert (code, reason[:10]) == (4403, "FORBIDDEN:")


async def refusal(live: Live, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and problem of a socket that is not let in."""
    token, origin = headers.get("token"), headers.get("origin")
    with pytest.raises(InvalidStatus) as refused:
        async with socket_of(live, token, **({"Origin": origin} if origin else {})):
            pass
    response = refused.value.response
    assert response.body is not None
    assert response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    return response.status_code, json.loads(response.body)


async def test_a_wrong_header_is_answered_with_a_problem(live: Live) -> None:
    status, said = await refusal(live, token="nobody.x")
    assert (status, said["code"]) == (401, "UNAUTHENTICATED")


async def test_a_page_of_another_site_is_not_let_in_and_one_of_ours_is(live: Live, token: str) -> None:
    status, said = await refusal(live, token=token, origin="https://elsewhere.example")
    assert (status, said["code"]) == (403, "FORBIDDEN")
    async with socket_of(live, token, Origin=live.base) as socket:
        await socket.hello()


@pytest.mark.parametrize("protocol", ["graphql-ws", "soap"])
async def test_another_protocol_is_not_spoken(live: Live, token: str, protocol: str) -> None:
    async with socket_of(live, token, protocol) as socket:
        assert await socket.closed() == (4406, "expected the subprotocol graphql-transport-ws")


async def test_a_question_before_hello_is_closed_as_unauthorized(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.send("subscribe", id="1", payload={"query": UNITS})
        assert (await socket.closed())[0] == 4401


async def test_saying_hello_twice_closes_the_socket(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        await socket.send("connection_init")
        assert (await socket.closed())[0] == 4429


# ---- what is no message -----------------------------------------------------------------------------------

ODD: list[str | bytes] = [
    "", "no JSON", "[]", "7", "null", '"ping"', "{}", '{"type": 7}', '{"type": "unknown"}', b'{"type": "ping"}',
    '{"type": "subscribe"}', '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": ["a"], "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
    json.dumps({"type": "subscribe", "id": "i" * 129, "payload": {"query": "{ a }"}}),
    '{"type": "subscribe", "id": "1", "payload": []}', '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": {}}}',
    '{"type": "complete", "id": {}}', '{"type": "complete"}', "[" * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_what_is_no_message_closes_the_socket_and_breaks_nothing(
    live: Live, token: str, odd: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with servers_log(caplog):
        async with socket_of(live, token) as socket:
            await socket.hello()
            await socket.wire.send(odd)
            assert (await socket.closed())[0] == 4400
        await live.settled()
    assert caplog.records == []


async def test_a_message_beyond_the_bound_closes_the_socket(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        await socket.send("ping", payload={"x": "x" * 1024 * 1024})
        assert (await socket.closed())[0] == 1009


async def test_completing_what_nobody_asked_harms_nobody(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        await socket.send("complete", id="never")
        await socket.send("pong")
        await socket.send("ping")
        assert await socket.heard() == {"type": "pong"}


async def test_one_name_for_two_operations_closes_the_socket(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket:
        await socket.hello()
        await socket.ask(BATCHES, "same")
        await socket.ask(BATCHES, "same")
        assert (await socket.closed())[0] == 4409


async def test_who_goes_away_without_a_word_leaves_nothing_behind(live: Live, token: str) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(3):
        async with socket_of(live, token) as socket:
            await socket.hello()
            for _ in range(4):
                await socket.listen(BATCHES)
            assert live.hub.events.listening == 4
            socket.wire.transport.abort()
        await live.settled()
    await becomes(lambda: len(asyncio.all_tasks()) <= before)


async def test_beside_sockets_questions_are_answered(live: Live, token: str) -> None:
    async with socket_of(live, token) as socket, live.client(token) as client:
        await socket.hello()
        await socket.listen(BATCHES)
        reply: httpx.Response = await client.post("/graphql", json={"query": UNITS}, timeout=SOON_S)
        assert reply.json()["data"]
