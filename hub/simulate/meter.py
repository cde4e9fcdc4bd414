"""A three-phase meter that is not there: answers Modbus TCP on loopback after a map, and misbehaves when told to.

The first line on standard output is JSON and says where it listens, once it does. It counts the load of a plant
that follows from a seed and the time, in compressed time if wanted; the same start, speed and epoch given to the
probe make both agree on what time it is.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, TextIO

import typer
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge_probe.clock import ScaledClock
from edge_probe.meter_map import MeterMap, load_map
from edge_probe.moments import parse_moment
from graph.errors import StoreError
from graph.model.period import UTC
from hub.simulate._meter_load import PlantLoad
from hub.simulate._meter_registers import extent, show

VOLTAGE = Decimal(230)
TRUTH = "import_energy"
LOOPBACK = "127.0.0.1"
COUNTER_KWH_MAX = 10**12  # no counter has more digits


@dataclass(frozen=True)
class Faults:
    """How it misbehaves. Counts are of requests, from the first on; times are real seconds."""

    late_s: float = 0.0
    silent_after: int | None = None
    busy: bool = False
    garbage: bool = False
    wrong_function: bool = False


@dataclass
class SimulatedMeter:
    """What stands behind the socket: registers shown as of the moment they are asked for."""

    meter_map: MeterMap
    load: PlantLoad
    clock: ScaledClock
    faults: Faults = Faults()
    truth: TextIO | None = None
    asked: int = field(default=0, init=False)

    def values(self, moment: dt.datetime) -> dict[str, Decimal]:
        """What the meter shows at a moment, in the map's units, balanced over three phases."""
        power_w = Decimal(self.load.power_w(moment))
        counter = self.load.counter_kwh(moment)
        current = (power_w / 3 / VOLTAGE).quantize(Decimal("0.001"))
        phases = {
            f"{what}_l{n}": value
            for n in (1, 2, 3)
            for what, value in (("voltage", VOLTAGE), ("current", current))
        }
        energy = {"import_energy": counter, "export_energy": Decimal(0), "total_energy": counter}
        return phases | energy | {"power_total": power_w / 1000}

    async def answer(
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """pymodbus calls this for every request: bring the registers up to date, or say why not."""
        self.asked += 1
        await asyncio.sleep(self.faults.late_s)
        if set_values is not None or not self._speaks(function_code, address, count):
            return ExcCodes.ILLEGAL_FUNCTION
        if self.faults.busy:
            return ExcCodes.DEVICE_BUSY
        now = self.clock.now()
        values = self.values(now)
        show(self.meter_map, values, current_registers, start_address)
        self._tell_truth(now, values[TRUTH])
        return None

    def spoil(self, sending: bool, packet: bytes) -> bytes:
        """pymodbus calls this with every packet: silence and garbage begin here."""
        if not sending:
            return packet
        if self.faults.silent_after is not None and self.asked > self.faults.silent_after:
            return b""
        return random.Random(self.asked).randbytes(len(packet)) if self.faults.garbage else packet  # noqa: S311 - noise

    def _speaks(self, function_code: int, address: int, count: int) -> bool:
        """Whether this firmware has these registers under this function; another one has them under the other."""
        spans = [quantity.span for quantity in self.meter_map.quantities.values()]
        hit = {s.function for s in spans if s.address < address + count and address < s.end}
        return (function_code in hit) is not self.faults.wrong_function

    def _tell_truth(self, moment: dt.datetime, counter: Decimal) -> None:
        if self.truth is not None:
            self.truth.write(json.dumps({"moment": moment.isoformat(), "counter": f"{counter:f}"}) + "\n")
            self.truth.flush()


async def serve(meter: SimulatedMeter, host: str, port: int, device_id: int) -> ModbusTcpServer:
    """Begin to listen. Raises StoreError when the port cannot be had."""
    first, count = extent(meter.meter_map)
    block = SimData(first, values=[0] * count, datatype=DataType.REGISTERS)
    device = SimDevice(id=device_id, simdata=[block], action=meter.answer)
    server = ModbusTcpServer(
        device, address=(host, port), trace_packet=meter.spoil, ignore_missing_devices=True
    )
    try:
        await server.serve_forever(background=True)
    except RuntimeError as fault:
        raise StoreError(f"cannot listen on {host}:{port}") from fault
    return server


def port_of(server: ModbusTcpServer) -> int:
    """The port a listening server was given."""
    if not isinstance(server.transport, asyncio.Server):
        raise StoreError("the meter does not listen")
    return int(server.transport.sockets[0].getsockname()[1])


def meter(
    port: Annotated[
        int, typer.Option(help="0 takes a free one, told in the first line of output.", min=0, max=65_535)
    ] = 0,
    host: Annotated[str, typer.Option(help="Where to listen.")] = LOOPBACK,
    device_id: Annotated[int, typer.Option(help="The meter's address on the line.", min=1, max=247)] = 1,
    map_name: Annotated[
        str, typer.Option("--map", help="A shipped map or a path to a .toml.")
    ] = "eastron_sdm630",
    seed: Annotated[int, typer.Option(help="Another seed is another plant.")] = 1,
    mean_kw: Annotated[int, typer.Option(help="Its usual power.", min=1, max=1_000_000)] = 120,
    initial: Annotated[str, typer.Option(help="What the counter shows at the start, in kWh.")] = "1000",
    speed: Annotated[float, typer.Option(help="Simulated seconds in a real one.")] = 1.0,
    start: Annotated[
        str | None, typer.Option(help="The moment it starts, 2026-11-23T00:00:00+08:00.")
    ] = None,
    epoch: Annotated[float | None, typer.Option(help="Real time of its start, seconds since 1970.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was shown when, as JSON lines.")] = None,
    late: Annotated[float, typer.Option(help="Fault: answer so many seconds late.", min=0)] = 0.0,
    silent_after: Annotated[
        int | None, typer.Option(help="Fault: fall silent after so many requests.", min=0)
    ] = None,
    busy: Annotated[bool, typer.Option(help="Fault: answer that it is busy (exception 6).")] = False,
    garbage: Annotated[bool, typer.Option(help="Fault: answer noise.")] = False,
    wrong_function: Annotated[
        bool, typer.Option(help="Fault: swap functions 3 and 4, as other firmwares do.")
    ] = False,
) -> None:
    """Simulate a three-phase meter over Modbus TCP, until told to stop.

    Example: nengshu simulate meter --map eastron_sdm630 --speed 900 --start 2026-11-23T00:00:00+08:00
    """
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    began = time.time() if epoch is None else epoch
    clock = ScaledClock(parse_moment(start) or _moment(began), speed, began)
    load = PlantLoad(seed, clock.start, mean_kw * 1000, _counter(initial))
    faults = Faults(late, silent_after, busy, garbage, wrong_function)
    opened = truth.open("w", encoding="utf-8") if truth else None
    asyncio.run(
        _until_told(SimulatedMeter(load_map(map_name), load, clock, faults, opened), host, port, device_id)
    )


def _moment(seconds: float) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as fault:
        raise typer.BadParameter(f"{seconds}: expected seconds since 1970") from fault


def _counter(text: str) -> Decimal:
    try:
        shown = Decimal(text)
    except InvalidOperation as fault:
        raise typer.BadParameter(f"{text!r}: expected what a counter shows, such as 1000") from fault
    if not shown.is_finite() or not 0 <= shown < COUNTER_KWH_MAX:
        raise typer.BadParameter(f"{text!r}: expected 0 to below {COUNTER_KWH_MAX:,} kWh")
    return shown


async def _until_told(simulated: SimulatedMeter, host: str, port: int, device_id: int) -> None:
    stop = asyncio.Event()
    with suppress(NotImplementedError):  # Windows: Ctrl-C still raises KeyboardInterrupt
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await serve(simulated, host, port, device_id)
    where = {"host": host, "port": port_of(server), "deviceId": device_id, "map": simulated.meter_map.name}
    times = {
        "start": simulated.clock.start.isoformat(),
        "speed": simulated.clock.speed,
        "epoch": simulated.clock.epoch,
    }
    typer.echo(json.dumps(where | times))
    await stop.wait()
    server.close()


app = typer.Typer(name="meter", add_completion=False, rich_markup_mode=None)
app.command()(meter)

if __name__ == "__main__":
    app(prog_name="nengshu simulate meter")
