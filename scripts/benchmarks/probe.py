"""A probe: the points of one meter in few reads, fifty meters at once on one core, a month that waits, and its memory.

One meter. Two hundred counters stand in every second pair of registers, so that a read has to reach across what nobody
wants. The same protocol reads them as the plan has it and one by one, over one connection each, in turn; both must
read the same. What a request costs here is mostly Python at both ends: a serial line gains more.

Fifty meters. Each has a connection, a watch and forty counters, over one spool on the disk. A cycle looks at all at once,
from the first request to the last transaction on the disk; sixteen of them, a minute of the probe's time apart, cross a
quarter-hour's boundary, where all 2 000 readings are made. The probe is kept on one core, the meters, processes of their
own, on the others. Then the whole program reads them, with a page and a hub: the memory it held at most.

A month that waits. What 500 points told in 30 days goes from a spool to a fresh hub, until the cursor stands behind the last
reading; the probe's delivery and `nengshu serve` are processes of their own on all cores. Some days of it go the plain way.

`--quick` hands over a day and does not run the whole program: it shows that the parts run, not how fast.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

from edge_probe.config import Device, Point
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.plan import Span
from edge_probe.ports import Answers, Meter
from edge_probe.protocols.modbus_tcp import PROTOCOL
from edge_probe.readings import Event
from edge_probe.registers import Form, Order
from edge_probe.spool import Spool
from edge_probe.watch import Shared, Watch
from graph.errors import StoreError
from graph.model.period import UTC
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._probe_running import running_figures
from scripts.benchmarks._probe_upload import upload_figures

ROOT = Path(__file__).resolve().parents[2]
UNIT = "91990101MA0000000U"
POINTS_OF_ONE, METERS, POINTS = 200, 50, 40
STRIDE = 4  # a float32 takes two registers: as many lie between two counters
ROUNDS, CYCLES = 60, 16
BEGAN = dt.datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)
PATIENCE_S = 10.0  # other work on the machine may delay an answer, which is no silence
MINUTE = dt.timedelta(minutes=1)


@dataclass
class _HandClock:
    moment: dt.datetime = BEGAN

    def now(self) -> dt.datetime:
        """As late as it was set."""
        return self.moment

    def seconds_until(self, _moment: dt.datetime) -> float:
        """Nobody waits for it."""
        return 0.0


def figures(*, quick: bool = False) -> Iterable[Figure]:
    """Requests and times of one meter; the cycles of fifty, and their memory; the rate of what waits."""
    logging.getLogger("pymodbus").setLevel(
        logging.CRITICAL
    )  # a fault is an event, and an event no measurement
    with _meters(1, POINTS_OF_ONE * STRIDE) as (port,):
        yield from asyncio.run(_one_meter(port))
    with (
        _meters(METERS, POINTS * STRIDE) as ports,
        tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder,
        _one_core(),
    ):
        yield from asyncio.run(_fifty_meters(ports, Path(folder) / "spool.sqlite"))
    if quick:
        yield from upload_figures(days=1, plain_days=1)
        return
    with _meters(METERS, POINTS * STRIDE) as ports:
        yield from running_figures(ports, POINTS, STRIDE)
    yield from upload_figures()


async def _one_meter(port: int) -> list[Figure]:
    planned = _device(0, port, POINTS_OF_ONE)
    alone = planned.map.limited(Form.FLOAT32.registers, gap_max=0)
    few, many = PROTOCOL.reach(planned, planned.map), PROTOCOL.reach(planned, alone)
    try:
        for meter in (few, many):
            if await meter.read() != _truth(0, POINTS_OF_ONE):
                raise StoreError("the meter was not read as it is, so the times say nothing")
        times = [(await _seconds(few), await _seconds(many)) for _ in range(ROUNDS)]
    finally:
        await few.close()
        await many.close()
    few_s, many_s = median(pair[0] for pair in times), median(pair[1] for pair in times)
    reads = len(planned.map.reads(planned.map.quantities.values()))
    return [
        Figure("one meter, 200 points: requests of a pass", reads, "requests", 8, Wanted.AT_MOST),
        Figure("one meter, 200 points: a pass", few_s * 1000, "ms"),
        Figure("one meter, 200 points: one by one", many_s * 1000, "ms"),
        Figure(
            "one meter, 200 points: times faster than one by one", median(b / a for a, b in times), "x", 15
        ),
    ]


async def _fifty_meters(ports: list[int], file: Path) -> list[Figure]:
    spool, clock, told = Spool(file), _HandClock(), list[Event]()
    spool.add_uplinks(["bench"])
    devices = [_device(number, port, POINTS) for number, port in enumerate(ports)]
    shared = Shared(UNIT, clock, spool, MINUTE / 2, told.append)
    watches = [Watch(device, PROTOCOL.reach(device, device.map), shared) for device in devices]
    cycles_s = []
    for _ in range(CYCLES + 1):
        began = perf_counter()
        async with asyncio.TaskGroup() as group:
            for watch in watches:
                group.create_task(watch.look())
        cycles_s.append(perf_counter() - began)
        clock.moment += MINUTE
    for watch in watches:
        await watch.close()
    kept = sum(len(spool.between(code, BEGAN - MINUTE * 60, clock.moment)) for code in _codes(devices))
    spool.close()
    if told or kept != METERS * POINTS:
        raise StoreError(f"expected {METERS * POINTS} readings and no event, came {kept} and {told[:1]}")
    name = f"{METERS} meters of {POINTS} points"
    return [
        Figure(f"{name}: the first cycle, which connects", cycles_s[0], "s"),
        Figure(f"{name}: a cycle, median", median(cycles_s[1:]), "s"),
        Figure(f"{name}: the longest cycle", max(cycles_s), "s", 2, Wanted.AT_MOST),
    ]


def _device(number: int, port: int, points: int) -> Device:
    names = [f"counter_{place}" for place in range(points)]
    meter_map = MeterMap(
        "bench", "invented", "invented", 125, 125, {n: _quantity(i, n) for i, n in enumerate(names)}
    )
    counted = tuple(
        Point(f"meter {number}", name, f"{number:02d}{place // 100:02d}{place % 100:04d}02330011", Decimal(1))
        for place, name in enumerate(names)
    )
    return Device(f"meter {number}", "modbus_tcp", "127.0.0.1", port, 1, meter_map, PATIENCE_S, counted)


def _quantity(place: int, name: str) -> Quantity:
    span = Span(3, place * STRIDE, Form.FLOAT32.registers)
    return Quantity(name, span, Form.FLOAT32, Order.ABCD, Decimal(1), "kWh", counter=True)


def _truth(number: int, points: int) -> Answers:
    """What the meters of `_probe_meters` show."""
    return {
        f"counter_{place}": Decimal(number * 1000 + place * STRIDE // 2) + Decimal("0.5")
        for place in range(points)
    }


def _codes(devices: Iterable[Device]) -> list[str]:
    return [point.data_code for device in devices for point in device.points]


async def _seconds(meter: Meter) -> float:
    began = perf_counter()
    await meter.read()
    return perf_counter() - began


@contextmanager
def _meters(count: int, registers: int) -> Iterator[list[int]]:
    """The ports of meters in a process of their own."""
    command = [sys.executable, "-m", "scripts.benchmarks._probe_meters", str(count), str(registers)]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as program:
        try:
            _keep_off(program.pid)
            if program.stdout is None or not (line := program.stdout.readline()):
                raise StoreError("the meters did not begin to listen")
            yield json.loads(line)
        finally:
            program.communicate()


def _keep_off(process: int) -> None:
    """Leaves the probe's core to the probe."""
    if hasattr(os, "sched_setaffinity") and len(cores := os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(process, cores - {min(cores)})


@contextmanager
def _one_core() -> Iterator[None]:
    """Keeps this process on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
