"""Exports over HTTP: the same figures as the graph's, in every format, within the asker's reach, as of then."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.model.principal import NATION, Reach, Role
from hub.exports.questions import READINGS
from hub.simulate.nation import ELECTRICITY
from hub.wiring import Hub
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    hub_of,
    is_problem,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio
DAYS = 5
MONTH = {"month": "2026-10"}
Row = tuple[str, str, Decimal]  # unit, start, value


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with five days of a unit of each province, the first day of one corrected in the last batch."""

    async def tell(hub: Hub) -> None:
        async with asking(hub, token_of(hub, "teller")) as client:
            for day in range(1, DAYS + 1):
                rows = [reading(JIA, day, f"{day}.25"), reading(YI, day, f"{day}.5")]
                assert (await post(client, json.dumps(rows).encode(), f"day {day}")).status_code == 201
            correction = [reading(JIA, 1, "1234567890123.4567")]
            assert (await post(client, json.dumps(correction).encode(), "correction")).status_code == 201

    with hub_of(tmp_path_factory.mktemp("exports")) as hub:
        asyncio.run(tell(hub))
        yield hub


def said(province: str, first: str | None = None) -> list[Row]:
    """What was told of a province's unit, the first day's value another where it is given."""
    unit = units_of(province)[1].code
    part = "25" if province == JIA else "5"
    values = [first or f"1.{part}", *(f"{day}.{part}" for day in range(2, DAYS + 1))]
    return [(unit, f"2026-10-{day:02d}T00:00:00+08:00", Decimal(v)) for day, v in enumerate(values, 1)]


NOW_SAID = sorted([*said(JIA, "1234567890123.4567"), *said(YI)])


async def export(
    hub: Hub, key: str, words: dict[str, Any], reach: Reach = NATION, of: str = "readings"
) -> tuple[bytes, Any]:
    """An export's bytes and headers."""
    async with asking(hub, token_of(hub, key, reach)) as client:
        reply = await client.get(f"/export/{of}", params=MONTH | words)
    assert reply.status_code == 200, reply.text
    return reply.content, reply.headers


def rows_of(table: pa.Table) -> list[Row]:
    """Rows as they were told."""
    columns = (table[name].to_pylist() for name in ("unit", "start", "value"))
    return [(unit, start.isoformat(), value) for unit, start, value in zip(*columns, strict=True)]


async def test_arrow_and_parquet_hold_every_reading_by_unit_and_start(told: Hub) -> None:
    body, headers = await export(told, "arrow", {"format": "arrow"})
    with pa.ipc.open_stream(body) as stream:
        table = stream.read_all()
    assert table.schema == READINGS
    assert rows_of(table) == NOW_SAID
    assert headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert headers["content-disposition"] == 'attachment; filename="readings.arrows"'
    body, _ = await export(told, "parquet", {"format": "parquet"})
    assert rows_of(pq.read_table(io.BytesIO(body))) == NOW_SAID


async def test_csv_has_a_heading_numbers_with_all_their_digits_and_moments_with_their_offset(
    told: Hub,
) -> None:
    body, headers = await export(told, "csv", {})
    assert headers["content-type"] == "text/csv; charset=utf-8"
    heading, *rows = csv.reader(io.StringIO(body.decode()))
    assert heading == READINGS.names
    found = [(row[0], row[6], Decimal(row[7])) for row in rows]
    assert found == NOW_SAID
    assert {tuple(row[1:6]) for row in rows} == {(ELECTRICITY, "023300", "电力", "kWh", "day")}


async def test_a_sheet_has_numbers_and_writes_what_has_more_digits_as_text(told: Hub) -> None:
    body, _ = await export(told, "xlsx", {"format": "xlsx"})
    heading, *rows = cells(body)
    assert heading == READINGS.names
    values = [row[7] for row in rows]
    assert "1234567890123.4567" in values
    assert sorted(value for value in values if isinstance(value, float)) == [
        1.5, 2.25, 2.5, 3.25, 3.5, 4.25, 4.5, 5.25, 5.5
    ]  # fmt: skip


