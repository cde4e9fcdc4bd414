"""Conditional requests as time goes by: a tag lasts no longer than its answer stays the same by itself, and long enough."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from graph.model import rights
from graph.model.principal import NATION, OrganisationKind
from graph.schema import FILE
from hub.duties import derive
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from tests.hub.endpoints.test_versions import BATCHES, ask
from tests.hub.invented_hub import (
    ALL,
    JIA,
    YI,
    Renewing,
    asking,
    fill,
    is_problem,
    issued,
    post,
    reading,
    token_of,
    units_of,
)
from tests.hub.members import add_client
from tests.hub.stores.registry_fakes import StillClock

pytestmark = pytest.mark.anyio
A_MOMENT, SLOT, DAY = dt.timedelta(microseconds=1), dt.timedelta(minutes=15), dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC)  # in Beijing, where the 23rd begins
OF_THE_DAY = (
    MIDNIGHT,
    MIDNIGHT + SLOT - A_MOMENT,
    MIDNIGHT + SLOT,
    MIDNIGHT + DAY / 2,
    MIDNIGHT + DAY - A_MOMENT,
)
TODAY = 'period: {from: "2026-11-22", to: "2026-11-23"}'
# What fields and arguments need that need something.
GIVEN = {"period": TODAY, "quarter": 'quarter: "2026Q4"', "first": "first: 3"}
# Other hubs' answers have no tags, and the trail is written to at the door, which no version tells of.
ELSEWHERE = {"live", "liveCoverage", "auditEntries", "auditEntry"}
DEPTH = 3
SCHEMA = build_schema(FILE.read_text(encoding="utf-8"), assume_valid=True)
UNIT = units_of(JIA)[1].code
MISSING = {
    "query": f'{{ unit(creditCode: "{UNIT}") {{ dataPoints {{ missing(granularity: QUARTER_HOUR, {TODAY}) }} }} }}'
}
DUE = {"query": "{ accessEnds(first: 50, orderBy: CONNECTED_PLANNED) { nodes { unit overdueDays } } }"}


def questions(schema: GraphQLSchema = SCHEMA) -> dict[str, str]:
    """A question of every root field that needs nothing unheard of, and all of what is some steps below it."""
    root = schema.query_type
    assert root is not None
    found = {
        name: asked(name, field, DEPTH) for name, field in root.fields.items() if not name.startswith("_")
    }
    return {name: f"{{ {text} }}" for name, text in found.items() if text}


def asked(name: str, field: GraphQLField, depth: int) -> str:
    """A field with what it needs and what is below it; nothing where that cannot be."""
    needed = [key for key, argument in field.args.items() if is_required_argument(argument)]
    if name in ELSEWHERE or not set(needed) <= GIVEN.keys():
        return ""
    given = [GIVEN[key] for key in field.args if key in needed or key == "first"]
    head = f"{name}({', '.join(given)})" if given else name
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return head
    if not isinstance(kind, GraphQLObjectType) or not depth or name == "edges":
        return ""
    below = [asked(key, each, depth - 1) for key, each in kind.fields.items()]
    inside = " ".join(filter(None, below))
    return f"{head} {{ {inside} }}" if inside else ""


@pytest.fixture(scope="module")
def clock() -> StillClock:
    return StillClock(MIDNIGHT)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, clock: StillClock) -> Iterator[Hub]:
    """A hub whose clock is set by hand, with plans, duties and readings of yesterday."""
    folder: Path = tmp_path_factory.mktemp("time")
    fill(folder, JIA, YI)
    with open_hub(Settings(data_dir=folder), clock) as opened:
        derive(opened.registry, opened.settings, clock)
        yield opened


@pytest.fixture
async def client(hub: Hub, clock: StillClock) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks; it is midnight again."""
    clock.moment = MIDNIGHT
    key = f"asker-{hub.registry.version()}"
    roles = tuple(rights.GIVEN[OrganisationKind.NATIONAL_AGENCY])
    add_client(hub.registry, key, NATION, roles)
    async with asking(hub, token_of(hub, f"sender-{key}")) as sender:
        body = json.dumps([reading(start="2026-11-22T00:00:00+08:00")]).encode()
        assert (await post(sender, body, "yesterday")).status_code in (200, 201)
    async with asking(hub, auth=Renewing(hub, key, roles)) as opened:
        yield opened


