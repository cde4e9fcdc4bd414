"""A province alters its view: what still fits is read, what does not is named in the database's words, nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.ports import RAW_ROW
from tests.provincial_adapters.databases import Server
from tests.provincial_adapters.reading_views import COLUMNS, GAS, MAPPING, POWER, UNIT, Reader, link

TWO = {**MAPPING, "values": [{"column": "kwh", "data_code": POWER}, {"column": "m3", "data_code": GAS}]}
BEGAN, WRITTEN = "2026-11-27 00:00:00", "2026-11-27 01:00:00"


@pytest.fixture
def two(server: Server) -> Server:
    """The server with a table `two` of two columns of values and one row."""
    server.lay_out("two", *COLUMNS, "m3 numeric(9,2)")
    server.put("two", (UNIT, BEGAN, 1, WRITTEN, 2))
    return server


async def test_a_new_column_is_named_and_holds_nothing_up(two: Server) -> None:
    reader = Reader(link(two, "two"))
    await reader.run()
    assert (reader.values, reader.drift) == (
        ["1.0000"],
        [("m3", "new", "numeric(9, 2)" if pg(two) else "decimal(9,2)")],
    )


async def test_a_renamed_column_costs_its_own_readings_and_goes_along_as_it_came(two: Server) -> None:
    two.do("ALTER TABLE two RENAME COLUMN kwh TO power")
    reader = Reader(link(two, "two", mapping=TWO))
    (found,) = await reader.run()
    assert [(row["data_code"], row["value"]) for row in reader.rows] == [(GAS, "2.00")]
    came = "numeric(18, 4)" if pg(two) else "decimal(18,4)"
    assert reader.drift == [("kwh", "missing", None), ("power", "new", came)]
    assert found.raw is not None
    (row,) = found.raw.to_pylist()
    assert (row[RAW_ROW], row["power"], row["m3"]) == (1, "1.0000", "2.00")


async def test_without_a_column_that_every_reading_needs_each_row_is_refused_and_the_cursor_moves_on(
    two: Server,
) -> None:
    two.do("ALTER TABLE two DROP COLUMN began")
    reader = Reader(link(two, "two", mapping=TWO))
    await reader.run()
    assert reader.rows == []
    assert [(row["row"], row["code"]) for row in reader.refused] == [(1, "missing-column")]
    assert reader.link.cursor is not None


async def test_a_retyped_column_that_can_be_read_is_read_and_one_that_cannot_costs_itself(
    two: Server,
) -> None:
    kind = "text" if pg(two) else "varchar(30)"
    retype(two, "kwh", kind)
    retype(two, "m3", "bytea" if pg(two) else "blob")
    reader = Reader(link(two, "two", mapping=TWO))
    await reader.run()
    assert reader.rows[0]["value"] == "1.0000"
    assert reader.drift == [("m3", "retyped", "bytea" if pg(two) else "blob")]


def pg(server: Server) -> bool:
    """Whether it is PostgreSQL."""
    return server.scheme == "postgresql"


def retype(server: Server, column: str, kind: str) -> None:
    """What the province does to a column."""
    if pg(server):
        using = f"convert_to({column}::text, 'UTF8')" if kind == "bytea" else f"{column}::{kind}"
        server.do(f"ALTER TABLE two ALTER COLUMN {column} TYPE {kind} USING {using}")
    else:
        server.do(f"ALTER TABLE two MODIFY {column} {kind}")


HOUR_S = 3600
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.sampled_from([0, 0, 1, 900, 100_000]), st.integers(0, HOUR_S)),
        st.tuples(st.just("run"), st.integers(1, 3), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_EVENTS)
def test_whatever_is_inserted_late_or_at_the_same_moment_one_more_run_has_everything(
    postgresql_server: Server, events: list[tuple[str, int, int]]
) -> None:
    postgresql_server.lay_out(
        "law", "unit varchar(18)", "began timestamptz", "kwh bigint", "written timestamptz"
    )
    reader = Reader(link(postgresql_server, "law", overlap=HOUR_S, rows_at_once=2))
    seen: set[int] = set()

    async def run(deliveries: int | None) -> None:
        await reader.run(deliveries)
        seen.update(reader.values)

    moment, number = 1_790_000_000, 0
    for event, amount, late in events:
        if event == "insert":
            moment, number = moment + amount, number + 1
            cells = (
                f"'{UNIT}', to_timestamp({moment - moment % 900}), {number}, to_timestamp({moment - late})"
            )
            postgresql_server.do(INSERTED.format(cells))
        else:
            asyncio.run(run(amount))
    asyncio.run(run(None))
    assert seen == set(range(1, number + 1))


INSERTED = "INSERT INTO law VALUES ({})"
