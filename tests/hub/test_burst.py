"""A burst of senders over real sockets: each gets in after waiting as it is told, and nothing acknowledged is lost."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from graph.model.principal import Role
from provincial_adapters.nengshu_batches import NDJSON
from tests.hub.invented_hub import JIA, fill, is_problem, of_province, reading
from tests.hub.members import token_at
from tests.hub.served_hub import served

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]
SENDERS, DAYS = 40, 20
CONCURRENCY = 12
BODIES_BYTES = 40_000
SETTINGS = {
    "NENGSHU_CONCURRENCY_MAX": str(CONCURRENCY), "NENGSHU_STREAMS_MAX": "1",
    "NENGSHU_BODY_BYTES_MAX": str(BODIES_BYTES), "NENGSHU_BODIES_BYTES_MAX": str(BODIES_BYTES),
}  # fmt: skip


def batch(number: int) -> bytes:
    """Days of one unit in a month of the sender's own, as a body of which only some fit at once."""
    year, month = 2021 + number // 12, 1 + number % 12
    days = [
        reading(start=f"{year}-{month:02d}-{day:02d}T00:00:00+08:00", value=number)
        for day in range(1, DAYS + 1)
    ]
    return "\n".join(map(json.dumps, days)).encode().ljust(BODIES_BYTES // 4)


async def send(client: httpx.AsyncClient, number: int, told: Counter[int]) -> dict[str, Any]:
    """Send a batch until it is acknowledged, coming again when told to."""
    headers = {"Idempotency-Key": f"burst {number}", "Content-Type": NDJSON}
    while True:
        reply = await client.post("/sync/v1/batches", content=batch(number), headers=headers)
        told[reply.status_code] += 1
        if reply.status_code < 400:
            receipt: dict[str, Any] = reply.json()
            return receipt
        assert is_problem(reply, reply.status_code, "BUSY")
        await anyio.sleep(float(reply.headers["retry-after"]))


async def test_whoever_waits_as_told_gets_in_and_what_was_acknowledged_is_stored(tmp_path: Path) -> None:
    fill(tmp_path, JIA)
    told: Counter[int] = Counter()
    receipts: dict[int, dict[str, Any]] = {}
    with served(tmp_path, SETTINGS) as (_, port):
        base = f"http://127.0.0.1:{port}"
        token = token_at(tmp_path, base, "burst", of_province(JIA), (Role.UPLOAD, Role.READ))
        headers = {"Authorization": f"Bearer {token}"}

        async def one(number: int) -> None:
            async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
                receipts[number] = await send(client, number, told)

        async with anyio.create_task_group() as group:
            for number in range(SENDERS):
                group.start_soon(one, number)
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            stored = {
                number: (await client.get(f"/sync/v1/batches/{receipt['batch']}")).json()
                for number, receipt in receipts.items()
            }
    assert told[201] == SENDERS
    assert told[503] > 0
    assert told[503] < 10 * SENDERS  # they do not keep each other out
    assert told.keys() <= {201, 429, 503}
    assert stored == receipts
    assert {receipt["accepted"] for receipt in receipts.values()} == {DAYS}
