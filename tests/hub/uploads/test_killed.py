"""A hub killed at any moment of an upload loses nothing acknowledged, and ends with the same receipt and store."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.model.principal import Role
from provincial_adapters.nengshu_batches import CSV
from tests.hub.invented_hub import JIA, fill, of_province, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PARTIAL = "application/partial-upload"
DAYS, TURNS, KILLS = 250, 250, 8
PATIENCE_S = 60


@contextmanager
def mortal(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A hub that is killed at the end, if it was not before."""
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "serve", "--data", str(data), "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:([1-9][0-9]*)/", process.stdout.readline())
            assert found
            yield process, f"http://127.0.0.1:{found[1]}"
        finally:
            process.kill()


def content() -> bytes:
    """Days of some units, said again and again with other values: as many batches as corrections meet in."""
    lines = ["unit,data_code,granularity,start,value"]
    for turn in range(TURNS):
        for unit in units_of(JIA)[:4]:
            for day in range(DAYS):
                start = f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T00:00:00+08:00"
                lines.append(f"{unit.code},0000000002330011,day,{start},{turn}.{day}")
    lines.insert(500, "nobody,a line of two fields")
    return "\n".join(lines).encode()


class Sender:
    """Sends a content in parts, going on with what a hub says it has; nothing acknowledged may be missing there."""

    def __init__(self, body: bytes, parts: int) -> None:
        self._body, self._size, self._acknowledged = body, len(body) // parts + 1, 0
        self.said: dict[str, Any] = {}

    def send(self, base: str, token: str) -> None:
        """Send what is missing and wait for the end. Raises what httpx raises of a hub that is gone."""
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, headers=headers, timeout=PATIENCE_S) as client:
            head = {"Idempotency-Key": "k", "Content-Type": CSV, "Upload-Complete": "?0"}
            made = client.post("/sync/v1/uploads", headers=head)
            where, offset = made.headers["location"], int(made.headers["upload-offset"])
            assert offset >= self._acknowledged
            while offset < len(self._body):
                some = self._body[offset : offset + self._size]
                is_last = offset + len(some) == len(self._body)
                head = {
                    "Upload-Offset": str(offset), "Upload-Complete": f"?{int(is_last)}", "Content-Type": PARTIAL,
                }  # fmt: skip
                reply = client.patch(where, content=some, headers=head)
                assert reply.status_code in (202, 204)
                offset = self._acknowledged = int(reply.headers["upload-offset"])
            if (
                client.head(where).headers["upload-complete"] == "?0"
            ):  # killed between the bytes and their end
                head = {"Upload-Offset": str(offset), "Upload-Complete": "?1", "Content-Type": PARTIAL}
                client.patch(where, headers=head).raise_for_status()
            self.said = client.get(where).json()
            while self.said["state"] == "booking":
                self.said = client.get(where).json()


def test_killed_at_any_moment_it_ends_as_undisturbed(tmp_path: Path) -> None:
    chance, body = random.Random(7), content()  # noqa: S311 - moments, and the same ones each time
    told = []
    for name, kills in (("calm", 0), ("killed", KILLS)):
        data = tmp_path / name
        data.mkdir()
        fill(data, JIA)
        sender, died = Sender(body, 40), 0
        for _ in range(kills):
            with mortal(data) as (process, base):
                token = token_at(data, base, "sender", of_province(JIA), (Role.UPLOAD, Role.READ))
                timer = threading.Timer(chance.uniform(0.0, 2.0), process.kill)
                timer.start()
                try:
                    sender.send(base, token)
                except httpx.TransportError:
                    died += 1
                timer.join()
        assert died or not kills
        with mortal(data) as (_, base):
            sender.send(base, token_at(data, base, "sender", of_province(JIA), (Role.UPLOAD, Role.READ)))
        told.append((sender.said["state"], sender.said["receipt"], sender.said["batches"]))
    assert told[0][0] == "done"
    assert told[0][1]["rows"] == DAYS * 4 * TURNS + 1
    assert len(told[0][2]) >= 2
    assert told[0] == told[1]
