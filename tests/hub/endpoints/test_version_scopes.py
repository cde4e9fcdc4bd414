"""Conditional requests: a tag is of one question, form and asker, and what may not be kept has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields
from typing import Any

import httpx
import pytest

from graph.model.principal import NATION, Role
from graph.ports import Sources
from hub.endpoints.media_types import EVENTS, RESPONSE
from hub.endpoints.versions import Witness
from hub.wiring import Hub
from tests.hub.endpoints.test_versions import BATCHES, ask, saving
from tests.hub.invented_hub import ALL, JIA, WHO, asking, is_problem, of_province, token_of

pytestmark = pytest.mark.anyio
UNITS = {
    "query": "query A { units(first: 2) { nodes { name } } } query B { nation { unitsTotal } }",
    "operationName": "A",
}


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    return token_of(hub, "polling", of_province(JIA), (*ALL, Role.DECIDE))


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(hub, token) as opened:
        yield opened


@pytest.mark.parametrize(
    "other",
    [
        {**UNITS, "operationName": "B"},
        {**UNITS, "query": UNITS["query"] + " "},
        {**UNITS, "variables": {}},
        BATCHES,
    ],
)
async def test_a_tag_is_of_one_question_as_it_was_written(
    client: httpx.AsyncClient, other: dict[str, Any]
) -> None:
    tag = (await ask(client, UNITS)).headers["etag"]
    assert (await ask(client, other, If_None_Match=tag)).status_code == 200
    assert (await ask(client, UNITS, If_None_Match=tag)).status_code == 304


async def test_a_tag_is_of_one_form_of_the_answer(client: httpx.AsyncClient) -> None:
    tag = (await ask(client)).headers["etag"]
    assert (await ask(client, Accept=RESPONSE, If_None_Match=tag)).status_code == 200


async def test_a_tag_is_of_one_asker_and_one_reach(hub: Hub, client: httpx.AsyncClient) -> None:
    others = {
        key: {"Authorization": f"Bearer {token_of(hub, key, reach, roles)}"}
        for key, reach, roles in (
            ("poll-jia", of_province(JIA), ALL),
            ("poll-nation", NATION, ALL),
            ("poll-reader", NATION, (Role.READ,)),
        )
    }
    tag = (await ask(client)).headers["etag"]
    tags = {tag}
    for headers in others.values():
        reply = await ask(client, If_None_Match=tag, **headers)
        assert reply.status_code == 200
        tags.add(reply.headers["etag"])
    assert len(tags) == 4


async def test_a_token_that_counts_no_longer_gets_no_304(hub: Hub, client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {token_of(hub, 'leaving')}"}
    tag = (await ask(client, **headers)).headers["etag"]
    assert (await ask(client, If_None_Match=tag, **headers)).status_code == 304
    hub.registry.clients.revoke("leaving", WHO)
    assert is_problem(await ask(client, If_None_Match=tag, **headers), 401, "UNAUTHENTICATED")


def test_every_source_of_an_answer_has_a_version_or_is_watched() -> None:
    versioned = {"ledger", "figures", "states"}  # both stores, as tests/hub/stores/test_versions.py has it
    still = {"events", "waiting"}  # of subscriptions alone; of the program
    sources = Sources(*(object() for _ in fields(Sources)))  # type: ignore[arg-type]
    watched = Witness().watched(sources)
    same = {
        field.name
        for field in fields(Sources)
        if getattr(watched, field.name) is getattr(sources, field.name)
    }
    assert same == versioned | still


# ---- what has no tag ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "{ nowhere }",
        "{",
        '{ nation { unitsTotal } unit(creditCode: "x") { name } }',
        "{ __schema { types { name } } }",
        "{ provinces(first: 1) { nodes { live { nation { unitsTotal } } } } }",
        "{ provinces(first: 1) { nodes { live { nation { unitsTotal } } liveCoverage { state seconds } } } }",
    ],
)
async def test_what_does_not_stand_until_data_changes_has_no_tag(
    client: httpx.AsyncClient, query: str
) -> None:
    reply = await ask(client, {"query": query})
    assert (reply.status_code, "etag" in reply.headers) == (200, False)
    assert reply.headers["cache-control"] == "private, no-cache"


async def test_what_is_no_question_has_no_tag(client: httpx.AsyncClient) -> None:
    reply = await ask(client, [])
    assert (reply.status_code, "etag" in reply.headers) == (400, False)


@pytest.mark.parametrize(
    "query", ["{ __typename }", "{ _service { sdl } }", '{ __type(name: "Unit") { name } }']
)
async def test_what_the_schema_tells_of_itself_has_one(client: httpx.AsyncClient, query: str) -> None:
    tag = (await ask(client, {"query": query})).headers["etag"]
    assert (await ask(client, {"query": query}, If_None_Match=tag)).status_code == 304


async def test_a_decision_is_made_whatever_tags_come_with_it(client: httpx.AsyncClient) -> None:
    tag = (await ask(client)).headers["etag"]
    for number, sent in enumerate((tag, "*", tag)):
        reply = await ask(client, saving(f"第{number // 2}名"), If_None_Match=sent)
        assert (reply.status_code, "etag" in reply.headers) == (200, False)
        assert reply.json()["data"]["saveUnits"][0]["row"] == {"name": f"第{number // 2}名"}


async def test_a_stream_of_events_has_no_tag(client: httpx.AsyncClient) -> None:
    tag = (await ask(client)).headers["etag"]
    reply = await ask(client, Accept=EVENTS, If_None_Match=tag)
    assert (reply.status_code, "etag" in reply.headers) == (200, False)
    assert "event: next" in reply.text
