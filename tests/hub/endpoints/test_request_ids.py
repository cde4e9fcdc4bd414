"""Every answer says what its request is called, every error repeats it, and a bad question is one line of the log."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from hub.endpoints.problems import LOGGED_MAX
from hub.endpoints.request_ids import HEADER
from hub.wiring import Hub
from tests.hub.endpoints.test_refusals import with_broken_store
from tests.hub.invented_hub import asking, token_of

pytestmark = pytest.mark.anyio
MADE = re.compile(r"[0-9a-f]{24}")
LINE_MAX = 3 * LOGGED_MAX  # of a path, of a reason, and of all that is short


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of the nation."""
    return token_of(hub, "ids")


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks."""
    async with asking(hub, token) as opened:
        yield opened


def ids_of(errors: list[dict[str, Any]]) -> set[str]:
    """What the requests of these errors are called."""
    return {error["extensions"]["requestId"] for error in errors}


@pytest.mark.parametrize("name", ["a", "7f3c.9-E_2", "x" * 64])
async def test_a_plain_name_is_taken_over(client: httpx.AsyncClient, name: str) -> None:
    for path in ("/healthz", "/nowhere", "/", "/sync/v1/changes"):
        assert (await client.get(path, headers={HEADER: name})).headers[HEADER] == name


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "two words", "a\tb", "<b>", "a,b", "\xe9", "名", "a\x0b", "{}"]
)
async def test_another_name_is_not(client: httpx.AsyncClient, name: str) -> None:
    reply = await client.get("/healthz", headers=[(HEADER.encode(), name.encode())])
    assert MADE.fullmatch(reply.headers[HEADER])


async def test_no_two_requests_are_called_the_same_by_us(client: httpx.AsyncClient) -> None:
    names = {(await client.get("/healthz")).headers[HEADER] for _ in range(20)}
    assert len(names) == 20


@pytest.mark.parametrize(
    "query", ["{", "{ nowhere }", '{ unit(creditCode: "x") { name } }', "{ a " * 50 + "}" * 50]
)
async def test_an_error_of_graphql_has_code_message_and_name(client: httpx.AsyncClient, query: str) -> None:
    with capture_logs() as lines:
        reply = await client.post("/graphql", json={"query": query}, headers={HEADER: "mine"})
    (error,) = reply.json()["errors"]
    assert error["message"]
    assert error["extensions"]["requestId"] == reply.headers[HEADER] == "mine"
    (line,) = lines
    assert (line["event"], line["request"], line["code"]) == ("refused", "mine", error["extensions"]["code"])


async def test_a_question_that_is_none_has_them_too(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        reply = await client.post("/graphql", content=b"{", headers={"Content-Type": "application/json"})
    assert ids_of(reply.json()["errors"]) == {reply.headers[HEADER]} == {line["request"] for line in lines}
    assert len(lines) == 1


async def test_a_bad_question_is_one_short_line_whatever_it_says(client: httpx.AsyncClient) -> None:
    for query in (
        "{ " + " ".join(f"nowhere{n}" for n in range(20)) + " }",
        f"{{ {'x' * 40_000} }}",
        '{ unit(creditCode: "' + "y\\n" * 10_000 + '") { name } }',
        "#" * 1024 * 1024,
    ):
        with capture_logs() as lines:
            assert "requestId" in (await client.post("/graphql", json={"query": query})).text
        (line,) = lines
        assert len(str(line)) < LINE_MAX
        assert "\n" not in "".join(map(str, line.values()))


async def test_a_good_question_leaves_no_line(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        reply = await client.post("/graphql", json={"query": "{ nation { unitsTotal } }"})
    assert reply.json().keys() == {"data"}
    assert lines == []


async def test_our_failure_is_one_line_with_its_cause_under_the_same_name(
    hub: Hub, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    question = {"query": "{ a: batches { nodes { id } } b: batches { nodes { id } } }"}
    async with asking(with_broken_store(hub, RuntimeError("swordfish")), token) as client:
        with capture_logs() as lines:
            reply = await client.post("/graphql", json=question, headers={HEADER: "ours"})
    assert ids_of(reply.json()["errors"]) == {"ours"}
    assert {error["extensions"]["code"] for error in reply.json()["errors"]} == {"INTERNAL"}
    (record,) = caplog.records
    assert "of request ours failed" in record.getMessage()
    assert "swordfish" in record.getMessage()
    assert lines == []


async def test_what_nobody_foresaw_is_named_in_answer_and_log(hub: Hub, token: str) -> None:
    async with asking(with_broken_store(hub, RuntimeError("x\n" * 10_000)), token) as client:
        with capture_logs() as lines:
            reply = await client.get("/sync/v1/changes", headers={HEADER: "deep"})
    assert (reply.status_code, reply.json()["requestId"], reply.headers[HEADER]) == (500, "deep", "deep")
    (line,) = lines
    assert (line["event"], line["request"]) == ("unforeseen", "deep")
    assert len(str(line)) < LINE_MAX


async def test_a_problem_leaves_a_line_under_its_name(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        reply = await client.get(f"/{'n' * 5000}")
    (line,) = lines
    assert (line["request"], line["code"]) == (reply.json()["requestId"], "NOT_FOUND")
    assert len(str(line)) < LINE_MAX
