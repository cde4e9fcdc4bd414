"""Trusted documents over every way in: asked by their id, and, where a hub answers those alone, nothing else is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import anyio
import pytest

from graph.model.document import id_of
from graph.model.principal import Role
from hub.documents import own_questions
from hub.endpoints.media_types import EVENTS, JSON, RESPONSE
from hub.settings import Questions
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, asking, hub_of, reading, token_of, units_of
from tests.hub.live_hub import Live, serving, socket_of
from tests.hub.served_hub import ROOT

pytestmark = pytest.mark.anyio
READER, EXPLORER = (Role.READ, Role.UPLOAD), (Role.READ, Role.EXPLORE)
UNITS = "{ nation { unitsTotal } }"
PAGE = "query ($first: Int!) {\n  units(first: $first) { nodes { name dataPoints { code } } }\n}\n"
TOLD = "subscription { batchAccepted { source } }"
SAVED = "mutation ($units: [UnitInput!]!) { saveUnits(units: $units) { changes { field } } }"
OTHER = "{ nation { unitsConnected } }"
UNKNOWN = id_of("{ nobody }")


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that answers trusted documents alone, with some of its own."""
    with hub_of(
        tmp_path_factory.mktemp("trusting"), questions=Questions.TRUSTED, questions_by_get=True
    ) as hub:
        for title, text in {"units": UNITS, "page": PAGE, "told": TOLD}.items():
            hub.registry.documents.register(title, text, "test")
        yield hub


@pytest.fixture(scope="module")
def open_to_all(trusting: Hub) -> Hub:
    """The same one, answering anything."""
    return replace(trusting, settings=trusting.settings.model_copy(update={"questions": Questions.ANY}))


@pytest.fixture(scope="module")
def reader(trusting: Hub) -> str:
    return token_of(trusting, "reader", roles=READER)


@pytest.fixture(scope="module")
def explorer(trusting: Hub) -> str:
    return token_of(trusting, "explorer", roles=EXPLORER)


async def asked(hub: Hub, token: str, question: dict[str, Any], accept: str = RESPONSE) -> tuple[int, Any]:
    """Status, and data or the one error's code."""
    async with asking(hub, token) as client:
        reply = await client.post("/graphql", json=question, headers={"Accept": accept})
    said = reply.json()
    if "errors" not in said:
        return reply.status_code, said["data"]
    (error,) = said["errors"]
    assert error["extensions"]["requestId"] == reply.headers["x-request-id"]
    assert "data" not in said
    return reply.status_code, error["extensions"]["code"]


async def test_a_document_is_asked_by_its_id(open_to_all: Hub, trusting: Hub, reader: str) -> None:
    for hub in (open_to_all, trusting):
        by_text = await asked(hub, reader, {"query": UNITS})
        assert by_text[0] == 200
        assert await asked(hub, reader, {"documentId": id_of(UNITS)}) == by_text
        both = {"documentId": id_of(UNITS), "query": UNITS}
        assert await asked(hub, reader, both) == by_text
        assert await asked(hub, reader, {"documentId": None, "query": UNITS}) == by_text


