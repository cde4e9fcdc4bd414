"""How lists were completed can be seen: of one answer in a header, of a process at /metrics."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from graph.model.principal import Role
from hub.wiring import Hub
from tests.hub.invented_hub import asking, token_of

pytestmark = pytest.mark.anyio

DEBUG = {"Nengshu-Debug": "completion"}
UNITS = "{ units(first: 100) { nodes { name tier regionDetail { name } } } }"
COVERED = "{ regions(first: 100) { nodes { units(first: 1) { coverage { province } } } } }"


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    return token_of(hub, "watching")


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(hub, token) as found:
        yield found


async def asked(client: httpx.AsyncClient, question: str, **headers: str) -> httpx.Response:
    """The answer to a question."""
    reply = await client.post("/graphql", json={"query": question}, headers=headers)
    assert "errors" not in reply.json(), reply.text
    return reply


async def told(client: httpx.AsyncClient, name: str) -> float:
    """A figure of the process."""
    page = (await client.get("/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_an_answer_says_how_it_was_completed_to_who_asks(client: httpx.AsyncClient) -> None:
    reply = await asked(client, UNITS, **DEBUG)
    rows = len(reply.json()["data"]["units"]["nodes"])
    assert rows >= 16
    assert reply.headers["nengshu-debug-completion"] == f"by columns 1, of {rows} rows; one by one 0"
    assert "nengshu-debug-completion" not in (await asked(client, UNITS)).headers


async def test_a_list_that_was_left_to_graphql_core_says_why(client: httpx.AsyncClient) -> None:
    reply = await asked(client, COVERED, **DEBUG)
    said = reply.headers["nengshu-debug-completion"]
    assert said == "by columns 0, of 0 rows; one by one 1 (the field UnitConnection.coverage)"


async def test_the_process_counts_lists_rows_and_reasons(client: httpx.AsyncClient) -> None:
    why = 'nengshu_graphql_lists_one_by_one_total{why="the field UnitConnection.coverage"}'
    names = ("nengshu_graphql_lists_total", "nengshu_graphql_rows_total", why)
    before = [await told(client, name) for name in names]
    rows = len((await asked(client, UNITS)).json()["data"]["units"]["nodes"])
    await asked(client, COVERED)
    after = [await told(client, name) for name in names]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, rows, 1]


async def test_figures_are_for_who_may_read(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "uploads-only", roles=(Role.UPLOAD,))) as client:
        assert (await client.get("/metrics")).status_code == 403
