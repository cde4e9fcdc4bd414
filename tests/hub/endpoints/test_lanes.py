"""What waits in one lane holds up no other, and bodies under way have a bound of their own."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from anyio import to_thread

from hub.stores.readings.store import ReadingsStore
from hub.wiring import (
    SMALL_BODY,
    SMALL_UPLOADS_AT_ONCE,
    SMALL_UPLOADS_WAITING_MAX,
    UPLOADS_AT_ONCE,
    UPLOADS_WAITING_MAX,
    Hub,
)
from national_sync.intake import Intake
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET
from tests.bodies import PACKED, written
from tests.hub.invented_hub import JIA, YI, asking, hub_of, is_problem, of_province, post, reading, token_of
from tests.hub.invented_hub import units_of as connected

pytestmark = pytest.mark.anyio
QUESTION = {"query": "{ batches(first: 1) { nodes { id } } }"}
BODY_MAX, BODIES_MAX = 1_000, 1_500


class Stuck:
    """Stands before a port; one of its verbs does not return until it is let go."""

    def __init__(self, behind: object, verb: str) -> None:
        self._behind, self._verb = behind, verb
        self.entered, self.let_go = threading.Semaphore(0), threading.Event()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._behind, name)
        return functools.partial(self._wait, found) if name == self._verb else found

    def _wait(self, call: Any, *given: Any) -> Any:
        self.entered.release()
        assert self.let_go.wait(30)
        return call(*given)


@asynccontextmanager
async def busy(stuck: Stuck, count: int, *calls: Any) -> AsyncIterator[None]:
    """Inside, `count` of the calls stand at the stuck verb; after it they are answered."""
    async with anyio.create_task_group() as group:
        for call in calls:
            group.start_soon(call)
        for _ in range(count):
            await to_thread.run_sync(stuck.entered.acquire)
        try:
            with anyio.fail_after(20):
                yield
        finally:
            stuck.let_go.set()


async def test_who_asks_is_known_and_a_batch_is_stored_while_all_readers_are_busy(hub: Hub) -> None:
    stuck = Stuck(hub.store, "pages")
    slow = dataclasses.replace(hub, store=cast("ReadingsStore", stuck))
    readers = hub.settings.reader_threads
    async with asking(slow, token_of(hub, "asks", of_province(JIA))) as client:
        questions = [functools.partial(client.post, "/graphql", json=QUESTION)] * readers
        async with busy(stuck, readers, *questions):
            unknown = await client.get("/sync/v1/changes", headers={"Authorization": "Bearer no.body"})
            stored = await post(client, json.dumps([reading(day=1)]).encode(), "beside questions")
            device = await client.post("/enterprise/register", json={"enterpriseCode": connected(YI)[0].code})
    assert is_problem(unknown, 401, "UNAUTHENTICATED")
    assert stored.status_code == 201
    assert device.json()["responseCode"] == "0"


async def test_devices_are_answered_or_refused_while_the_writer_is_busy(hub: Hub) -> None:
    stuck = Stuck(hub.intake, "take")
    slow = dataclasses.replace(hub, intake=cast("Intake", stuck))
    unit = connected(YI)[0].code
    stolen = {"deviceId": "0" * 32, "enterpriseCode": unit, "data": [{}]}
    async with asking(slow, token_of(hub, "writes", of_province(JIA))) as client:
        body = json.dumps([reading(day=2)]).encode()
        async with busy(stuck, 1, functools.partial(post, client, body, "slow")):
            given = (await client.post("/enterprise/register", json={"enterpriseCode": unit})).json()
            check = {"deviceId": given["deviceId"]}
            version = (await client.post("/enterprise/versionCheck", json=check)).json()
            base = (await client.post("/enterprise/downloadBaseData", json=check)).json()
            refused = (await client.post("/enterprise/uploadEnergyData", json=stolen)).json()
    assert [said["responseCode"] for said in (given, version, base, refused)] == ["0", "0", "0", "1"]


# ---- small uploads --------------------------------------------------------------------------------------

FEW, MANY = [reading(day=3)], [reading(day=3, value=number * 7) for number in range(1_000)]


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of province Jia."""
    return token_of(hub, "sends", of_province(JIA))


@pytest.mark.parametrize(
    ("rows", "content_type", "encoding", "is_small"),
    [
        (FEW, NDJSON, "identity", True),
        (FEW, CSV, "identity", True),
        (FEW, f"{JSON}; charset=utf-8", "GZIP", True),
        (FEW, PARQUET, "identity", False),  # a Parquet file of 19 kB may hold a million rows
        (FEW, ARROW, "identity", False),
        (FEW, ARROW, "gzip", False),
        (FEW, NDJSON, "zstd", True),
        (MANY, NDJSON, "zstd", False),
        (MANY, NDJSON, "gzip", False),  # 8 kB that unpack to 140
        (MANY, JSON, "identity", False),
    ],
)
async def test_only_text_that_is_small_once_unpacked_takes_the_lane_of_small_uploads(
    hub: Hub, token: str, rows: list[dict[str, object]], content_type: str, encoding: str, is_small: bool
) -> None:
    stuck = Stuck(hub.intake, "take")
    slow = dataclasses.replace(hub, intake=cast("Intake", stuck))
    plain = written(rows, content_type.partition(";")[0])
    body = PACKED[encoding.lower()](plain)
    assert len(body) <= SMALL_BODY or encoding == "identity"
    key = f"{len(rows)} {content_type} {encoding}"
    async with asking(slow, token) as client:
        call = functools.partial(post, client, body, key, content_type, Content_Encoding=encoding)
        async with busy(stuck, 1, call):
            lanes = (hub.small_uploads.borrowed_tokens, hub.uploads.borrowed_tokens)
    assert lanes == ((1, 0) if is_small else (0, 1))