async def test_a_document_is_measured_with_its_variables(trusting: Hub, reader: str) -> None:
    name = id_of(PAGE)
    assert (await asked(trusting, reader, {"documentId": name, "variables": {"first": 2}}))[0] == 200
    much = {"documentId": name, "variables": {"first": 10_000}}
    assert await asked(trusting, reader, much) == (400, "QUERY_TOO_COMPLEX")
    assert await asked(trusting, reader, {"documentId": name}) == (400, "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize(("accept", "status"), [(RESPONSE, 400), (JSON, 200)])
async def test_an_id_nobody_knows_has_a_code_of_its_own(
    open_to_all: Hub, trusting: Hub, reader: str, explorer: str, accept: str, status: int
) -> None:
    for hub, token in ((open_to_all, reader), (trusting, reader), (trusting, explorer)):
        for name in (UNKNOWN, "", "x", "sha1:x", id_of(UNITS).upper(), id_of(UNITS) + " ", "\0" * 9_000):
            assert await asked(hub, token, {"documentId": name}, accept) == (status, "DOCUMENT_NOT_FOUND")


@pytest.mark.parametrize(
    "question",
    [
        {"documentId": id_of(UNITS), "query": OTHER},
        {"documentId": id_of(UNITS), "query": UNITS + " "},
        {"documentId": UNKNOWN, "query": UNITS},
        {"documentId": id_of(UNITS), "query": ""},
        {"documentId": 7},
        {"documentId": ["x"], "query": UNITS},
        {"documentId": None},
        {},
    ],
)
async def test_an_id_that_does_not_agree_with_the_text_beside_it_is_refused(
    open_to_all: Hub, trusting: Hub, reader: str, explorer: str, question: dict[str, Any]
) -> None:
    for hub, token in ((open_to_all, reader), (trusting, reader), (trusting, explorer)):
        assert await asked(hub, token, question) == (400, "INVALID_INPUT")


async def test_another_process_registers_and_withdraws_while_the_hub_runs(trusting: Hub, reader: str) -> None:
    text = "{ nation { unitsTotal unitsConnected } }"
    question = {"documentId": id_of(text)}
    assert await asked(trusting, reader, question) == (400, "DOCUMENT_NOT_FOUND")
    trusting.registry.documents.register("both", text, "test")
    assert (await asked(trusting, reader, question))[0] == 200
    trusting.registry.documents.withdraw(id_of(text), "test")
    assert await asked(trusting, reader, question) == (400, "DOCUMENT_NOT_FOUND")
    assert await asked(trusting, reader, {"query": text}) == (400, "FORBIDDEN")


async def test_a_document_is_polled_until_it_is_withdrawn(trusting: Hub, reader: str) -> None:
    text = "{ nation { unitsConnected unitsTotal } }"
    trusting.registry.documents.register("polled", text, "test")
    question = {"documentId": id_of(text)}
    async with asking(trusting, reader) as client:
        tag = (await client.post("/graphql", json=question)).headers["etag"]
        again = await client.post("/graphql", json=question, headers={"If-None-Match": tag})
        trusting.registry.documents.withdraw(id_of(text), "test")
        gone = await client.post("/graphql", json=question, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (gone.status_code, code_of(gone.json())) == (200, "DOCUMENT_NOT_FOUND")
    assert "etag" not in gone.headers


@pytest.mark.parametrize(
    "text", [OTHER, SAVED, "{", "", "{ a" * 5_000, "{ __schema { queryType { name } } }"]
)
async def test_what_is_not_trusted_is_refused_before_it_is_parsed(
    trusting: Hub, reader: str, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("strawberry.schema.schema.parse", pytest.fail)
    assert await asked(trusting, reader, {"query": text}) == (400, "FORBIDDEN")
    assert await asked(trusting, reader, {"query": text}, JSON) == (200, "FORBIDDEN")
    agreeing = {"query": text, "documentId": id_of(text)}
    assert await asked(trusting, reader, agreeing) == (400, "FORBIDDEN")


async def test_who_asks_is_looked_at_first(trusting: Hub) -> None:
    uploader = token_of(trusting, "uploader", roles=(Role.UPLOAD, Role.EXPLORE))
    for token, status in (("nobody.x", 401), (uploader, 403)):
        async with asking(trusting, token) as client:
            reply = await client.post("/graphql", json={"documentId": id_of(UNITS)})
        assert reply.status_code == status


async def test_who_may_explore_asks_anything(trusting: Hub, explorer: str) -> None:
    assert (await asked(trusting, explorer, {"query": OTHER}))[0] == 200
    closed = {"query": "{ __schema { queryType { name } } }"}
    assert await asked(trusting, explorer, closed) == (400, "FORBIDDEN")  # the schema is closed to all


async def test_the_pages_and_pulls_of_this_version_ask_what_is_trusted(trusting: Hub, reader: str) -> None:
    found = own_questions()
    assert len(found) >= 12
    refused = {"FORBIDDEN", "DOCUMENT_NOT_FOUND"}
    async with asking(trusting, reader) as client:
        for text in found:
            for question in ({"query": text}, {"documentId": id_of(text)}):
                said = (await client.post("/graphql", json=question)).json()
                codes = {error["extensions"]["code"] for error in said.get("errors", [])}
                assert codes <= {"GRAPHQL_VALIDATION_FAILED"}  # no variables were sent
            other = await client.post("/graphql", json={"query": text + "#"})
            assert code_of(other.json()) in refused


async def test_a_document_is_asked_in_an_address(trusting: Hub, reader: str) -> None:
    async with asking(trusting, reader) as client:
        page = await client.get("/graphql", params={"documentId": id_of(PAGE), "variables": '{"first":1}'})
        unknown = await client.get("/graphql", params={"documentId": UNKNOWN}, headers={"Accept": RESPONSE})
        other = await client.get("/graphql", params={"query": OTHER})
    assert len(page.json()["data"]["units"]["nodes"]) == 1
    assert (unknown.status_code, code_of(unknown.json())) == (400, "DOCUMENT_NOT_FOUND")
    assert code_of(other.json()) == "FORBIDDEN"


async def test_a_mutation_is_asked_by_its_id_and_in_no_address(trusting: Hub) -> None:
    trusting.registry.documents.register("saved", SAVED, "test")
    decider = token_of(trusting, "decider", roles=(Role.READ, Role.DECIDE))
    async with asking(trusting, decider) as client:
        unit = {"creditCode": units_of(JIA)[1].code}
        by_post = await client.post(
            "/graphql", json={"documentId": id_of(SAVED), "variables": {"units": [unit]}}
        )
        by_get = await client.get("/graphql", params={"documentId": id_of(SAVED)})
    trusting.registry.documents.withdraw(id_of(SAVED), "test")
    assert by_post.json()["data"] == {"saveUnits": [{"changes": []}]}
    assert (by_get.status_code, by_get.headers["allow"]) == (405, "POST")


def code_of(said: dict[str, Any]) -> str:
    """The code of the one error."""
    (error,) = said["errors"]
    code: str = error["extensions"]["code"]
    return code


@pytest.fixture
async def live(trusting: Hub) -> AsyncIterator[Live]:
    async with serving(trusting) as found:
        yield found
        await found.settled()


async def test_an_event_stream_follows_the_same_rule(live: Live, reader: str) -> None:
    async with live.client(reader, Accept=EVENTS) as client:
        body = {"documentId": id_of(UNITS)}
        answer = await client.post("/graphql", json=body)
        told = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        assert json.loads(told[0].removeprefix("data: "))["data"]["nation"]["unitsTotal"] > 0
        questions: list[tuple[dict[str, str], str]] = [
            ({"documentId": UNKNOWN}, "DOCUMENT_NOT_FOUND"),
            ({"query": TOLD + " "}, "FORBIDDEN"),
            ({"documentId": id_of(TOLD), "query": UNITS}, "INVALID_INPUT"),
        ]
        for question, code in questions:
            refused = await client.post("/graphql", json=question)
            assert (refused.status_code, code_of(refused.json())) == (400, code)


async def test_a_socket_follows_the_same_rule(live: Live, reader: str, explorer: str) -> None:
    async with socket_of(live, reader) as socket:
        await socket.hello()
        for name, payload, code in (
            ("a", {"documentId": UNKNOWN}, "DOCUMENT_NOT_FOUND"),
            ("b", {"query": TOLD + " "}, "FORBIDDEN"),
            ("c", {"query": UNITS, "documentId": id_of(TOLD)}, "INVALID_INPUT"),
        ):
            await socket.send("subscribe", id=name, payload=payload)
            heard = await socket.heard()
            (error,) = heard["payload"]
            assert (heard["type"], heard["id"], error["extensions"]["code"]) == ("error", name, code)
        await socket.send("subscribe", id="a", payload={"documentId": id_of(TOLD)})
        await socket.send("ping")
        assert await socket.heard() == {"type": "pong"}
        await live.upload(reader, "documents ws", reading(day=3))
        told = {"data": {"batchAccepted": {"source": "reader"}}}
        assert await socket.heard() == {"id": "a", "type": "next", "payload": told}
        await socket.send("subscribe", id="a", payload={"documentId": UNKNOWN})
        assert (await socket.closed())[0] == 4409  # a name that is taken, whatever is asked under it
    async with socket_of(live, explorer) as socket:
        await socket.hello()
        await socket.ask(OTHER)
        assert (await socket.heard())["type"] == "next"


@pytest.mark.parametrize("payload", [{}, {"documentId": 7}, {"query": 7, "documentId": UNKNOWN}])
async def test_a_message_with_neither_text_nor_id_is_none(live: Live, reader: str, payload: object) -> None:
    async with socket_of(live, reader) as socket:
        await socket.hello()
        await socket.send("subscribe", id="a", payload=payload)
        assert (await socket.closed())[0] == 4400


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_the_curl_of_the_page_asks_a_document(live: Live, reader: str) -> None:
    page = (ROOT / "docs/documents.md").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("curl ")]
    environment = {
        "HUB": live.base,
        "TOKEN": reader,
        "ID": id_of(UNITS),
        "NO_PROXY": "*",
        "PATH": "/usr/bin:/bin",
    }

    def run() -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout

    assert json.loads(await anyio.to_thread.run_sync(run))["data"]["nation"]["unitsTotal"] > 0
