"""Simulated meters of DL/T 645-2007 for tests: behind a socket, and at the far end of a serial port."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from decimal import Decimal

from edge_probe import wiring
from edge_probe.clock import ScaledClock
from edge_probe.config import Device, Point
from edge_probe.dlt645 import MeterAddress, first_frame
from edge_probe.meter_map import MeterMap, load_map
from edge_probe.ports import Answers, Meter
from edge_probe.reaching import SerialLine
from hub.simulate._meter_load import PlantLoad
from hub.simulate.meter import SimulatedMeter
from hub.simulate.meter645 import PART_OCTETS, Faults645, Meter645
from tests.edge_probe.fakes import ELECTRICITY
from tests.edge_probe.simulation import START

ADDRESS = "123456789012"


def meter645(
    faults: Faults645 | None = None,
    address: str = ADDRESS,
    part_octets: int = PART_OCTETS,
    meter_map: MeterMap | None = None,
) -> Meter645:
    """A meter whose simulated time runs as the wall's."""
    clock = ScaledClock(START, 1.0, time.time())
    shows = SimulatedMeter(
        meter_map or load_map("dlt645_2007"), PlantLoad(7, START, 20_000), clock
    )  # 79 kW is the most it shows
    return Meter645(MeterAddress(address), shows, faults or Faults645(), part_octets)


def device645(
    port: int, address: str = ADDRESS, timeout_s: float = 0.2, names: tuple[str, ...] = ()
) -> Device:
    """A meter behind a gateway on loopback, with one counter or these quantities."""
    points = tuple(Point("main", name, ELECTRICITY, Decimal(1)) for name in names or ("import_energy",))
    way = {"address": address}
    found = load_map("dlt645_2007")
    return Device("main", "dlt645_tcp", "127.0.0.1", port, 1, found, timeout_s, points, settings=way)


def at_serial(path: str) -> Device:
    """The same meter at a serial port."""
    line = SerialLine(9600, "none")  # a pseudo-terminal has no parity
    return dataclasses.replace(device645(0), protocol="dlt645_serial", host=path, port=0, serial=line)


@asynccontextmanager
async def answering(
    answers: Callable[[bytes], Awaitable[bytes]], *, hangs_up: bool = False
) -> AsyncIterator[int]:
    """The port of a gateway that says what a function makes of octets as they come; at the end every call has ended."""
    calls: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        calls.append(task)
        with suppress(ConnectionError):
            while octets := await reader.read(4096):
                writer.write(await answers(octets))
                if hangs_up:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        async with asyncio.timeout(2):
            await asyncio.gather(*calls)


@asynccontextmanager
async def gateway(*meters: Meter645) -> AsyncIterator[int]:
    """The port of a gateway on whose line these meters hang; all of them hear every frame."""
    waiting = b""

    async def answers(octets: bytes) -> bytes:
        nonlocal waiting
        frame, waiting = first_frame(waiting + octets)
        said = b""
        for meter in meters:
            if frame is not None and (own := meter.answer(frame)):
                await asyncio.sleep(meter.faults.late_s)
                said += own
        return said

    async with answering(answers) as port:
        yield port


@contextmanager
def serial_port(meter: Meter645) -> Iterator[str]:
    """The path of a serial port (a pseudo-terminal) at whose far end the meter answers."""
    loop, (far, near) = asyncio.get_running_loop(), os.openpty()
    waiting = b""

    def hear() -> None:
        nonlocal waiting
        frame, waiting = first_frame(waiting + os.read(far, 4096))
        if frame is not None:
            loop.call_later(meter.faults.late_s, os.write, far, meter.answer(frame))

    loop.add_reader(far, hear)
    try:
        yield os.ttyname(near)
    finally:
        loop.remove_reader(far)
        os.close(far)
        os.close(near)


def reached(device: Device) -> Meter:
    """The meter, as its protocol reaches it."""
    return wiring.protocols()[device.protocol].reach(device, device.map)


async def read_once(device: Device) -> Answers:
    """One look at it."""
    meter = reached(device)
    try:
        return await meter.read()
    finally:
        await meter.close()
