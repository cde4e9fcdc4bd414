"""Bodies nobody would send on purpose: none of them is our failure, and one bad row costs itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pyarrow as pa
import pytest

from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET
from tests.bodies import arrow, parquet
from tests.hub.invented_hub import asking, is_problem, post, reading, token_of

pytestmark = pytest.mark.anyio
NOT_UTF8 = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
)


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of the nation."""
    return token_of(hub, "odd")


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever sends them."""
    async with asking(hub, token) as opened:
        yield opened


def one(**columns: pa.Array) -> pa.Table:
    """A table of one reading with some columns of another kind."""
    plain = {name: pa.array([value]) for name, value in reading(day=30).items()}
    return pa.table({**plain, **columns})


@pytest.mark.parametrize(
    ("content_type", "body", "rows"),
    [
        (JSON, b"[null]", 1),  # Arrow's reader of JSON dies of it, and the whole process with it
        (NDJSON, b"null\nnull\n", 2),
        (NDJSON, b'{"unit": "a"}null\n', 1),
        (NDJSON, b'{"unit": "a"}{"unit": "b"}\nnull', 2),
        (NDJSON, b'  {"unit": "a"}\r\n\r\nnull\r\n', 2),
        (JSON, b"[5, true, [], {}]", 4),
        (NDJSON, b"[" * 100_000, 1),
        (NDJSON, b'{"unit":' * 50_000, 1),
        (JSON, json.dumps([reading(value=True)]).encode(), 1),
        (JSON, json.dumps([reading(value={"a": 1})]).encode(), 1),
        (JSON, json.dumps([reading(value=[1])]).encode(), 1),
        (JSON, json.dumps([reading(value=10**400)]).encode(), 1),
        (JSON, json.dumps([reading(unit="\0" * 18)]).encode(), 1),
        (JSON, json.dumps([reading(start="9999-12-31T23:59:59-23:59")]).encode(), 1),
        (JSON, json.dumps([reading(start="0001-01-01T00:00:00+23:59")]).encode(), 1),
        (JSON, json.dumps([reading(start="2026-10-01T00:00:00")]).encode(), 1),
        (NDJSON, b'{"unit": "\xff"}', 1),
        (JSON, b'[{"unit": "\xff"}]', 1),
        (CSV, b"unit,data_code,granularity,start,value\na,b\n", 1),
    ],
)
async def test_rows_that_are_none_are_rejected_one_by_one(
    client: httpx.AsyncClient, content_type: str, body: bytes, rows: int
) -> None:
    reply = await post(client, body, f"odd {hash(body)}", content_type)
    said = reply.json()
    assert reply.status_code == 201, said
    assert (said["rows"], said["rejectedCount"], said["accepted"]) == (rows, rows, 0)


@pytest.mark.parametrize("seconds", [2**62, -(2**62), 253_402_300_800, -62_135_596_801])
@pytest.mark.parametrize(
    "kind", [pa.timestamp("us", "UTC"), pa.timestamp("s", "UTC"), pa.timestamp("ms", "UTC")]
)
async def test_a_moment_no_calendar_holds_is_an_unreadable_label(
    client: httpx.AsyncClient, seconds: int, kind: pa.DataType
) -> None:
    scale = {"s": 1, "ms": 1000, "us": 1_000_000}[kind.unit] if abs(seconds) < 2**60 else 1
    start = pa.array([seconds * scale], pa.int64()).view(kind)
    reply = await post(client, arrow(one(start=start)), f"moment {kind} {seconds}", ARROW)
    assert [row["code"] for row in reply.json()["rejected"]] == ["unreadable-label"]


async def test_a_version_no_calendar_holds_is_no_version(client: httpx.AsyncClient) -> None:
    version = pa.array([2**62], pa.int64()).view(pa.timestamp("us", "UTC"))
    reply = await post(client, arrow(one(version=version)), "version", ARROW)
    assert (reply.status_code, reply.json()["rejectedCount"]) == (201, 0)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (CSV, b"unit,unit,data_code,granularity,start,value\na,b,c,day,x,1\n"),
        (ARROW, arrow(pa.Table.from_arrays([pa.array(["a"])] * 2, ["unit", "unit"]))),
        (ARROW, arrow(one(unit=pa.array([["a"]])))),
        (ARROW, arrow(one(unit=pa.array([{"a": 1}])))),
        (ARROW, arrow(one(origin=pa.array([{"a": 1}])))),
        (ARROW, arrow(one(start=pa.array([5])))),
        (ARROW, arrow(one(start=pa.array([5]).cast(pa.timestamp("us"))))),
        (ARROW, arrow(one(unit=NOT_UTF8))),
        (PARQUET, parquet(one(unit=NOT_UTF8))),
        (ARROW, b"ARROW1"),
        (PARQUET, b"PAR1PAR1"),
        (JSON, b'{"a": 1}'),
        (JSON, b"[" * 100_000),
        (JSON, b""),
        (CSV, b"\0"),
    ],
)
async def test_a_body_that_cannot_be_read_at_all_says_why(
    client: httpx.AsyncClient, content_type: str, body: bytes
) -> None:
    reply = await post(client, body, f"unreadable {hash(body)}", content_type)
    assert is_problem(reply, 400, "MALFORMED_BODY"), reply.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b"[]"),
        (NDJSON, b"\n\n"),
        (CSV, b"unit,data_code,granularity,start,value\n"),
        (ARROW, arrow(one().slice(0, 0))),
        (PARQUET, parquet(one().slice(0, 0))),
    ],
)
async def test_no_readings_are_a_batch_of_none(
    client: httpx.AsyncClient, content_type: str, body: bytes
) -> None:
    reply = await post(client, body, f"none {content_type}", content_type)
    assert (reply.status_code, reply.json()["rows"]) == (201, 0)


async def test_a_good_row_beside_bad_ones_is_kept(client: httpx.AsyncClient) -> None:
    body = json.dumps([None, reading(day=29), {"unit": "[/red]"}]).encode()
    said = (await post(client, body, "beside")).json()
    assert (said["accepted"], [row["row"] for row in said["rejected"]]) == (1, [1, 3])


async def test_reasons_stay_short_whatever_was_sent(client: httpx.AsyncClient) -> None:
    rows = [reading(granularity="x" * 100_000), reading(unit="y" * 100_000), reading(data_code="1" * 100_000)]
    said = (await post(client, json.dumps(rows).encode(), "short")).json()
    assert said["rejectedCount"] == 3
    assert all(len(row["why"]) < 1000 for row in said["rejected"])


@pytest.mark.parametrize(("content_type", "write"), [(ARROW, arrow), (PARQUET, parquet)])
async def test_a_text_repeated_by_a_dictionary_is_not_spelt_out_for_every_row(
    client: httpx.AsyncClient, content_type: str, write: Callable[[pa.Table], bytes]
) -> None:
    zeros, row = pa.array([0] * 5_000, pa.int8()), reading(day=28, unit="x" * 100_000)
    table = pa.table({name: pa.DictionaryArray.from_arrays(zeros, [text]) for name, text in row.items()})
    before = pa.total_allocated_bytes()
    reply = await post(client, write(table), f"dictionary {content_type}", content_type)
    assert reply.json()["rejectedCount"] == 5_000
    assert {row["code"] for row in reply.json()["rejected"]} == {"malformed-credit-code"}
    assert pa.total_allocated_bytes() - before < 100_000_000
