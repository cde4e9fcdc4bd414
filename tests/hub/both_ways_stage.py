"""A province's hub and nations' hubs as processes on real sockets, killed at chosen moments, and what they hold then."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pyarrow as pa

from graph.model.period import Period
from graph.model.principal import NATION, Role
from graph.ports import DigestAsk
from hub.settings import Settings
from hub.wiring import open_hub, open_registry
from tests.hub.invented_hub import JIA, TODAY, WHO, fill, of_province
from tests.hub.members import token_at
from tests.hub.pushing_stage import counts_of, registry_of, tell, values_of
from tests.hub.served_hub import PATIENCE_S, ROOT

BATCHES, OF_A_BATCH = 24, 9  # the last one corrects the first
READINGS = (BATCHES - 1) * OF_A_BATCH


@dataclass(frozen=True)
class Ended:
    """What a nation's hub ended with."""

    registry: Mapping[str, list[dict[str, Any]]]
    values: pa.Table
    digests: pa.Table
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Hosted:
    """A hub's folder and the port it serves on, whenever it does."""

    data: Path
    port: int

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, sync_s: int = 0, **secrets: str) -> subprocess.Popen[str]:
        """A command of its own, begun."""
        said = {f"NENGSHU_SECRET_{name.upper()}": value for name, value in secrets.items()}
        with (self.data / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "hub.cli", *words, "--data", str(self.data)],
                cwd=ROOT, env={**os.environ, "NENGSHU_SYNC_SECONDS": str(sync_s), **said}, stdout=log, stderr=log, text=True,
            )  # fmt: skip

    def serving(self, *words: str, sync_s: int = 0, **secrets: str) -> subprocess.Popen[str]:
        """The hub, once it answers."""
        process = self.run("serve", "--port", str(self.port), *words, sync_s=sync_s, **secrets)
        until(lambda: _answers(self.port), process)
        return process

    def ended(self) -> Ended:
        """What it holds, once nobody serves it."""
        with open_hub(Settings(data_dir=self.data, sync_seconds=0)) as hub:
            days = DigestAsk(Period.of_days(TODAY.replace(month=10, day=1), TODAY))
            return Ended(registry_of(hub), values_of(hub), hub.store.digests(days), counts_of(hub))

    def cursor(self, key: str) -> str | None:
        """How far a link has come, while the hub serves or not."""
        registry = open_registry(Settings(data_dir=self.data))
        try:
            return next(link.cursor for link in registry.links() if link.key == key)
        finally:
            registry.close()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Any, process: subprocess.Popen[str] | None = None, patience_s: float = 60.0) -> None:
    """Wait for what tells nobody when it happens, as long as the process that is to bring it about lives."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        assert process is None or process.poll() is None, "the process ended before"
        time.sleep(0.02)


def killed(process: subprocess.Popen[str]) -> None:
    """As a power cut does."""
    process.kill()
    process.wait(PATIENCE_S)


@contextmanager
def closing(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, ended in order whatever happens."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            killed(process)


def free_ports(count: int) -> list[int]:
    """So many that nobody listens on."""
    tried = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in tried]
    for each in tried:
        each.close()
    return ports


def province_at(data: Path, port: int) -> Hosted:
    """The province's hub with its units and readings, corrected ones among them."""
    fill(data, JIA)
    with open_hub(Settings(data_dir=data, region=JIA, sync_seconds=0)) as hub:

        async def told() -> None:
            for day in range(1, BATCHES):
                await tell(hub, day, f"{day}.25", OF_A_BATCH)
            await tell(hub, 1, "77.5", OF_A_BATCH, version="2026-11-03T00:00:00Z")

        anyio.run(told)
    return Hosted(data, port)


def linked(province: Hosted, nation: Hosted, key: str) -> tuple[str, str]:
    """Links both ways, and the tokens that each end goes by: the province's above, the nation's below."""
    above = {"key": key, "dialect": "hub_push", "province": JIA, "address": nation.address, "credential": key}
    below = {
        "key": "below",
        "dialect": "hub_graphql",
        "province": JIA,
        "address": province.address,
        "credential": "below",
    }
    fill(nation.data)
    for hosted, row in ((province, above), (nation, below)):
        registry = open_registry(Settings(data_dir=hosted.data))
        registry.upsert("link", [row], WHO)
        registry.close()
    up = token_at(nation.data, nation.address, "jia-hub", of_province(JIA), (Role.UPLOAD,))
    down = token_at(province.data, province.address, f"nation-{key}", NATION, (Role.READ, Role.SYNC))
    return up, down