def cells(body: bytes) -> list[list[Any]]:
    """A sheet's cells: texts, and numbers as floats."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    return [[_cell(cell, space) for cell in row.iter(f"{space}c")] for row in sheet.iter(f"{space}row")]


def _cell(cell: ET.Element, space: str) -> Any:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{space}t"))
    return float(cell.findtext(f"{space}v") or "nan")


@pytest.mark.parametrize(
    ("key", "reach", "expected"),
    [
        ("of-jia", of_province(JIA), said(JIA, "1234567890123.4567")),
        ("of-yi", of_province(YI), said(YI)),
        ("of-a-unit", of_unit(units_of(YI)[1].code), said(YI)),
        ("of-another-unit", of_unit(units_of(YI)[0].code), []),
    ],
)
async def test_nobody_is_handed_what_they_may_not_read(
    told: Hub, key: str, reach: Reach, expected: list[Row]
) -> None:
    body, _ = await export(told, key, {"format": "parquet"}, reach)
    assert rows_of(pq.read_table(io.BytesIO(body))) == expected
    both = {"province": [JIA, YI], "unit": [units_of(JIA)[1].code, units_of(YI)[1].code]}
    body, _ = await export(told, f"{key}-more", {"format": "parquet", **both}, reach)
    assert rows_of(pq.read_table(io.BytesIO(body))) == expected


async def test_an_earlier_state_is_exported_as_it_was(told: Hub) -> None:
    body, headers = await export(told, "then", {"format": "parquet", "batch": DAYS})
    assert rows_of(pq.read_table(io.BytesIO(body))) == sorted([*said(JIA), *said(YI)])
    assert headers["nengshu-as-of-batch"] == str(DAYS)
    _, headers = await export(told, "now", {"format": "parquet"})
    assert headers["nengshu-as-of-batch"] == str(DAYS + 1)


async def test_filters_narrow_an_export(told: Hub) -> None:
    words = {"unit": units_of(YI)[1].code, "code": ELECTRICITY, "kind": "electricity", "format": "parquet"}
    body, _ = await export(told, "narrow", words)
    assert rows_of(pq.read_table(io.BytesIO(body))) == said(YI)
    body, _ = await export(told, "another-kind", {**words, "kind": "heat"})
    assert rows_of(pq.read_table(io.BytesIO(body))) == []
    async with asking(told, token_of(told, "days")) as client:
        days = {"from": "2026-10-02", "to": "2026-10-03", "format": "parquet", "province": YI}
        reply = await client.get("/export/readings", params=days)
    assert rows_of(pq.read_table(io.BytesIO(reply.content))) == said(YI)[1:3]


async def test_a_balance_is_what_the_graph_answers(told: Hub) -> None:
    words = {"groupBy": ["province", "kind"], "batch": DAYS, "format": "arrow"}
    body, _ = await export(told, "balance", words, of="balance")
    with pa.ipc.open_stream(body) as stream:
        table = stream.read_all()
    query = """{energyBalance(period: {month: "2026-10"}, groupBy: [PROVINCE, KIND], asOf: {batch: 5})
        {rows {province quantity tce}}}"""
    async with asking(told, token_of(told, "asker")) as client:
        answer = (await client.post("/graphql", json={"query": query})).json()
    expected = answer["data"]["energyBalance"]["rows"]
    found = table.select(["province", "quantity", "tce"]).to_pylist()
    assert len(found) == 2
    assert [(row["province"], row["quantity"], row["tce"]) for row in found] == [
        (row["province"], Decimal(row["quantity"]), Decimal(row["tce"])) for row in expected
    ]


@pytest.mark.parametrize(
    ("kind", "words", "place"),
    [
        ("readings", {}, "period"),
        ("readings", {"month": "2026-13"}, "13 is not a month"),
        ("readings", {"from": "2026-10-01", "to": "soon"}, "to"),
        ("readings", {"from": "20261001", "to": "2026-10-02"}, "from: came '20261001'"),
        ("readings", {"from": "2026-10-01", "to": "2026-W41-1"}, "to: came '2026-W41-1'"),
        ("readings", {**MONTH, "day": "20261001"}, "day: came '20261001'"),
        ("readings", {**MONTH, "format": ""}, "format: came ''"),
        ("readings", {**MONTH, "format": "docx"}, "format"),
        ("readings", {**MONTH, "granularity": "week"}, "granularity"),
        ("readings", {**MONTH, "unit": "91"}, "91"),
        ("readings", {**MONTH, "kind": "wind"}, "kind"),
        ("readings", {**MONTH, "untis": "91"}, "untis"),
        ("readings", {**MONTH, "groupBy": "day"}, "groupBy"),
        ("readings", {**MONTH, "batch": "99"}, "asOf.batch"),
        ("readings", {**MONTH, "batch": "-1"}, "batch"),
        ("readings", {**MONTH, "moment": "2026-10-01T00:00:00"}, "moment"),
        ("readings", {**MONTH, "batch": "1", "day": "2026-10-01"}, "asOf"),
        ("readings", {"month": ["2026-10", "2026-09"]}, "month"),
        ("balance", {**MONTH, "groupBy": "colour"}, "groupBy"),
        ("balance", {**MONTH, "code": ELECTRICITY}, "code"),
    ],
)
async def test_a_link_that_says_something_else_is_refused_by_name(
    told: Hub, kind: str, words: dict[str, Any], place: str
) -> None:
    key = f"refused-{kind}-{abs(hash(json.dumps(words)))}"
    async with asking(told, token_of(told, key)) as client:
        reply = await client.get(f"/export/{kind}", params=words)
    assert reply.status_code == 400, reply.text
    assert place in reply.json()["detail"]


async def test_a_head_is_refused_for_the_work_would_be_that_of_a_get(told: Hub) -> None:
    async with asking(told, token_of(told, "looks")) as client:
        head = await client.head("/export/readings", params=MONTH)
    assert (head.status_code, head.headers["allow"]) == (405, "GET")


async def test_who_may_not_read_gets_no_export(told: Hub) -> None:
    async with asking(told) as client:
        assert is_problem(await client.get("/export/readings", params=MONTH), 401, "UNAUTHENTICATED")
    async with asking(told, token_of(told, "uploader", roles=(Role.UPLOAD,))) as client:
        assert is_problem(await client.get("/export/readings", params=MONTH), 403, "FORBIDDEN")
        assert (await client.post("/export/readings", params=MONTH)).status_code == 405
