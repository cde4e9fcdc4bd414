"""Conditional requests: an unchanged poll is a 304 nobody looked at, and whatever changes anything ends every tag."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import anyio
import httpx
import pytest
from anyio import to_thread
from anyio.lowlevel import checkpoint
from strawberry import Schema

from graph.model.principal import Role
from graph.model.sync_run import SyncRun
from hub.stores.readings.store import ReadingsStore
from hub.wiring import Hub
from tests.hub.cli.terminal import in_its_own_process
from tests.hub.endpoints.test_graphql_form import by_get
from tests.hub.invented_hub import ALL, JIA, asking, of_province, post, reading, token_of, units_of
from tests.hub.members import add_client

pytestmark = pytest.mark.anyio
BATCHES = {"query": "query Latest($n: Int) { batches(first: $n) { nodes { id } } nation { unitsTotal } }"}
SAVE = "mutation($n: String!) { saveUnits(units: [{creditCode: %s, name: $n}]) { row { name } } }"


class Counted:
    """Stands before the schema and counts what it is asked."""

    def __init__(self, schema: Schema) -> None:
        self._schema, self.asked = schema, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._schema, name)

    async def execute(self, *given: Any, **named: Any) -> Any:
        """One more."""
        self.asked += 1
        return await self._schema.execute(*given, **named)


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    return token_of(hub, "polling", of_province(JIA), (*ALL, Role.DECIDE))


@pytest.fixture
def schema(hub: Hub) -> Counted:
    return Counted(hub.schema)


@pytest.fixture
async def client(hub: Hub, token: str, schema: Counted) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever polls, by POST or GET."""
    async with asking(by_get(hub, make_schema=lambda: cast("Schema", schema)), token) as opened:
        yield opened


