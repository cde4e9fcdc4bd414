"""A three-phase meter that is not there: answers Modbus on loopback after a map, and misbehaves when told to.

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
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, TextIO

import typer
from pymodbus.constants import ExcCodes
from pymodbus.simulator import DataType, SimData, SimDevice

from edge_probe.clock import ScaledClock
from edge_probe.meter_map import MeterMap, load_map, map_names
from edge_probe.plan import REGISTERS_MAX, Span
from edge_probe.ports import Clock
from edge_probe.registers import Order
from graph.errors import StoreError
from hub.simulate import _meter_options as options
from hub.simulate._meter_limits import (
    NO_LIMITS,
    FewConnections,
    Limits,
    Rest,
    limits_of,
)
from hub.simulate._meter_lines import SerialPair, Server, Speak, port_of, server_of
from hub.simulate._meter_load import PlantLoad
from hub.simulate._meter_octets import Octets, spoilt, unit_of
from hub.simulate._meter_registers import extent, show
from hub.simulate._running import clock_told, told_to_stop

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
    exception: int | None = None
    octets: Octets = Octets.SOUND
    dead_units: frozenset[int] = frozenset()


@dataclass
class SimulatedMeter:
    """What stands behind the socket: registers shown as of the moment they are asked for."""

    meter_map: MeterMap
    load: PlantLoad
    clock: Clock
    faults: Faults = Faults()
    truth: TextIO | None = None
    speak: Speak = Speak.TCP
    limits: Limits = NO_LIMITS
    asked: int = field(default=0, init=False)
    unanswered: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.rest = Rest(self.limits.pause_s)

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
        refusal = self.limits.refuses(Span(function_code, address, count))
        self.unanswered = self.rest.too_soon() or (refusal is not None and self.limits.silent)
        await asyncio.sleep(self.faults.late_s)
        if set_values is not None or not self._speaks(function_code, address, count):
            return ExcCodes.ILLEGAL_FUNCTION
        if self.faults.busy or self.faults.exception:
            return ExcCodes(self.faults.exception or ExcCodes.DEVICE_BUSY)
        if refusal:
            return refusal
        now = self.clock.now()
        values = self.values(now)
        show(self.meter_map, values, current_registers, start_address)
        self._tell_truth(now, values[TRUTH])
        return None

    def spoil(self, sending: bool, packet: bytes) -> bytes:
        """pymodbus calls this with every packet: silence and garbage begin here."""
        if not sending:
            return packet
        if self.unanswered or (
            self.faults.silent_after is not None and self.asked > self.faults.silent_after
        ):
            return b""
        if unit_of(packet, rtu=self.speak.is_rtu) in self.faults.dead_units:
            return b""
        self.rest.answered()
        if self.faults.garbage:
            return random.Random(self.asked).randbytes(len(packet))  # noqa: S311 - noise
        return spoilt(packet, self.faults.octets, rtu=self.speak.is_rtu)

    def _speaks(self, function_code: int, address: int, count: int) -> bool:
        """Whether this firmware has these registers under this function; another one has them under the other.

        Registers between those of the map show 0.
        """
        spans = [quantity.span for quantity in self.meter_map.quantities.values()]
        hit = {s.function for s in spans if s.address < address + count and address < s.end}
        hit = hit or {span.function for span in spans}
        return (function_code in hit) is not self.faults.wrong_function

    def _tell_truth(self, moment: dt.datetime, counter: Decimal) -> None:
        if self.truth is not None:
            self.truth.write(json.dumps({"moment": moment.isoformat(), "counter": f"{counter:f}"}) + "\n")
            self.truth.flush()


async def serve(
    meter: SimulatedMeter,
    host: str,
    port: int,
    device_id: int,
    *,
    units: int = 1,
    line: str = "",
    tls: Path | None = None,
) -> Server:
    """Begin to listen, as so many units from `device_id` on. Raises StoreError when the port cannot be had."""
    first, count = extent(meter.meter_map)
    block = SimData(first, values=[0] * count, datatype=DataType.REGISTERS)
    devices = [
        SimDevice(id=unit, simdata=[block], action=meter.answer)
        for unit in range(device_id, device_id + units)
    ]
    server = server_of(meter.speak, devices, meter.spoil, host, port, line=line, tls=tls)
    if isinstance(server, FewConnections):
        server.connections_max = meter.limits.connections
    try:
        await server.serve_forever(background=True)
    except RuntimeError as fault:
        raise StoreError(f"cannot listen on {line or f'{host}:{port}'}") from fault
    return server


def meter(
    port: options.Port = 0,
    host: Annotated[str, typer.Option(help="Where to listen.")] = LOOPBACK,
    device_id: Annotated[int, typer.Option(help="The meter's address on the line.", min=1, max=247)] = 1,
    map_name: options.MapName = "eastron_sdm630",
    seed: options.Seed = 1,
    mean_kw: options.MeanKw = 120,
    initial: options.Initial = "1000",
    speed: options.Speed = 1.0,
    start: options.Start = None,
    epoch: options.Epoch = None,
    truth: options.Truth = None,
    late: options.Late = 0.0,
    silent_after: options.SilentAfter = None,
    busy: options.Busy = False,
    garbage: Annotated[bool, typer.Option(help="Fault: answer noise.")] = False,
    wrong_function: options.WrongFunction = False,
    exception: options.Exceptional = None,
    octets: options.SpoiltOctets = Octets.SOUND,
    dead_unit: options.DeadUnits = None,
    speak: options.Spoken = Speak.TCP,
    units: options.Units = 1,
    tls_file: options.TlsFile = None,
    longest: options.Longest = REGISTERS_MAX,
    illegal: options.Illegal = None,
    refuse_in_silence: options.InSilence = False,
    pause: options.PauseSeconds = 0.0,
    connections: options.Connections = None,
    order: options.KeptOrder = None,
) -> None:
    """Simulate a three-phase meter over Modbus TCP, RTU, RTU over TCP or TLS, until told to stop.

    Example: nengshu simulate meter --map eastron_sdm630 --speed 900 --start 2026-11-23T00:00:00+08:00
    """
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    clock = clock_told(start, speed, epoch)
    load = PlantLoad(seed, clock.start, mean_kw * 1000, _counter(initial))
    dead = frozenset(dead_unit or ())
    faults = Faults(late, silent_after, busy, garbage, wrong_function, exception, octets, dead)
    opened = truth.open("w", encoding="utf-8") if truth else None
    limits = limits_of(longest, illegal, pause, connections, refuse_in_silence)
    simulated = SimulatedMeter(_registers(map_name, order), load, clock, faults, opened, speak, limits)
    asyncio.run(_until_told(simulated, clock, host, port, device_id, min(units, 248 - device_id), tls_file))


def _registers(name: str, order: Order | None) -> MeterMap:
    found = load_map(name).limited(order=order)
    if not found.quantities:
        expected = ", ".join(each for each in map_names() if load_map(each).quantities)
        raise typer.BadParameter(f"{name} has no registers; expected one of {expected}, or a path to a .toml")
    return found


def _counter(text: str) -> Decimal:
    try:
        shown = Decimal(text)
    except InvalidOperation as fault:
        raise typer.BadParameter(f"{text!r}: expected what a counter shows, such as 1000") from fault
    if not shown.is_finite() or not 0 <= shown < COUNTER_KWH_MAX:
        raise typer.BadParameter(f"{text!r}: expected 0 to below {COUNTER_KWH_MAX:,} kWh")
    return shown


async def _until_told(
    simulated: SimulatedMeter,
    clock: ScaledClock,
    host: str,
    port: int,
    device_id: int,
    units: int,
    tls: Path | None,
) -> None:
    stop = told_to_stop()
    pair = SerialPair() if simulated.speak is Speak.RTU else None
    near, far = (pair.near, pair.far) if pair else ("", "")
    server = await serve(simulated, host, port, device_id, units=units, line=near, tls=tls)
    where = {"host": host, "port": port_of(server), "deviceId": device_id, "map": simulated.meter_map.name}
    where |= {"serialPort": far} if pair else {}
    times = {
        "start": clock.start.isoformat(),
        "speed": clock.speed,
        "epoch": clock.epoch,
    }
    typer.echo(json.dumps(where | times))
    await stop.wait()
    server.close()
    if pair:
        pair.close()


app = typer.Typer(name="meter", add_completion=False, rich_markup_mode=None)
app.command()(meter)

if __name__ == "__main__":
    app(prog_name="nengshu simulate meter")