def test_of_the_schema_much_is_asked() -> None:
    found = questions()
    assert len(found) > 20
    assert {
        "accessEnds",
        "completeness",
        "constructionProgress",
        "duties",
        "nation",
        "syncRuns",
    } <= found.keys()
    assert "overdueDays" in found["accessEnds"]


@pytest.mark.parametrize("query", [*questions().values(), MISSING["query"]], ids=[*questions(), "missing"])
async def test_what_has_one_tag_has_one_answer(
    client: httpx.AsyncClient, clock: StillClock, query: str
) -> None:
    said: dict[str, Any] = {}
    tags = []
    for moment in (*OF_THE_DAY, MIDNIGHT + DAY):
        clock.moment = moment
        reply = await ask(client, {"query": query})
        assert "errors" not in reply.json(), reply.text[:500]
        tags.append(reply.headers["etag"])
        assert said.setdefault(tags[-1], reply.json()) == reply.json()
    assert tags[0] == tags[1]
    assert tags[-1] not in tags[:-1]


async def poll(client: httpx.AsyncClient, question: Any, tag: str) -> int:
    """The status a poll gets."""
    return (await ask(client, question, If_None_Match=tag)).status_code


async def test_what_asks_nothing_of_the_time_is_unchanged_until_the_day_is_over(
    client: httpx.AsyncClient, clock: StillClock
) -> None:
    question = {"query": BATCHES["query"]}
    tag = (await ask(client, question)).headers["etag"]
    found = []
    for moment in (*OF_THE_DAY, MIDNIGHT + DAY):
        clock.moment = moment
        found.append(await poll(client, question, tag))
    assert found == [304] * len(OF_THE_DAY) + [200]


async def test_what_asks_for_the_time_is_unchanged_for_its_quarter_hour(
    client: httpx.AsyncClient, clock: StillClock
) -> None:
    answers, found = [], []
    for moment in OF_THE_DAY[:3]:
        clock.moment = moment
        reply = await ask(client, MISSING)
        answers.append(reply.json())
        found.append(await poll(client, MISSING, reply.headers["etag"]))
    clock.moment = MIDNIGHT + SLOT
    assert found == [304] * 3
    assert answers[0] == answers[1] != answers[2]


async def test_a_day_makes_what_was_due_overdue(client: httpx.AsyncClient, clock: StillClock) -> None:
    first = await ask(client, DUE)
    clock.moment = MIDNIGHT + DAY
    next_day = await ask(client, DUE, If_None_Match=first.headers["etag"])
    assert next_day.status_code == 200
    assert next_day.json() != first.json()


async def test_completeness_counts_a_day_once_it_is_over(
    client: httpx.AsyncClient, clock: StillClock
) -> None:
    question = {"query": f"{{ completeness({TODAY}) {{ due received }} }}"}
    first = await ask(client, question)
    clock.moment = MIDNIGHT + DAY
    next_day = await ask(client, question, If_None_Match=first.headers["etag"])
    assert next_day.status_code == 200
    assert next_day.json() != first.json()


async def test_a_token_whose_time_is_over_gets_no_304(hub: Hub, clock: StillClock) -> None:
    clock.moment = MIDNIGHT
    add_client(hub.registry, "short", NATION, ALL, lives=SLOT / 3)
    async with asking(hub, issued(hub, "short", ALL)) as client:
        tag = (await ask(client)).headers["etag"]
        clock.moment = MIDNIGHT + SLOT / 3 - A_MOMENT
        assert (await ask(client, If_None_Match=tag)).status_code == 304
        clock.moment = MIDNIGHT + SLOT / 3
        assert is_problem(await ask(client, If_None_Match=tag), 401, "UNAUTHENTICATED")
