"""Simulated meters for tests: within the test's own loop, or as the separate program they are."""

from __future__ import annotations

import datetime as dt
import json
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

ROOT = Path(edge_probe.__file__).parents[1]
START = beijing("10:00")
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


def truth_in(file: Path) -> list[Sample]:
    """What a meter program showed, and when."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return [Sample(dt.datetime.fromisoformat(line["moment"]), Decimal(line["counter"])) for line in lines]