def packed_columns(rows: int) -> bytes:
    """A Parquet file of so many equal rows, which is as small as if it held one."""
    sink = io.BytesIO()
    columns = {name: pa.array([value] * rows).dictionary_encode() for name, value in reading(day=4).items()}
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


async def test_small_files_of_many_rows_are_unpacked_two_at_a_time_and_hold_up_no_small_upload(
    hub: Hub, token: str
) -> None:
    stuck, files = Stuck(hub.intake, "take"), UPLOADS_AT_ONCE + 3
    slow = dataclasses.replace(hub, intake=cast("Intake", stuck))
    bomb, small = packed_columns(20_000), json.dumps(FEW).encode()
    assert len(bomb) < SMALL_BODY
    async with asking(slow, token) as client:
        calls = [functools.partial(post, client, bomb, f"packed {n}", PARQUET) for n in range(files)]
        beside = functools.partial(post, client, small, "beside packed")
        async with busy(stuck, UPLOADS_AT_ONCE, *calls), busy(stuck, 1, beside):
            assert hub.uploads.statistics().tasks_waiting == files - UPLOADS_AT_ONCE
            assert hub.small_uploads.borrowed_tokens == 1


@pytest.mark.parametrize(
    ("content_type", "at_once", "waiting"),
    [
        (NDJSON, SMALL_UPLOADS_AT_ONCE, SMALL_UPLOADS_WAITING_MAX),
        (ARROW, UPLOADS_AT_ONCE, UPLOADS_WAITING_MAX),
    ],
)
async def test_beyond_so_many_that_wait_in_a_lane_one_is_told_when_to_come_again(
    hub: Hub, token: str, content_type: str, at_once: int, waiting: int
) -> None:
    stuck = Stuck(hub.intake, "take")
    slow = dataclasses.replace(hub, intake=cast("Intake", stuck))
    lane = hub.lane_of(small=content_type == NDJSON)
    body, replies = written(FEW, content_type), []
    async with asking(slow, token) as client:

        async def one(number: int) -> None:
            replies.append(await post(client, body, f"{content_type} {number}", content_type))

        async with busy(
            stuck, at_once, *(functools.partial(one, number) for number in range(at_once + waiting))
        ):
            while lane.statistics().tasks_waiting < waiting:
                await anyio.lowlevel.checkpoint()
            refused = await post(client, body, f"beyond {content_type}", content_type)
            again = await client.get("/healthz")
        later = await post(client, body, f"beyond {content_type}", content_type)
    assert is_problem(refused, 429, "BUSY")
    assert (refused.headers["retry-after"], again.status_code) == ("5", 200)
    assert (len(replies), {reply.status_code for reply in replies}) == (at_once + waiting, {201})
    assert later.status_code == 201


# ---- bodies under way -----------------------------------------------------------------------------------


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Hub]:
    """A hub that has room for one large body and a small one."""
    with hub_of(tmp_path, body_bytes_max=BODY_MAX, bodies_bytes_max=BODIES_MAX) as opened:
        yield opened


class Slow:
    """A body whose last byte comes when it is told to."""

    def __init__(self, body: bytes) -> None:
        self._body, self.under_way, self.go_on = body, anyio.Event(), anyio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body[:-1]
        self.under_way.set()
        await self.go_on.wait()
        yield self._body[-1:]


EMPTY = b"[" + b" " * (BODY_MAX - 2) + b"]"
SMALL = b"[]"


async def send(client: httpx.AsyncClient, key: str, body: Any) -> httpx.Response:
    """A batch without a row."""
    said = {"Idempotency-Key": key, "Content-Type": "application/json"}
    return await client.post("/sync/v1/batches", content=body, headers=said)


async def test_a_body_there_is_no_room_for_is_told_when_to_come_again(narrow: Hub) -> None:
    slow = Slow(EMPTY)
    async with asking(narrow, token_of(narrow, "room")) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(send, client, "slow", slow)
            await slow.under_way.wait()
            beyond = await send(client, "beyond", EMPTY)
            unmeasured = await send(client, "unmeasured", aiter(_Pieces(EMPTY)))
            fits = await send(client, "fits", SMALL)
            slow.go_on.set()
        later = await send(client, "beyond", EMPTY)
    for refused in (beyond, unmeasured):
        assert is_problem(refused, 429, "BUSY")
        assert refused.headers["retry-after"] == "5"
    assert (fits.status_code, later.status_code) == (201, 201)


async def test_devices_are_told_in_their_words_and_leave_room_for_batches(narrow: Hub) -> None:
    enterprise = json.dumps({"enterpriseCode": connected(YI)[0].code}).encode()
    slow, path = Slow(enterprise.ljust(BODY_MAX)), "/enterprise/register"
    async with asking(narrow, token_of(narrow, "beside")) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(functools.partial(client.post, path, content=slow))
            await slow.under_way.wait()
            refused = await client.post(path, content=enterprise.ljust(BODY_MAX))
            batch = await send(client, "beside devices", EMPTY)
            slow.go_on.set()
        later = await client.post(path, content=enterprise.ljust(BODY_MAX))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert refused.json()["responseCode"] == "1"
    assert "平台繁忙" in refused.json()["responseMessage"]
    assert (batch.status_code, later.json()["responseCode"]) == (201, "0")


class _Pieces:
    """A body that does not say how long it is."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 100):
            yield self._body[start : start + 100]
