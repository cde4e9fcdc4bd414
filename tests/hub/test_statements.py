"""How many statements an answer costs at both stores: one a figure, one a list and level, whatever the number of rows.

The registry's are told by SQLAlchemy's events, the readings' by DuckDB's own log of queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from hub.wiring import Hub
from tests.hub.invented_hub import YI, asking, hub_of, post, reading, token_of, units_of

pytestmark = pytest.mark.anyio

OCTOBER = 'period: {month: "2026-10"}'
COVERED = 2  # completeness and freshness of provinces
PROVINCES_AND_WAYS = 4  # regions, links, which run of each is the last, and those
WRITES = count()
NAMES = 1  # of provinces, which are known once asked for
_ASKS = ("SELECT", "WITH", "FROM")


@dataclass
class Statements:
    """What both stores were asked since the count began."""

    hub: Hub
    registry: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Count from here on."""
        self.registry.clear()
        self._run("CALL truncate_duckdb_logs()")

    @property
    def readings(self) -> list[str]:
        """Statements that asked the readings something, without their comments."""
        log = self._run("SELECT message FROM duckdb_logs WHERE type = 'QueryLog' ORDER BY timestamp")
        told = (re.sub(r"--[^\n]*\n", "", message).strip() for (message,) in log)
        return [text for text in told if text.startswith(_ASKS) and "duckdb_logs" not in text]

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """One more of the registry, as SQLAlchemy tells it."""
        if statement.startswith(_ASKS):
            self.registry.append(statement)

    def _run(self, statement: str) -> list[Any]:
        with self.hub.store._database.reading() as cursor:
            found: list[Any] = cursor.execute(statement).fetchall()
            return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Two provinces whose units are registered."""
    with hub_of(tmp_path_factory.mktemp("statements")) as opened:
        yield opened


@pytest.fixture(scope="module")
def said(hub: Hub) -> Iterator[Statements]:
    """What is asked of the hub's stores."""
    statements = Statements(hub)
    engine = hub.registry._engine
    event.listen(engine, "before_cursor_execute", statements.note)
    statements._run("CALL enable_logging('QueryLog')")
    yield statements
    event.remove(engine, "before_cursor_execute", statements.note)


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of who may all."""
    return token_of(hub, "counting")


@pytest.fixture(autouse=True)
async def stored(hub: Hub, token: str) -> None:
    """Readings of two provinces in two batches, some of them refused; the same each time."""
    others = [reading(YI, day, unit=units_of(YI)[2].code) for day in range(1, 9)]
    refused = [reading(unit="nobody"), reading(value="nothing")]
    async with asking(hub, token) as client:
        for key, rows in (("first", [reading(day=day) for day in range(1, 9)]), ("second", others + refused)):
            reply = await post(client, orjson.dumps(rows), key)
            assert reply.status_code in (200, 201)


async def cost(said: Statements, token: str, query: str) -> tuple[int, int]:
    """Statements at the registry and at the readings, of a question that is answered without an error."""
    async with asking(said.hub, token) as client:
        said.begin()
        answer = (await client.post("/graphql", json={"query": query})).json()
        assert "errors" not in answer, answer
        return len(said.registry), len(said.readings)


@pytest.mark.parametrize(
    "query",
    [
        f"energyBalance({OCTOBER}) {{ totalTce }}",
        f"energyBalance({OCTOBER}, groupBy: [PROVINCE, DAY]) {{ rows {{ province day tce share }} }}",
        f"energyBalance({OCTOBER}, groupBy: [UNIT, KIND]) {{ totalTce rows {{ unit kind tce }} }}",
        f"energyBalance({OCTOBER}, groupBy: [KIND]) {{ rows {{ before {{ tce }} yearBefore {{ change }} }} }}",
        f"energyBalance({OCTOBER}, groupBy: [UNIT]) {{ rows {{ before {{ tce }} yearBefore {{ change }} }} }}",
        f"energyBalance({OCTOBER}, groupBy: [UNIT], orderBy: TCE, descending: true, first: 1) {{ totalTce }}",
        f"completeness({OCTOBER}) {{ rate }}",
        f"completeness({OCTOBER}, groupBy: [UNIT, MONTH]) {{ rate rows {{ unit month rate }} }}",
        f"completeness({OCTOBER}, groupBy: [KIND]) {{ rows {{ kind rate }} }}",
    ],
)
async def test_a_figure_is_one_statement_and_with_coverage_two_more(
    said: Statements, token: str, query: str
) -> None:
    token_of(said.hub, f"before-{next(WRITES)}")  # with a write what is known of the registry ends
    await cost(said, token, f"{{ {query} }}")
    assert await cost(said, token, f"{{ {query} }}") == (0, 1)
    covered = f"{{ {query.rstrip()[:-1]} coverage {{ name state rate why links }} }} }}"
    assert await cost(said, token, covered) == (PROVINCES_AND_WAYS, 1 + COVERED)
    assert await cost(said, token, covered) == (PROVINCES_AND_WAYS - NAMES, 1 + COVERED)


async def test_a_figure_of_then_asks_first_when_then_was(said: Statements, token: str) -> None:
    query = f"{{ energyBalance({OCTOBER}, asOf: {{batch: 1}}) {{ totalTce }} }}"
    is_there, moment, between_sums, figure = 1, 1, 1, 1
    _, readings = await cost(said, token, query)
    assert readings == is_there + moment + between_sums + figure


@pytest.mark.parametrize("rows", [2, 5])
async def test_levels_of_lists_are_one_statement_each_whatever_their_rows(
    said: Statements, token: str, rows: int
) -> None:
    readings = f"readings({OCTOBER}, granularity: DAY) {{ value }}"
    query = f"""{{ provinces(first: {rows}) {{ totalCount nodes {{ name units(first: {rows}) {{
        nodes {{ name dataPoints {{ code {readings} }} }} }} }} }} }}"""
    provinces, count, units, points = 1, 1, 1, 1
    assert await cost(said, token, query) == (provinces + count + units + points, 1)


async def test_levels_that_are_completed_by_columns_are_one_statement_each(
    said: Statements, token: str
) -> None:
    readings = f"readings({OCTOBER}, granularity: DAY, first: 31) {{ value }}"
    query = f"{{ units(first: 20) {{ nodes {{ name dataPoints {{ code owner {{ name }} {readings} }} }} }} }}"
    units, points, owners = 1, 1, 1
    async with asking(said.hub, token) as client:
        headers = {"Nengshu-Debug": "completion"}
        answer = await client.post("/graphql", json={"query": query}, headers=headers)
    assert answer.headers["nengshu-debug-completion"].startswith("by columns 1, ")
    assert await cost(said, token, query) == (units + points + owners, 1)


async def test_once_something_was_written_who_asks_and_what_there_is_are_looked_up_again(
    said: Statements, token: str
) -> None:
    query = f"{{ completeness({OCTOBER}) {{ rate }} }}"
    token_of(said.hub, "one-more")
    client, revoked, keys, revision = (
        1,
        1,
        1,
        1,
    )  # who asks, whether the token still counts, by which key, which units
    assert await cost(said, token, query) == (client + revoked + keys + revision, 1)
    assert await cost(said, token, query) == (0, 1)


@pytest.mark.parametrize("rows", [1, 2, 7])
async def test_pages_below_rows_tell_totals_and_both_ends_in_as_many_statements(
    said: Statements, token: str, rows: int
) -> None:
    page = "totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { name }"
    query = f"{{ provinces(first: {rows}) {{ nodes {{ units(last: 3) {{ {page} }} }} }} }}"
    assert await cost(said, token, query) == (3, 0)


@pytest.mark.parametrize("rows", [1, 2])
async def test_rejections_of_batches_are_one_statement(said: Statements, token: str, rows: int) -> None:
    query = f"{{ batches(first: {rows}) {{ nodes {{ id rejections(first: 5) {{ nodes {{ row }} }} }} }} }}"
    assert await cost(said, token, query) == (0, 2)


async def test_two_figures_are_two_statements(said: Statements, token: str) -> None:
    """The count would notice a second one."""
    query = f"{{ a: completeness({OCTOBER}) {{ rate }} b: completeness({OCTOBER}) {{ due }} }}"
    assert await cost(said, token, query) == (0, 2)
