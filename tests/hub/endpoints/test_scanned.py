"""What a scanner of GraphQL servers asks, as it asks it, of a hub with the settings it has by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from hub.wiring import Hub
from tests.hub.invented_hub import asking, token_of

pytestmark = pytest.mark.anyio
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PAGES = ("graphiql", "playground", "voyager", "altair", "sandbox", "<html")
CIRCLE = "fields { type { " * 4 + "name" + " } }" * 4


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token that may read, as a scanner is given one."""
    return token_of(hub, "scanner")


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The scanner."""
    async with asking(hub, token) as opened:
        yield opened


async def said(client: httpx.AsyncClient, query: str) -> Mapping[str, Any]:
    """The answer to a question."""
    found: dict[str, Any] = (await client.post("/graphql", json={"query": query})).json()
    return found


def codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes of an answer that holds nothing but errors."""
    assert answer.keys() == {"errors"}
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_the_scanner_is_answered_at_all(client: httpx.AsyncClient) -> None:
    assert await said(client, "query scan { __typename }") == {"data": {"__typename": "Query"}}


async def test_aliases_are_bounded(client: httpx.AsyncClient) -> None:
    aliases = " ".join(f"alias{n}: __typename" for n in range(101))
    assert codes(await said(client, f"query scan {{ {aliases} }}")) == ["QUERY_TOO_COMPLEX"]


async def test_directives_are_bounded(client: httpx.AsyncClient) -> None:
    for directive in ("@aa", "@skip(if: false)"):
        many = await said(client, f"query scan {{ __typename {directive * 10} }}")
        assert codes(many) == ["QUERY_TOO_COMPLEX"]


async def test_a_field_again_and_again_is_bounded(client: httpx.AsyncClient) -> None:
    assert codes(await said(client, f"query scan {{ {'__typename ' * 500} }}")) == ["QUERY_TOO_COMPLEX"]


async def test_questions_do_not_come_in_batches(client: httpx.AsyncClient) -> None:
    reply = await client.post("/graphql", json=[{"query": "query scan { __typename }"}] * 10)
    assert (reply.status_code, codes(reply.json())) == (400, ["INVALID_INPUT"])


async def test_the_schema_is_not_asked_in_circles(client: httpx.AsyncClient) -> None:
    whole = await said(client, f"{{ __schema {{ types {{ {CIRCLE} }} }} }}")
    assert codes(whole) == ["QUERY_TOO_COMPLEX"]
    one = await said(client, f'{{ __type(name: "Unit") {{ {CIRCLE} }} }}')
    assert codes(one) == ["GRAPHQL_VALIDATION_FAILED"]
    assert "introspection depth" in one["errors"][0]["message"]


async def test_no_field_is_suggested(client: httpx.AsyncClient) -> None:
    for query in ("{ nationn { unitsTotal } }", "{ units(filter: {tear: HUNDRED}) { totalCount } }"):
        answer = await said(client, query)
        assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]
        assert "did you mean" not in str(answer).lower()


async def test_no_question_is_asked_by_get(client: httpx.AsyncClient) -> None:
    for query in ("query scan { __typename }", "mutation { __typename }"):
        reply = await client.get("/graphql", params={"query": query})
        assert (reply.status_code, "data" in reply.json()) == (405, False)


async def test_no_question_is_a_form(client: httpx.AsyncClient) -> None:
    reply = await client.post("/graphql", data={"query": "query scan { __typename }"})
    assert (reply.status_code, "data" in reply.json()) == (415, False)


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/playground", "/console", "/altair", "/voyager"])
async def test_the_endpoint_is_no_page(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path, headers={"Accept": HTML}, follow_redirects=True)
    assert reply.status_code in (404, 405)
    assert [word for word in PAGES if word in reply.text.lower()] == []


async def test_the_schema_is_not_told_whole(client: httpx.AsyncClient) -> None:
    assert codes(await said(client, "query scan { __schema { types { name fields { name } } } }")) == [
        "FORBIDDEN"
    ]


async def test_no_time_is_told(client: httpx.AsyncClient) -> None:
    answer = await said(client, "query scan { __typename nation { unitsTotal } }")
    assert answer.keys() == {"data"}  # and no extensions with a tracing in them


@pytest.mark.parametrize("query", ["qwerty scan { abc }", "{", "", "\x00", "{ __typename(x: 1e999) }"])
async def test_no_failure_tells_of_the_inside(client: httpx.AsyncClient, query: str) -> None:
    reply = await client.post("/graphql", json={"query": query})
    assert reply.status_code < 500
    assert {"INTERNAL"}.isdisjoint(codes(reply.json()))
    for word in ("exception", "traceback", ".py", "stack", "strawberry", "graphql-core"):
        assert word not in reply.text.lower()
