"""A simulated platform as a process of its own, and the link that docs/links.md declares for it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from graph.model.region import RegionCode
from graph.model.sync_run import Link
from hub.simulate.rest import Mischief, Plant

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 10.0  # of its end, so that no test waits for ever


@dataclass(frozen=True)
class Platform:
    """A platform that runs: what it holds, and where it answers."""

    plant: Plant
    address: str
    client: httpx.Client

    def turn(self, mischief: Mischief) -> None:
        """Have it misbehave so from now on."""
        self.client.post(f"{self.address}simulate/{mischief}").raise_for_status()


@contextmanager
def platform_of(units: int = 2, points: int = 2) -> Iterator[Platform]:
    """A platform behind a real socket, ended by SIGTERM."""
    words = ["simulate", "rest", "--units", str(units), "--points", str(points)]
    with (
        subprocess.Popen(
            [sys.executable, "-m", "hub.cli", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process,
        httpx.Client(trust_env=False) as client,
    ):
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())["port"]
            yield Platform(Plant(units=units, points=points), f"http://127.0.0.1:{port}/", client)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)


def declared() -> dict[str, Any]:
    """The link of docs/links.md, as its row."""
    page = (ROOT / "docs" / "links.md").read_text("utf-8")
    text = next(
        found for found in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if '"rest_json"' in found
    )
    (row,) = tomllib.loads(text)["link"]
    return dict(row)


def link_to(platform: Platform, **paging: Any) -> Link:
    """The same as a link to a running platform, with its pages changed."""
    row = declared()
    row["quirks"]["request"]["paging"] |= paging
    return Link(
        row["key"],
        row["dialect"],
        RegionCode(row["province"]),
        platform.address,
        row["credential"],
        row["quirks"],
    )
