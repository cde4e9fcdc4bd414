"""One source's batches over HTTP: in order in one hub, anyhow in another, and both end with the same store."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from graph.model.period import UTC, Period
from graph.model.principal import Role
from graph.ports import DigestAsk
from hub.settings import Settings
from hub.wiring import open_hub
from provincial_adapters.nengshu_batches import NDJSON
from tests.hub.invented_hub import JIA, fill, is_problem, of_province, reading, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import served

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]
BATCHES, ROWS, AT_ONCE = 24, 40, 6
OCTOBER = Period(dt.datetime(2026, 9, 30, 16, tzinfo=UTC), dt.datetime(2026, 10, 31, 16, tzinfo=UTC))


def batches() -> list[bytes]:
    """Days of some units, most of them said by several batches under several versions; now and then a bad row."""
    chance, found = random.Random(11), []  # noqa: S311 - rows, and the same ones each time
    for _ in range(BATCHES):
        rows = []
        for _ in range(ROWS):
            version = chance.randrange(1, 9)
            row = reading(day=chance.randrange(1, 29), value=chance.choice([version, "1.25", "n/a"]))
            row |= {
                "unit": units_of(JIA)[chance.randrange(1, 4)].code,
                "version": f"2026-11-0{version}T00:00:00+08:00",
            }
            rows.append(json.dumps(row))
        found.append("\n".join(rows).encode())
    return found


async def post(client: httpx.AsyncClient, key: str, body: bytes) -> httpx.Response:
    """A batch."""
    return await client.post(
        "/sync/v1/batches", content=body, headers={"Idempotency-Key": key, "Content-Type": NDJSON}
    )


async def upload(client: httpx.AsyncClient, key: str, body: bytes) -> None:
    """The same in parts, until it is booked; where a twin took over, what is missing behind what the hub has."""
    headers = {"Idempotency-Key": key, "Content-Type": NDJSON, "Upload-Complete": "?1"}
    reply = await client.post("/sync/v1/uploads", content=body, headers=headers)
    while reply.status_code == 409 or reply.headers["upload-complete"] == "?0":
        headers["Upload-Complete"] = "?0"
        made = await client.post("/sync/v1/uploads", headers=headers)
        offset = int(made.headers.get("upload-offset", "0"))
        part = {
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
            "Content-Type": "application/partial-upload",
        }
        where = made.headers.get("location", reply.headers.get("location", ""))
        reply = await client.patch(where, content=body[offset:], headers=part)
        if reply.headers.get("upload-complete") == "?1":
            break
    async with asyncio.timeout(60):
        while (await client.get(reply.headers["location"])).json()["state"] == "booking":  # noqa: ASYNC110 - by another process
            await asyncio.sleep(0.05)


async def in_order(client: httpx.AsyncClient) -> None:
    for number, body in enumerate(batches()):
        assert (await post(client, f"key {number}", body)).status_code == 201


async def anyhow(client: httpx.AsyncClient) -> None:
    """Side by side, backwards and forwards, each twice, some in parts, some under another key once more."""
    places = asyncio.Semaphore(AT_ONCE)
    receipts: dict[str, Any] = {}

    async def one(number: int, key: str, body: bytes) -> None:
        async with places:
            if number % 5 == 0:
                await upload(client, f"parts {number}", body)
            reply = await post(client, key, body)
            assert reply.status_code in (200, 201)
            assert receipts.setdefault(key, reply.json()) == reply.json()

    sent = [(number, f"key {number}", body) for number, body in enumerate(batches())]
    sent += [(number, f"again {number}", body) for number, _, body in sent[:8]] + sent
    random.Random(5).shuffle(sent)  # noqa: S311 - an order, and the same one each time
    await asyncio.gather(*(one(*each) for each in sent))


async def ended(data: Path, how: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a hub holds, and its digests, after being sent everything like this."""
    fill(data, JIA)
    with served(data, {}) as (_, port):
        base = f"http://127.0.0.1:{port}"
        token = token_at(data, base, "source", of_province(JIA), (Role.UPLOAD, Role.SYNC))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            await how(client)
            stream = (await client.get("/sync/v1/changes?after=0&limit=1000000")).content
    with pa.ipc.open_stream(stream) as rows:
        values = rows.read_all().to_pylist()
    with open_hub(Settings(data_dir=data)) as hub:
        digests = hub.store.digests(DigestAsk(OCTOBER)).to_pylist()
    return sorted(values, key=str), sorted(digests, key=str)


async def test_anyhow_ends_as_in_order(tmp_path: Path) -> None:
    values, digests = await ended(tmp_path / "calm", in_order)
    assert (values, digests) == await ended(tmp_path / "mixed", anyhow)
    assert len(values) == 3 * 28
    assert digests


async def test_twins_sent_at_once_get_one_receipt_and_other_bytes_under_a_key_never_two(
    tmp_path: Path,
) -> None:
    fill(tmp_path, JIA)
    with served(tmp_path, {}) as (_, port):
        base = f"http://127.0.0.1:{port}"
        token = token_at(tmp_path, base, "twins", of_province(JIA), (Role.UPLOAD,))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            for number in range(10):
                body, other = (json.dumps(reading(day=1 + number, value=value)).encode() for value in (1, 2))
                twins = await asyncio.gather(*(post(client, f"twin {number}", body) for _ in range(4)))
                assert sorted(reply.status_code for reply in twins) == [200, 200, 200, 201]
                assert len({reply.content for reply in twins}) == 1
                rivals = await asyncio.gather(
                    *(post(client, f"rival {number}", each) for each in (body, other))
                )
                assert sorted(reply.status_code for reply in rivals) == [201, 409]
                assert is_problem(
                    next(reply for reply in rivals if reply.status_code == 409), 409, "CONFLICT"
                )
