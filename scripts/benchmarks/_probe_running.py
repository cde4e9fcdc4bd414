"""The whole program at work in compressed time: fifty meters of forty counters, its page, its board and a hub; its memory.

`nengshu probe run` is a process of its own. Quarter-hours pass in seconds, each of them 2 000 readings, until the hub has
acknowledged a few; its page and its metrics are asked for meanwhile. Told is the most memory the system saw it hold (VmHWM).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from edge_probe.spool import Spool
from graph.errors import StoreError
from scripts.benchmarks._cache import ROOT
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_served import Process, serving
from scripts.benchmarks._probe_upload import RESIDENT_BYTES_MAX, UNIT, registered

START, SPEED, QUARTERS = "2026-11-23T12:00:05+08:00", 300.0, 3  # a quarter-hour in three seconds
PATIENCE_S = 120.0  # of other work on the machine
CONFIG = """
[probe]
unit = "{unit}"
spool = "spool.sqlite"
cycle_seconds = 300
tolerance_seconds = 300
reconcile_slot = "off"

[page]
port = {page}

[[uplinks]]
name = "bench"
url = "{hub}"
credential_env = "NENGSHU_PROBE"
"""
DEVICE = """
[[devices]]
name = "meter {number}"
host = "127.0.0.1"
port = {port}
timeout_seconds = 10
map = "bench.toml"
"""
POINT = """
[[devices.points]]
quantity = "counter_{place}"
data_code = "{code}"
"""
MAP = 'model = "invented"\nsource = "invented"\n'
QUANTITY = """
[quantities.counter_{place}]
address = {address}
function = 3
type = "float32"
unit = "kWh"
counter = true
"""


def running_figures(ports: Sequence[int], points: int, stride: int) -> Iterator[Figure]:
    """The memory of a probe that reads these meters, each with so many counters so many registers apart."""
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as name, closing(socket.socket()) as free:
        folder = Path(name)
        free.bind(("127.0.0.1", 0))
        page = free.getsockname()[1]
        free.close()
        codes = [[code_of(number, place) for place in range(points)] for number in range(len(ports))]
        credential = registered(folder / "hub", [code for each in codes for code in each])
        places = [QUANTITY.format(place=place, address=place * stride) for place in range(points)]
        (folder / "bench.toml").write_text(MAP + "".join(places), "utf-8")
        with serving(folder / "hub") as hub:
            told = CONFIG.format(unit=UNIT, page=page, hub=hub.base) + _devices(ports, codes)
            (folder / "probe.toml").write_text(told, "utf-8")
            with _running(folder / "probe.toml", credential) as probe:
                _wait(lambda: _acknowledged(folder) >= QUARTERS * len(ports) * points)
                for path in ("", "metrics"):
                    httpx.get(f"http://127.0.0.1:{page}/{path}", trust_env=False).raise_for_status()
                peak = probe.peak_bytes / 1e6
    name = f"{len(ports)} meters of {points} points, page, board and hub: memory of the probe at most"
    yield Figure(name, peak, "MB", RESIDENT_BYTES_MAX / 1e6, Wanted.AT_MOST)


def code_of(number: int, place: int) -> str:
    """The data code of a meter's counter."""
    return f"{number + 1:02d}{place + 1:02d}010102330011"


def _devices(ports: Sequence[int], codes: Sequence[Sequence[str]]) -> str:
    return "".join(
        DEVICE.format(number=number, port=port)
        + "".join(POINT.format(place=place, code=code) for place, code in enumerate(own))
        for number, (port, own) in enumerate(zip(ports, codes, strict=True))
    )


@contextmanager
def _running(file: Path, credential: str) -> Iterator[Process]:
    options = ["--speed", str(SPEED), "--start", START]
    command = [sys.executable, "-m", "edge_probe.cli", "run", str(file), *options]
    environ = {**os.environ, "NENGSHU_PROBE": credential}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as probe:  # noqa: S603 - ourselves
        try:
            yield Process("the probe", probe.pid)
        finally:
            probe.send_signal(signal.SIGTERM)


def _acknowledged(folder: Path) -> int:
    if not (folder / "spool.sqlite").is_file():
        return 0
    spool = Spool(folder / "spool.sqlite", create=False)
    with closing(spool):
        return max((backlog.acknowledged for backlog in spool.backlogs()), default=0)


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > until:
            raise StoreError(f"the probe handed over no {QUARTERS} quarter-hours within {PATIENCE_S:g} s")
        time.sleep(0.1)
