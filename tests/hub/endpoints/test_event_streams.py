"""GraphQL over server-sent events, from a real server: what happens is told, once, to whoever may hear it, and then ends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from graph.model.principal import Role
from hub.endpoints.problems import LOGGED_MAX
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, hub_of, of_province, of_unit, post, reading, token_of, units_of
from tests.hub.live_hub import Events, Live, becomes, events_of, serving

pytestmark = pytest.mark.anyio
BATCHES = "subscription { batchAccepted { id source rows } }"
UNKNOWN = "subscription { batchAccepted { nothing } }"


@pytest.fixture
async def live(hub: Hub) -> AsyncIterator[Live]:
    async with serving(hub) as found:
        yield found
        await found.settled()


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    return token_of(hub, "listener")


def code_of(payload: dict[str, list[dict[str, dict[str, str]]]]) -> str:
    (error,) = payload["errors"]
    assert error["extensions"]["requestId"]
    return error["extensions"]["code"]


async def test_a_batch_is_told_as_soon_as_it_is_taken_in(live: Live, token: str) -> None:
    async with events_of(live, token, BATCHES) as events:
        assert events.reply.status_code == 200
        assert events.reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        number = await live.upload(token, "sse 1", reading(day=1))
        told = {"id": number, "source": "listener", "rows": 1}
        assert await events.heard() == ("next", {"data": {"batchAccepted": told}})


async def test_nothing_that_happens_after_the_head_is_lost_and_nothing_is_told_twice(
    live: Live, token: str
) -> None:
    async with events_of(live, token, BATCHES) as events:
        sent = [await live.upload(token, f"sse many {n}", reading(day=2, value=n)) for n in range(1, 6)]
        async with live.client(token) as client:
            again = await post(client, json.dumps([reading(day=2, value=1)]).encode(), "sse many 1")
        assert (again.status_code, again.json()["batch"]) == (200, sent[0])
        last = await live.upload(token, "sse last", reading(day=3))
        told = [(await events.heard())[1]["data"]["batchAccepted"]["id"] for _ in range(6)]
        assert told == [*sent, last]


async def test_a_province_never_hears_of_anothers_batch(live: Live, token: str) -> None:
    yi = token_of(live.hub, "yi", of_province(YI))
    async with events_of(live, yi, BATCHES) as events:
        await live.upload(token, "sse jia", reading(JIA, day=4))
        number = await live.upload(token, "sse yi", reading(YI, day=4))
        assert (await events.heard())[1]["data"]["batchAccepted"]["id"] == number


async def test_a_unit_hears_of_its_own_batches(live: Live, token: str) -> None:
    own = units_of(JIA)[1]
    unit = token_of(live.hub, "unit", of_unit(own.code))
    async with events_of(live, unit, BATCHES) as events:
        await live.upload(token, "sse other unit", reading(JIA, day=5, unit=units_of(JIA)[2].code))
        number = await live.upload(token, "sse own unit", reading(JIA, day=5))
        assert (await events.heard())[1]["data"]["batchAccepted"]["id"] == number


async def test_where_questions_may_travel_in_addresses_subscriptions_may_too(tmp_path: Path) -> None:
    with hub_of(tmp_path, questions_by_get=True, sync_seconds=0) as hub:
        token = token_of(hub, "listener")
        async with serving(hub) as live, live.client(token, Accept="text/event-stream") as client:
            async with client.stream("GET", "/graphql", params={"query": BATCHES}) as reply:
                events = Events(reply, reply.aiter_lines())
                number = await live.upload(token, "sse get", reading(day=1))
                assert (await events.heard())[1]["data"]["batchAccepted"]["id"] == number
            wrong = await client.get("/graphql", params={"query": "mutation { any }"})
            assert '"INVALID_INPUT"' in wrong.text


async def test_a_question_is_answered_and_complete(live: Live, token: str) -> None:
    async with events_of(live, token, "{ nation { unitsTotal } }") as events:
        kind, payload = await events.heard()
        assert (kind, list(payload)) == ("next", ["data"])
        assert await events.heard() == ("complete", None)
        assert await events.rest() == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (UNKNOWN, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("{ __schema { types { name } } }", "FORBIDDEN"),
        (f"{BATCHES} #{'x' * 50_000}", "QUERY_TOO_COMPLEX"),
        ("mutation { any }", "INVALID_INPUT"),
    ],
)
async def test_a_refusal_is_told_as_an_event_with_its_code(
    live: Live, token: str, query: str, code: str
) -> None:
    async with events_of(live, token, query) as events:
        kind, payload = await events.heard()
        assert (kind, "data" in payload, code_of(payload)) == ("next", False, code)
        assert await events.heard() == ("complete", None)
        assert events.reply.headers["x-request-id"] == payload["errors"][0]["extensions"]["requestId"]


async def test_who_may_not_ask_gets_a_problem_and_no_stream(live: Live, token: str) -> None:
    uploader = token_of(live.hub, "uploader", roles=(Role.UPLOAD,))
    for asker, status in (("nobody.x", 401), (uploader, 403)):
        async with events_of(live, asker, BATCHES) as events:
            assert events.reply.status_code == status
            assert events.reply.headers["content-type"] == "application/problem+json"


async def test_questions_that_are_none_are_refused_before_there_is_a_stream(live: Live, token: str) -> None:
    async with live.client(token, Accept="text/event-stream") as client:
        for body in ({}, {"query": 1}, [{"query": "{ nation { unitsTotal } }"}], {"query": ""}):
            reply = await client.post("/graphql", json=body)
            assert (reply.status_code, code_of(reply.json())) == (400, "INVALID_INPUT")
        reply = await client.get("/graphql", params={"query": "{ nation { unitsTotal } }"})
        assert reply.status_code == 405


async def test_a_subscription_asked_without_a_stream_says_how_to_ask(live: Live, token: str) -> None:
    async with live.client(token) as client:
        reply = await client.post("/graphql", json={"query": BATCHES})
    assert (reply.status_code, code_of(reply.json())) == (400, "INVALID_INPUT")
    assert "text/event-stream" in reply.json()["errors"][0]["message"]


async def test_who_hangs_up_leaves_nothing_behind(live: Live, token: str) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(3):
        async with events_of(live, token, BATCHES):
            assert live.hub.events.listening == 1
            assert len(live.streams) == 1
        await live.settled()
    await becomes(lambda: len(asyncio.all_tasks()) <= before)


async def test_what_nobody_foresaw_is_masked_and_a_bounded_line_of_the_log(hub: Hub) -> None:
    class Broken:
        """A schema that fails with a long story."""

        async def stream(self, *_: object, **__: object) -> None:
            """Fails."""
            raise RuntimeError("x" * 100_000)

    broken = replace(hub, make_schema=Broken)  # type: ignore[arg-type] # which nobody foresaw
    token = token_of(hub, f"broken{time.monotonic_ns()}")
    with capture_logs() as lines:
        async with serving(broken) as live, events_of(live, token, BATCHES) as events:
            assert (await events.heard())[1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    (told,) = [line for line in lines if line["event"] == "unforeseen"]
    assert len(told["error"]) <= LOGGED_MAX
    assert told["way"].rpartition(" > ")[2].startswith("test_event_streams.py:")
    assert "exc_info" not in told
