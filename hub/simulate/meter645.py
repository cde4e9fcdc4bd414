"""A meter of DL/T 645-2007 that is not there: answers real frames on loopback as behind a gateway, and can be broken.

The first line on standard output is JSON and says where it listens, once it does. It counts the same load as the simulated
meter of registers (hub/simulate/meter.py), and misbehaves when told to.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

import typer

from edge_probe.dlt645 import (
    ANSWER,
    IDENTIFIER_OCTETS,
    MORE,
    REFUSED,
    WAKE_UP,
    Asked,
    Frame,
    MeterAddress,
    bcd_octets,
    first_frame,
)
from edge_probe.map_entries import Identified
from edge_probe.meter_map import load_map
from graph.errors import InvalidInput, StoreError
from hub.simulate import _meter_options as options
from hub.simulate._meter_load import PlantLoad
from hub.simulate._running import clock_told, told_to_stop
from hub.simulate._server_faults import ServerFaults
from hub.simulate.meter import LOOPBACK, SimulatedMeter

PART_OCTETS = 196  # of a block in one frame, behind its identifier: 5.2.4's two hundred
# Error words; the standard has none for busy, so that such a meter says "other" (assumed).
NO_DATA, OTHER = 0x02, 0x01


@dataclass(frozen=True)
class Faults645(ServerFaults):
    """`foreign` answers in another meter's name, `half` leaves the end of a frame out, `wrong` spoils its checksum."""

    noise: bytes = b""
    wrong_part: bool = False


@dataclass
class Meter645:
    """What stands behind the socket: asked octet by octet, it answers when a whole frame of its own has come."""

    address: MeterAddress
    shows: SimulatedMeter
    faults: Faults645 = Faults645()
    part_octets: int = PART_OCTETS
    asked: int = field(default=0, init=False)

    def answer(self, frame: Frame) -> bytes:
        """What goes over the line in return: nothing where another meter was asked."""
        if frame.control not in tuple(Asked) or not MeterAddress.of(frame.address).covers(
            self.address.octets
        ):
            return b""
        self.asked += 1
        if self.faults.silent:
            return b""
        octets = self._frame(frame).octets
        if self.faults.wrong:
            octets = octets[:-2] + bytes([octets[-2] ^ 0xFF]) + octets[-1:]
        return self.faults.noise + WAKE_UP + (octets[: len(octets) // 2] if self.faults.half else octets)

    def _frame(self, frame: Frame) -> Frame:
        mine = MeterAddress("000000000099").octets if self.faults.foreign else self.address.octets
        control, identifier = frame.control | ANSWER, frame.data[:IDENTIFIER_OCTETS]
        data = self._data(identifier[::-1].hex().upper())
        if self.faults.busy or not data:
            return Frame(mine, control | REFUSED, bytes([OTHER if self.faults.busy else NO_DATA]))
        number = frame.data[IDENTIFIER_OCTETS] if frame.control == Asked.READ_ON else 0
        begin = number * self.part_octets
        more = MORE if len(data) > begin + self.part_octets else 0
        told = bytes([number + self.faults.wrong_part]) if frame.control == Asked.READ_ON else b""
        return Frame(mine, control | more, identifier + data[begin : begin + self.part_octets] + told)

    def _data(self, identifier: str) -> bytes:
        """Everything of the map that stands under an identifier, in its place; nothing for one it does not have."""
        values, data = self.shows.values(self.shows.clock.now()), bytearray()
        for entry in self.shows.meter_map.identified.values():
            if entry.identifier == identifier:
                data.extend(b"\x00" * (entry.at + entry.octets - len(data)))
                data[entry.at : entry.at + entry.octets] = _figure(entry, values)
        return bytes(data)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the other end closes it."""
        waiting = b""
        try:
            while octets := await reader.read(4096):
                frame, waiting = first_frame(waiting + octets)
                if frame is not None and (said := self.answer(frame)):
                    await asyncio.sleep(self.faults.late_s)
                    writer.write(said)
        except ConnectionError:
            pass
        finally:
            writer.close()


def _figure(entry: Identified, values: Mapping[str, Decimal]) -> bytes:
    value = values[entry.name].quantize(Decimal(1).scaleb(-entry.decimals))
    return bcd_octets(value, entry.octets, entry.decimals, signed=entry.signed)


def meter645(
    port: options.Port = 0,
    address: Annotated[str, typer.Option(help="Its twelve digits.")] = "123456789012",
    map_name: options.MapName = "dlt645_2007",
    seed: options.Seed = 1,
    mean_kw: Annotated[
        int, typer.Option(help="Its usual power; the standard's figure ends at 79.9999 kW.", min=1, max=30)
    ] = 20,
    speed: options.Speed = 1.0,
    start: options.Start = None,
    epoch: options.Epoch = None,
    late: options.Late = 0.0,
    silent: options.Silent = False,
    wrong_checksum: Annotated[bool, typer.Option(help="Fault: answer with a wrong checksum.")] = False,
    half: Annotated[bool, typer.Option(help="Fault: break off in the middle of a frame.")] = False,
    busy: Annotated[bool, typer.Option(help="Fault: answer with the error word 01H.")] = False,
    foreign: Annotated[bool, typer.Option(help="Fault: answer in another meter's name.")] = False,
) -> None:
    """Simulate a meter of DL/T 645-2007 behind a TCP gateway, until told to stop.

    Example: nengshu simulate meter645 --address 123456789012 --port 4001
    """
    clock = clock_told(start, speed, epoch)
    shows = SimulatedMeter(load_map(map_name), PlantLoad(seed, clock.start, mean_kw * 1000), clock)
    faults = Faults645(late, silent, wrong_checksum, half, busy, foreign)
    try:
        meter = Meter645(MeterAddress.parse(address), shows, faults)
    except InvalidInput as fault:
        raise typer.BadParameter(str(fault)) from fault
    asyncio.run(_until_told(meter, port))


async def _until_told(meter: Meter645, port: int) -> None:
    stop = told_to_stop()
    try:
        server = await asyncio.start_server(meter.talk, LOOPBACK, port)
    except OSError as fault:
        raise StoreError(f"cannot listen on {LOOPBACK}:{port}") from fault
    listening = server.sockets[0].getsockname()[1]
    where = {"host": LOOPBACK, "port": listening, "address": meter.address.text}
    typer.echo(json.dumps(where | {"map": meter.shows.meter_map.name}))
    await stop.wait()
    server.close()


app = typer.Typer(name="meter645", add_completion=False, rich_markup_mode=None)
app.command()(meter645)

if __name__ == "__main__":
    app(prog_name="nengshu simulate meter645")
