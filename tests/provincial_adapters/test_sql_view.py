"""A province's view in PostgreSQL and in MariaDB, read: values exact, times as meant, what was read not lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from graph.model.period import UTC
from tests.provincial_adapters.databases import Server
from tests.provincial_adapters.reading_views import (
    COLUMNS,
    GAS,
    MAPPING,
    NOW,
    POWER,
    UNIT,
    Reader,
    insert,
    link,
)

CHINESE = {
    "unit_column": "企业代码", "label_column": "时间", "label": "start", "granularity": "hour",
    "values": [{"column": "数值", "data_code_column": "数据编码"}],
}  # fmt: skip


@pytest.fixture
def readings(server: Server) -> Server:
    """The server with an empty table `readings` of COLUMNS."""
    server.lay_out("readings", *COLUMNS)
    return server


@pytest.fixture(scope="session")
def recorded_postgresql(postgresql_server: Server) -> Server:
    """With the recorded dump."""
    postgresql_server.load("sql_view_postgresql.sql")
    return postgresql_server


@pytest.fixture(scope="session")
def recorded_mysql(mysql_server: Server) -> Server:
    """With the recorded dump."""
    mysql_server.load("sql_view_mysql.sql")
    return mysql_server


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_the_view_a_province_opened_is_read_as_it_meant_it(
    scheme: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(f"recorded_{scheme}")
    view = "energy.能耗上报"
    reader = Reader(link(server, view, mapping=CHINESE, watermark="更新时间"))
    (found,) = await reader.run()
    assert [(row["unit"], row["data_code"], row["start"], row["value"]) for row in reader.rows] == [
        (UNIT, POWER, dt.datetime(2026, 10, 31, 16, tzinfo=UTC), "120.5000"),
        (UNIT, POWER, dt.datetime(2026, 10, 31, 17, tzinfo=UTC), "121.2500"),
        (UNIT, GAS, dt.datetime(2026, 10, 31, 17, tzinfo=UTC), "3.0001"),
    ]
    assert reader.rows[0]["version"] == dt.datetime(2026, 10, 31, 17, 5, tzinfo=UTC)
    assert (found.source, str(found.reach.region), found.drift) == ("link:db", "970000", ())
    assert reader.refused == []


async def test_a_view_without_rows_is_no_delivery(readings: Server) -> None:
    assert await Reader(link(readings)).run() == []


async def test_values_keep_every_digit(server: Server) -> None:
    server.lay_out(
        "exact", "began timestamptz", "kwh numeric(30,10)", "n bigint", "f double precision", "id bigint"
    )
    values = [{"column": name, "data_code": POWER} for name in ("kwh", "n", "f")]
    mapping = {**MAPPING, "unit": UNIT, "values": values}
    del mapping["unit_column"]
    digits = Decimal("12345678901234567890.0123456789")
    server.put("exact", ("2026-11-01 00:00:00", digits, 9007199254740993, 0.1, 1))
    reader = Reader(link(server, "exact", mapping=mapping, watermark="id"))
    await reader.run()
    assert reader.values == ["12345678901234567890.0123456789", "9007199254740993", "0.1"]


async def test_a_timestamp_with_a_zone_is_an_instant_and_one_without_is_beijings_or_as_declared(
    server: Server,
) -> None:
    server.lay_out("zones", "unit varchar(18)", "began timestamp", "kwh numeric(9,1)", "written timestamptz")
    insert(server, ("2026-11-01 08:15:00", 1, "2026-11-01 09:00:00"), view="zones")
    beijing, utc = Reader(link(server, "zones")), Reader(link(server, "zones", zoneless="UTC"))
    await beijing.run()
    await utc.run()
    assert [row["start"] for row in beijing.rows] == [dt.datetime(2026, 11, 1, 0, 15, tzinfo=UTC)]
    assert [row["start"] for row in utc.rows] == [dt.datetime(2026, 11, 1, 8, 15, tzinfo=UTC)]
    assert [row["version"] for row in utc.rows] == [dt.datetime(2026, 11, 1, 1, tzinfo=UTC)]


async def test_a_label_that_is_no_moment_costs_its_own_row_and_is_told(server: Server) -> None:
    server.lay_out("zero", "unit varchar(18)", "began timestamp", "kwh numeric(9,1)", "written timestamptz")
    none = "0000-00-00 00:00:00" if server.scheme == "mysql" else "infinity"
    insert(
        server,
        (none, 1, "2026-11-01 01:00:00"),
        ("2026-11-01 00:00:00", 2, "2026-11-01 01:00:01"),
        view="zero",
    )
    reader = Reader(link(server, "zero"))
    await reader.run()
    assert reader.values == ["2.0"]
    (row,) = reader.refused
    assert (row["row"], row["code"]) == (1, "unreadable-label")
    assert row["raw"].startswith(none)


async def test_what_was_read_is_judged_again_within_the_overlap_and_not_before(readings: Server) -> None:
    insert(
        readings,
        ("2026-11-27 10:00:00", 1, "2026-11-27 10:16:00"),
        ("2026-11-27 11:00:00", 2, "2026-11-27 11:20:00"),
    )
    reader = Reader(link(readings, overlap=600))
    first = await reader.run()
    insert(readings, ("2026-11-27 10:45:00", 3, "2026-11-27 11:12:00"))
    second = await reader.run(now=NOW + dt.timedelta(minutes=15))
    assert reader.values == ["3.0000", "2.0000"]
    assert first[0].key != second[0].key


async def test_pieces_are_as_small_as_declared_and_a_cut_run_goes_on(readings: Server) -> None:
    rows = [(f"2026-11-27 {n // 4:02}:{n % 4 * 15:02}:00", n, "2026-11-27 12:00:00") for n in range(10)]
    insert(readings, *rows, ("2026-11-26 00:00:00", 99, "2026-11-27 11:00:00"))
    reader = Reader(link(readings, overlap=0, rows_at_once=4))
    assert [found.arrived.rows for found in await reader.run(2)] == [4, 4]
    seen = set(reader.values)
    await reader.run()
    assert seen | set(reader.values) == {f"{n}.0000" for n in [*range(10), 99]}
    assert len(reader.rows) == 10


async def test_after_an_outage_the_newest_day_comes_first_and_a_kill_in_between_loses_nothing(
    readings: Server,
) -> None:
    insert(
        readings, *((f"2026-11-{day:02} 00:00:00", day, f"2026-11-{day:02} 00:20:00") for day in range(1, 27))
    )
    reader = Reader(link(readings, rows_at_once=2))
    came: list[Any] = []
    for _ in range(60):
        await reader.run(2)
        came += reader.values
        if '"left"' not in str(reader.link.cursor):
            break
    assert came[:4] == ["25.0000", "26.0000", "23.0000", "24.0000"]
    assert {int(float(value)) for value in came} == set(range(1, 27))


async def test_of_two_rows_of_one_period_the_later_written_one_has_the_later_version(
    readings: Server,
) -> None:
    same = "2026-11-01 00:00:00"
    insert(readings, (same, 1, "2026-11-01 01:00:00"), (same, 2, "2026-11-20 01:00:00"))
    reader = Reader(link(readings))
    await reader.run()
    by_version = sorted(reader.rows, key=lambda row: row["version"])
    assert [row["value"] for row in by_version] == ["1.0000", "2.0000"]
    assert reader.values == ["2.0000", "1.0000"]


async def test_rows_without_a_watermark_are_refused_by_name_and_those_with_one_are_read(
    readings: Server,
) -> None:
    insert(readings, ("2026-11-27 00:00:00", 1, None), ("2026-11-27 00:15:00", 2, "2026-11-27 01:00:00"))
    reader = Reader(link(readings))
    await reader.run()
    assert reader.values == ["2.0000"]
    (row,) = reader.refused
    assert row["code"] == "unusable-watermark"
    assert "1.0000" in row["raw"]
    ((column, kind, came),) = reader.drift
    assert (column, kind) == ("written", "retyped")
    assert str(came).endswith("unusable in 1 rows")
    assert '"reached": "2026-11-26T17:00:00+00:00"' in str(reader.link.cursor)


async def test_a_declared_fallback_stands_in_for_a_null_watermark(readings: Server) -> None:
    insert(readings, ("2026-11-27 00:00:00", 1, None), ("2026-11-27 00:15:00", 2, "2026-11-27 01:00:00"))
    reader = Reader(link(readings, watermark_fallback="began"))
    await reader.run()
    assert (reader.values, reader.refused, reader.drift) == (["1.0000", "2.0000"], [], [])


async def test_a_watermark_of_a_wrong_clock_is_told_and_hides_nothing_that_follows(readings: Server) -> None:
    insert(
        readings,
        ("2026-11-27 00:00:00", 1, "2037-01-01 00:00:00"),
        ("2026-11-27 00:15:00", 2, "2026-11-27 01:00:00"),
    )
    reader = Reader(link(readings))
    await reader.run()
    assert (reader.values, [row["code"] for row in reader.refused]) == (["2.0000"], ["unusable-watermark"])
    insert(readings, ("2026-11-27 00:30:00", 3, "2026-11-27 02:00:01"))
    await reader.run()
    assert reader.values == ["2.0000", "3.0000"]


@pytest.mark.parametrize("kind", ["bigint", "numeric(20,3)", "date", "timestamp"])
async def test_any_watermark_that_orders_will_do(server: Server, kind: str) -> None:
    server.lay_out("marked", *COLUMNS[:3], f"mark {kind}")
    marks: list[Any] = [7, 8] if kind.startswith(("bigint", "numeric")) else ["2026-11-26", "2026-11-27"]
    for number, mark in enumerate([*marks, marks[-1]]):
        server.put("marked", (UNIT, f"2026-11-01 0{number}:00:00", number, mark))
    reader = Reader(link(server, "marked", watermark="mark", overlap=0))
    await reader.run()
    assert reader.values == ["0.0000", "1.0000", "2.0000"]
    await reader.run()
    assert reader.values == ["1.0000", "2.0000"]


async def test_a_name_is_a_name_whatever_stands_in_it(server: Server) -> None:
    mark = '"' if server.scheme == "postgresql" else "`"
    evil = f"x{mark}; DROP TABLE {mark}readings"
    quoted = mark + evil.replace(mark, 2 * mark) + mark
    server.lay_out(quoted, *COLUMNS)
    insert(server, ("2026-11-27 00:00:00", 1, "2026-11-27 01:00:00"), view=quoted)
    server.lay_out("readings", *COLUMNS)
    reader = Reader(link(server, evil))
    await reader.run()
    assert reader.values == ["1.0000"]
    assert await Reader(link(server)).run() == []
    server.do(f"DROP TABLE {quoted}")
