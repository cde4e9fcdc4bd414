"""The form of questions and answers: methods, media types, and what is no question."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import strawberry
from strawberry import Schema

from hub.endpoints.media_types import JSON, RESPONSE, is_readable, wants_response
from hub.wiring import Hub
from tests.hub.invented_hub import asking, hub_of, is_problem, token_of

pytestmark = pytest.mark.anyio
TYPENAME = {"query": "{ __typename }"}
CHANGED: list[str] = []


@strawberry.type
class _Query:
    there: str = "yes"


@strawberry.type
class _Mutation:
    @strawberry.mutation
    def change(self) -> str:
        """Leave a trace."""
        CHANGED.append("changed")
        return "done"


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of the nation."""
    return token_of(hub, "form")


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks."""
    async with asking(hub, token) as opened:
        yield opened


def by_get(hub: Hub, **more: Any) -> Hub:
    """The same hub with questions in addresses."""
    settings = hub.settings.model_copy(update={"questions_by_get": True})
    return dataclasses.replace(hub, settings=settings, **more)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (RESPONSE.upper(), RESPONSE),
        (f"{RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, */*", RESPONSE),
        (f"{RESPONSE};q=0.5, {JSON}", JSON),
        (f"{RESPONSE};q=0.5, */*", JSON),
        (f"{RESPONSE};q=0.5, {JSON};q=0.4", RESPONSE),
        (f"{RESPONSE};q=0, {JSON};q=0", JSON),
        (f"{JSON};q=0, */*;q=0.1", RESPONSE),
        (f"{RESPONSE};q=high, {JSON}", JSON),
        (f"{RESPONSE};q=2", JSON),
        ("text/html", JSON),
        (";;q=,,=", JSON),
    ],
)
async def test_an_answer_has_the_type_its_asker_likes(
    client: httpx.AsyncClient, accept: str | None, kind: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    reply = await client.post("/graphql", json=TYPENAME, headers=headers)
    assert (reply.status_code, reply.json()) == (200, {"data": {"__typename": "Query"}})
    assert reply.headers["content-type"] == f"{kind}; charset=utf-8"
    assert wants_response(accept or "") == (kind == RESPONSE)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nowhere }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { units(first: $n) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a " * 50 + "}" * 50, "QUERY_TOO_COMPLEX"),
    ],
)
async def test_what_was_never_executed_has_no_data(client: httpx.AsyncClient, query: str, code: str) -> None:
    statuses = {}
    for kind in (JSON, RESPONSE):
        reply = await client.post("/graphql", json={"query": query}, headers={"Accept": kind})
        assert "data" not in reply.json()
        assert reply.json()["errors"][0]["extensions"]["code"] == code
        statuses[kind] = reply.status_code
    assert statuses == {JSON: 200, RESPONSE: 400}


async def test_of_several_operations_one_is_named(client: httpx.AsyncClient) -> None:
    query = "query A { __typename } query B { nation { unitsTotal } }"
    unnamed = await client.post("/graphql", json={"query": query}, headers={"Accept": RESPONSE})
    named = await client.post("/graphql", json={"query": query, "operationName": "A"})
    (error,) = unnamed.json()["errors"]
    assert (unnamed.status_code, error["extensions"]["place"]) == (400, "operationName")
    assert named.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("coding", "is_asked"), [("identity", True), ("gzip", False), ("", False), ("br", False)]
)
async def test_a_question_is_not_packed(client: httpx.AsyncClient, coding: str, is_asked: bool) -> None:
    reply = await client.post("/graphql", json=TYPENAME, headers={"Content-Encoding": coding})
    assert reply.status_code == 200 if is_asked else is_problem(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_what_failed_while_it_was_executed_has_its_data(client: httpx.AsyncClient) -> None:
    query = '{ __typename unit(creditCode: "x") { name } }'
    reply = await client.post("/graphql", json={"query": query}, headers={"Accept": RESPONSE})
    (error,) = reply.json()["errors"]
    assert (reply.status_code, reply.json()["data"]) == (200, {"__typename": "Query", "unit": None})
    assert (error["path"], error["extensions"]["code"]) == (["unit"], "MALFORMED_CODE")


@pytest.mark.parametrize(
    "question",
    [
        {"query": {"obj": "ect"}},
        {**TYPENAME, "operationName": 0},
        {**TYPENAME, "operationName": ["x"]},
        {**TYPENAME, "variables": "x"},
        {**TYPENAME, "extensions": []},
        {**TYPENAME, "operationName": "Nobody"},
        {},
    ],
)
async def test_a_malformed_question_says_so_in_graphqls_shape(
    client: httpx.AsyncClient, question: dict[str, object]
) -> None:
    reply = await client.post("/graphql", json=question)
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (400, "INVALID_INPUT")
    assert reply.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert error["message"]


async def test_a_body_that_is_no_json_says_where(client: httpx.AsyncClient) -> None:
    for body in (b'{ "not', b"\xff", b"5", b""):
        reply = await client.post(
            "/graphql", content=body, headers={"Content-Type": JSON, "Accept": RESPONSE}
        )
        (error,) = reply.json()["errors"]
        assert (reply.status_code, error["extensions"]["code"]) == (400, "MALFORMED_BODY")
        assert reply.headers["content-type"] == f"{RESPONSE}; charset=utf-8"


@pytest.mark.parametrize(
    ("content_type", "readable"),
    [
        (JSON, True),
        ("Application/JSON;charset=UTF-8", True),
        (f'{JSON}; charset="utf-8"', True),
        (f"{JSON}; charset=gb18030", False),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=application/json", False),
        ("application/jsonp", False),
        (None, False),
    ],
)
async def test_a_question_is_json_in_utf_8(
    client: httpx.AsyncClient, content_type: str | None, readable: bool
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    reply = await client.post("/graphql", content=json.dumps(TYPENAME).encode(), headers=headers)
    assert is_readable(content_type or "") == readable
    assert reply.status_code == 200 if readable else is_problem(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_no_question_travels_in_an_address_unless_it_may(
    client: httpx.AsyncClient, method: str
) -> None:
    reply = await client.request(method, "/graphql", params={"query": "{ nation { unitsTotal } }"})
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert "unitsTotal" not in reply.text


async def test_a_question_in_an_address_is_answered_where_it_may_travel_so(hub: Hub, token: str) -> None:
    query = "query Of($n: String!) { __type(name: $n) { name } }"
    params = {"query": query, "variables": '{"n": "Unit"}', "operationName": "Of"}
    async with asking(by_get(hub), token) as client:
        reply = await client.get("/graphql", params=params)
        wrong = [await client.get("/graphql", params=given) for given in ({}, {**params, "variables": "{"})]
        other = await client.put("/graphql", params=params)
    assert (reply.status_code, reply.json()) == (200, {"data": {"__type": {"name": "Unit"}}})
    assert [refused.status_code for refused in wrong] == [400, 400]
    assert (other.status_code, other.headers["allow"]) == (405, "GET, POST")


async def test_a_mutation_in_an_address_is_never_run(hub: Hub, token: str) -> None:
    schema = Schema(_Query, mutation=_Mutation)
    changing = by_get(hub, make_schema=lambda: cast("Any", schema))
    async with asking(changing, token) as client:
        for query, name in (
            ("mutation { change }", None),
            ("query A { there } mutation B { change }", "B"),
        ):
            params = {"query": query} if name is None else {"query": query, "operationName": name}
            reply = await client.get("/graphql", params=params)
            assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
            assert CHANGED == []
        told = await client.post("/graphql", json={"query": "mutation { change }"})
    assert (told.json(), CHANGED) == ({"data": {"change": "done"}}, ["changed"])


async def test_the_settings_decide(tmp_path: Path) -> None:
    whole = {"query": "{ __schema { queryType { name } } }"}
    with hub_of(tmp_path, schema_open=True, questions_by_get=True) as opened:
        async with asking(opened, token_of(opened, "settings")) as client:
            assert (await client.post("/graphql", json=whole)).json().keys() == {"data"}
            assert (await client.get("/graphql", params=whole)).json().keys() == {"data"}
