"""What another hub has not seen yet: whole batches after a cursor, and only what it may see."""

from __future__ import annotations

import asyncio
import gc
import json
from types import GeneratorType

import httpx
import pyarrow as pa
import pytest
from starlette.types import Message

from graph.model.principal import Reach
from graph.model.reading import EXCHANGED
from hub.app import build_app
from hub.stores.readings import holding
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW
from tests.hub.endpoints.told_hub import BATCHES
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio


def page(reply: httpx.Response) -> tuple[pa.Table, str, bool]:
    """Readings, cursor, and whether there is more."""
    assert (reply.status_code, reply.headers["content-type"]) == (200, ARROW)
    with pa.ipc.open_stream(reply.content) as stream:
        table = stream.read_all()
    assert table.schema == EXCHANGED
    return table, reply.headers["nengshu-cursor"], reply.headers["nengshu-more"] == "true"


async def everything(hub: Hub, key: str, reach: Reach, limit: int) -> list[pa.Table]:
    """All pages from the start."""
    pages, cursor, more = [], "0", True
    async with asking(hub, token_of(hub, key, reach)) as client:
        while more:
            reply = await client.get("/sync/v1/changes", params={"after": cursor, "limit": limit})
            table, cursor, more = page(reply)
            pages.append(table)
            assert len(pages) <= BATCHES + 1
        again, same, more = page(await client.get("/sync/v1/changes", params={"after": cursor}))
    assert (again.num_rows, same, more) == (0, cursor, False)
    return pages


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [2] * 5), (0, [2] * 5), (4, [4, 4, 2]), (5, [4, 4, 2]), (99, [10])]
)
async def test_pages_hold_whole_batches_and_no_reading_twice(told: Hub, limit: int, sizes: list[int]) -> None:
    pages = await everything(told, f"pages-{limit}", Reach(), limit)
    assert [table.num_rows for table in pages] == sizes
    rows = pa.concat_tables(pages).to_pylist()
    assert len({(row["unit"], row["start"]) for row in rows}) == 2 * BATCHES


async def test_a_province_gets_its_own_units_changes_and_a_cursor_over_all(told: Hub) -> None:
    table = pa.concat_tables(await everything(told, "own", of_province(YI), 2))
    assert set(table["unit"].to_pylist()) == {units_of(YI)[1].code}
    assert table.num_rows == BATCHES


async def test_a_unit_without_readings_gets_none(told: Hub) -> None:
    pages = await everything(told, "silent", of_unit(units_of(JIA)[0].code), 99)
    assert [table.num_rows for table in pages] == [0]


async def test_a_cursor_beyond_the_ledger_stays_where_it_is(told: Hub) -> None:
    async with asking(told, token_of(told, "beyond")) as client:
        reply = await client.get("/sync/v1/changes", params={"after": "4000000000"})
    table, cursor, more = page(reply)
    assert (table.num_rows, cursor, more) == (0, str(2**31 - 1), False)


async def test_a_corrected_reading_is_a_change_and_its_old_value_is_none(told: Hub) -> None:
    async with asking(told, token_of(told, "corrector")) as client:
        before = page(await client.get("/sync/v1/changes"))[1]
        await post(client, json.dumps([reading(JIA, 1, "7.25")]).encode(), "correction")
        table, _, _ = page(await client.get("/sync/v1/changes", params={"after": before}))
    assert [str(value) for value in table["value"].to_pylist()] == ["7.2500"]


async def test_a_puller_that_goes_away_half_way_leaves_no_question_open(told: Hub) -> None:
    left = asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            left.set()
            await asyncio.sleep(60)  # a connection that takes no more

    token = token_of(told, "goes")
    scope = {
        "type": "http", "method": "GET", "path": "/sync/v1/changes", "query_string": b"", "root_path": "",
        "headers": [(b"authorization", f"Bearer {token}".encode())], "http_version": "1.1", "scheme": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    open_before = [each for each in gc.get_objects() if is_pieces(each)]
    async with asyncio.timeout(20):
        await build_app(told)(scope, receive, send)
    assert [each for each in gc.get_objects() if is_pieces(each)] == open_before


def is_pieces(thing: object) -> bool:
    """Whether it is the answer to a puller, begun and not ended."""
    return (
        isinstance(thing, GeneratorType)
        and thing.gi_code is holding.exchanged.__code__
        and bool(thing.gi_frame)
    )