async def ask(client: httpx.AsyncClient, question: Any = BATCHES, **headers: str) -> httpx.Response:
    """One question by POST; header names are written with underscores."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", json=question, headers=said)


async def test_an_unchanged_poll_is_a_304_and_its_question_is_not_looked_at(
    client: httpx.AsyncClient, schema: Counted
) -> None:
    first = await ask(client)
    assert (first.status_code, schema.asked) == (200, 1)
    again = await ask(client, If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content, schema.asked) == (304, b"", 1)
    for reply in (first, again):
        assert reply.headers["etag"] == first.headers["etag"]
        assert reply.headers["cache-control"] == "private, no-cache"
        assert reply.headers["vary"] == "Accept, Authorization, Cookie"
    assert "content-type" not in again.headers
    assert "content-length" not in again.headers
    assert "x-request-id" in again.headers


async def test_who_sends_no_tag_is_answered(client: httpx.AsyncClient, schema: Counted) -> None:
    first, again = await ask(client), await ask(client)
    assert (again.status_code, again.json(), schema.asked) == (200, first.json(), 2)


async def test_a_question_in_an_address_is_polled_too(client: httpx.AsyncClient, schema: Counted) -> None:
    first = await client.get("/graphql", params=BATCHES)
    tag = first.headers["etag"]
    again = await client.get("/graphql", params=BATCHES, headers={"If-None-Match": tag})
    other = await client.get(
        "/graphql", params={**BATCHES, "variables": '{"n": 1}'}, headers={"If-None-Match": tag}
    )
    assert [reply.status_code for reply in (first, again, other)] == [200, 304, 200]
    assert schema.asked == 2
    assert (await ask(client, If_None_Match=tag)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("W/{tag}", 304),
        ("{tag}", 304),
        ('"other", W/{tag}', 304),
        ('W/"a, b",{tag},"c"', 304),
        ("  {tag}  ", 304),
        ('W/"other"', 200),
        ('""', 200),
        ("bare", 200),
        ("W/{tag", 200),
        ("", 200),
        ("*", 200),
    ],
)
async def test_tags_are_read_as_http_writes_them(client: httpx.AsyncClient, sent: str, status: int) -> None:
    tag = (await ask(client)).headers["etag"].removeprefix("W/")
    written = sent.replace("{tag}", tag).replace("{tag", tag[:-1])
    assert (await ask(client, If_None_Match=written)).status_code == status


async def test_tags_on_several_lines_are_one_list(client: httpx.AsyncClient) -> None:
    tag = (await ask(client)).headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert (await client.post("/graphql", json=BATCHES, headers=lines)).status_code == 304


async def test_who_wants_no_answer_of_any_tag_gets_none_by_get(client: httpx.AsyncClient) -> None:
    any_tag = {"If-None-Match": "*"}
    known = await client.get("/graphql", params=BATCHES, headers=any_tag)
    wrong = await client.get("/graphql", params={"query": "{ nowhere }"}, headers=any_tag)
    assert (known.status_code, known.content, known.headers["etag"][:3]) == (304, b"", 'W/"')
    assert (wrong.status_code, "errors" in wrong.json()) == (200, True)


# ---- what changes ---------------------------------------------------------------------------------------


async def _a_batch(hub: Hub, client: httpx.AsyncClient) -> None:
    assert (await post(client, json.dumps([reading(day=2)]).encode(), "a change")).status_code == 201


async def _a_decision(hub: Hub, client: httpx.AsyncClient) -> None:
    assert "errors" not in (await ask(client, saving("改名"))).json()


async def _a_run(hub: Hub, client: httpx.AsyncClient) -> None:
    hub.registry.begin(hub.registry.links()[0], hub.clock.now())


async def _a_step_of_a_run(hub: Hub, client: httpx.AsyncClient) -> None:
    run = SyncRun("devices", hub.clock.now(), rows=1)
    hub.registry.update(hub.registry.begin(hub.registry.links()[0], hub.clock.now()), run)


async def _another_process(hub: Hub, client: httpx.AsyncClient) -> None:
    words = ("key", "rotate")
    said = await to_thread.run_sync(lambda: in_its_own_process(*words, "--data", hub.settings.data_dir))
    assert said.code == 0, said.err


def saving(name: str) -> dict[str, Any]:
    """A decision about a unit."""
    return {"query": SAVE % json.dumps(units_of(JIA)[1].code), "variables": {"n": name}}


@pytest.mark.parametrize("change", [_a_batch, _a_decision, _a_run, _a_step_of_a_run, _another_process])
async def test_what_changes_anything_ends_every_tag(
    hub: Hub, client: httpx.AsyncClient, change: Callable[[Hub, httpx.AsyncClient], Awaitable[None]]
) -> None:
    tag = (await ask(client)).headers["etag"]
    await change(hub, client)
    changed = await ask(client, If_None_Match=tag)
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)
    assert (await ask(client, If_None_Match=changed.headers["etag"])).status_code == 304


async def test_figures_are_polled_at_once_after_the_registry_changed(
    hub: Hub, client: httpx.AsyncClient
) -> None:
    balance = {"query": '{ energyBalance(period: {month: "2026-10"}) { readings } }'}
    await _a_decision(hub, client)
    await ask(client, saving("又改名"))
    tag = (await ask(client, balance)).headers["etag"]
    assert (await ask(client, balance, If_None_Match=tag)).status_code == 304


async def test_an_answer_that_a_change_overtook_has_a_tag_that_no_longer_holds(hub: Hub, token: str) -> None:
    class Overtaken:
        """Takes in a change before its first page is read."""

        changed = False

        def __getattr__(self, name: str) -> Any:
            return getattr(hub.store, name)

        def pages(self, asks: Any) -> Any:
            """What is there after the change."""
            if not self.changed:
                self.changed = True
                add_client(hub.registry, "meanwhile")
            return hub.store.pages(asks)

    overtaken = Overtaken()
    async with asking(dataclasses.replace(hub, store=cast("ReadingsStore", overtaken)), token) as client:
        tag = (await ask(client)).headers["etag"]
        assert overtaken.changed
        assert (await ask(client, If_None_Match=tag)).status_code == 200


async def test_no_304_hides_what_was_acknowledged(hub: Hub, client: httpx.AsyncClient) -> None:
    question = {"query": "{ nation { latestBatch { id } } }"}
    acknowledged, ended = 0, False
    statuses = set[int]()

    async def send() -> None:
        nonlocal acknowledged, ended
        for number in range(20):
            body = json.dumps([reading(day=3, value=number)]).encode()
            acknowledged = (await post(client, body, f"acknowledged {number}")).json()["batch"]
            await anyio.sleep(0.02)
        ended = True

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        tag, known = "", 0
        while not ended or 304 not in statuses:
            # A 304 waits for nothing in the hub, and in one process there is no socket either.
            await checkpoint()
            before = acknowledged
            reply = await ask(client, question, If_None_Match=tag)
            statuses.add(reply.status_code)
            if reply.status_code == 200:
                tag, latest = reply.headers["etag"], reply.json()["data"]["nation"]["latestBatch"]
                known = latest["id"] if latest else 0
            assert known >= before
    assert known == acknowledged


async def test_another_start_of_the_hub_gives_other_tags(hub: Hub, token: str) -> None:
    tags = []
    for _ in range(2):
        async with asking(hub, token) as client:
            tags.append((await ask(client)).headers["etag"])
    assert tags[0] != tags[1]
