"""Simulated meters for tests: within the test's own loop, or as the separate program they are."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path

import edge_probe
from edge_probe.clock import ScaledClock
from edge_probe.counters import Sample
from edge_probe.meter_map import load_map
from hub.simulate._meter_lines import port_of
from hub.simulate._meter_load import PlantLoad
from hub.simulate.meter import Faults, SimulatedMeter, serve
from tests.edge_probe.fakes import beijing
from tests.edge_probe.hub_double import CREDENTIAL

ROOT = Path(edge_probe.__file__).parents[1]
START = beijing("10:00")
ENDS_S = 8  # a service manager waits 10 for a probe it told to stop
# A probe that reads one simulated meter, without an uplink.
METERED = """
[probe]
unit = "{unit}"
spool = "spool.sqlite"
cycle_seconds = 180
tolerance_seconds = {tolerance}

[[devices]]
name = "main"
host = "127.0.0.1"
port = {meter}
map = "eastron_sdm630"

[[devices.points]]
quantity = "import_energy"
data_code = "00-00-0000-023300-11"
"""


def simulated(map_name: str = "eastron_sdm630", faults: Faults = Faults()) -> SimulatedMeter:  # noqa: B008 - frozen
    """A meter whose simulated time runs as the wall's."""
    clock = ScaledClock(START, 1.0, time.time())
    return SimulatedMeter(load_map(map_name), PlantLoad(7, START), clock, faults)


@asynccontextmanager
async def listening(meter: SimulatedMeter) -> AsyncIterator[int]:
    """The port on which the meter answers."""
    server = await serve(meter, "127.0.0.1", 0, 1)
    try:
        yield port_of(server)
    finally:
        server.close()


@contextmanager
def meter_program(
    *options: str, epoch: float, speed: float, module: str = "hub.simulate.meter"
) -> Iterator[int]:
    """`python -m hub.simulate.meter` (or another meter) with these options: the port on which it listens."""
    times = ["--start", START.isoformat(), "--speed", str(speed), "--epoch", str(epoch)]
    command = [sys.executable, "-m", module, "--port", "0", *times, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        try:
            assert program.stdout is not None
            yield int(json.loads(program.stdout.readline())["port"])
        finally:
            program.send_signal(signal.SIGTERM)
            assert program.wait(5) == 0


@asynccontextmanager
async def probe_program(
    file: Path,
    epoch: float | None = None,
    speed: float = 1.0,
    *,
    shown: str = CREDENTIAL,
    end: signal.Signals = signal.SIGTERM,
) -> AsyncIterator[int]:
    """`nengshu probe run`, in simulated time where an epoch is given, until it is sent this: its process."""
    times = (
        [] if epoch is None else ["--start", START.isoformat(), "--speed", str(speed), "--epoch", str(epoch)]
    )
    command = [sys.executable, "-m", "edge_probe.cli", "run", str(file), *times]
    probe = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**os.environ, "PROBE": shown})
    try:
        yield probe.pid
    finally:
        probe.send_signal(end)
        ended = await asyncio.wait_for(probe.wait(), ENDS_S)
        assert ended == (0 if end is signal.SIGTERM else -end)


def truth_in(file: Path) -> list[Sample]:
    """What a meter program showed, and when."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [Sample(dt.datetime.fromisoformat(line["moment"]), Decimal(line["counter"])) for line in lines]
