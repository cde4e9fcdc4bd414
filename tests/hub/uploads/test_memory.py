"""However large an upload is, the hub that takes and books it needs the memory of a piece of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from graph.model.principal import Role
from hub.settings import Settings
from provincial_adapters.nengshu_batches import BYTES_MAX, CSV, NDJSON, ROWS_MAX
from tests.hub.invented_hub import JIA, fill, of_province, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BLOCK_ROWS = 20_000
PART_BYTES = 32 * 1024 * 1024
GROWTH_MB_MAX = 200  # of what it once needed beside a small upload; the content is larger, and as columns several times so


def blocks(media_type: str) -> Iterator[bytes]:
    """The same readings again and again, without an end: all of them duplicates but the first."""
    unit, rows = units_of(JIA)[1].code, []
    for number in range(BLOCK_ROWS):
        start = f"2026-10-{1 + number % 28:02d}T00:00:00+08:00"
        rows.append(
            f"{unit},0000000002330011,day,{start},1.5,instrument\n"
            if media_type == CSV
            else f'{{"unit": "{unit}", "data_code": "00-00-0000-023300-11", "granularity": "day", "start": "{start}", '
            '"value": "1.5", "version": null, "origin": "instrument"}\n'
        )
    header = ["unit,data_code,granularity,start,value,origin\n"] if media_type == CSV else []
    return chain((text.encode() for text in header), repeat("".join(rows).encode()))


def send(client: httpx.Client, key: str, media_type: str, rows: int) -> tuple[int, dict[str, Any]]:
    """Upload so many readings in parts; how many bytes they are, and what became of them."""
    head = {"Idempotency-Key": key, "Content-Type": media_type, "Upload-Complete": "?0"}
    where = client.post("/sync/v1/uploads", headers=head).headers["location"]
    offset, part, count, source = 0, bytearray(), 0, blocks(media_type)
    is_last = False
    while not is_last:
        while len(part) < PART_BYTES and count < rows:
            block = next(source)
            part += block
            count += BLOCK_ROWS if len(block) > 1_000 else 0
        is_last = count >= rows
        head = {
            "Upload-Offset": str(offset), "Upload-Complete": f"?{int(is_last)}",
            "Content-Type": "application/partial-upload",
        }  # fmt: skip
        reply = client.patch(where, content=bytes(part), headers=head)
        reply.raise_for_status()
        offset += len(part)
        part.clear()
    said = client.get(where).json()
    while said["state"] == "booking":
        anyio.run(anyio.sleep, 0.1)  # not to be measured with what it waits for
        said = client.get(where).json()
    return offset, said


def peak_mb(process_id: int) -> float:
    """The most memory a process ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) / 1024


@pytest.mark.parametrize(("media_type", "rows"), [(NDJSON, 2_400_000), (CSV, 4_200_000)])
def test_memory_is_bounded_whatever_the_upload(tmp_path: Path, media_type: str, rows: int) -> None:
    fill(tmp_path, JIA)
    with served(tmp_path, {}) as (process, port):
        base = f"http://127.0.0.1:{port}"
        token = token_at(tmp_path, base, "large", of_province(JIA), (Role.UPLOAD,))
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            _, small = send(client, "small", media_type, 200_000)
            before = peak_mb(process.pid)
            size, large = send(client, "large", media_type, rows)
            after = peak_mb(process.pid)
    assert small["receipt"]["accepted"] == 28
    assert (large["state"], large["receipt"]["rows"]) == ("done", rows)
    assert large["receipt"]["duplicate"] == rows
    assert size > BYTES_MAX
    assert rows > 2 * ROWS_MAX
    assert Settings(data_dir=tmp_path).upload_bytes_max > size
    assert after - before < GROWTH_MB_MAX
