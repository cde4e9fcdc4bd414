"""A line that was silent is doubted: nothing late is taken for the next answer, and a dead unit holds up nobody."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import ModbusPDU

from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.modbus_line import Ears, client_settings
from edge_probe.modbus_meter import modbus_protocol
from edge_probe.plan import Span
from edge_probe.ports import Fault, Meter, RegistersRefused
from edge_probe.protocols import modbus_tcp
from edge_probe.reaching import Reach
from hub.simulate._meter_registers import registers_of
from hub.simulate.meter import Faults
from tests.certificates import certificate_of_127
from tests.edge_probe.fakes import device
from tests.edge_probe.modbus_stages import reached, staged
from tests.edge_probe.simulation import simulated

pytestmark = pytest.mark.anyio

TIMEOUT_S = 0.2


def answer_of(unit: int, counter: int) -> bytes:
    """The frame in which a unit shows its counter."""
    quantity = device().map.quantities["import_energy"]
    words = b"".join(word.to_bytes(2, "big") for word in registers_of(quantity, Decimal(counter)))
    frame = bytes([unit, 4, len(words)]) + words
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


class SerialServer:
    """Passes RTU frames of a bus to whoever is connected last, as they come; the first answers come late."""

    def __init__(self, *late_s: float) -> None:
        self.late_s, self.asked, self.connections = list(late_s), 0, 0
        self.latest: asyncio.StreamWriter | None = None
        self.talks: set[asyncio.Task[None]] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections, self.latest = self.connections + 1, writer
        while request := await reader.read(8):
            self.asked += 1
            late_s = self.late_s.pop(0) if self.late_s else 0.0
            self.talks.add(asyncio.create_task(self._answer(request[0], 100 * self.asked, late_s)))
        writer.close()

    async def _answer(self, unit: int, counter: int, late_s: float) -> None:
        await asyncio.sleep(late_s)
        if self.latest is not None and not self.latest.is_closing():
            self.latest.write(answer_of(unit, counter))


@asynccontextmanager
async def met(server: SerialServer, folder: Path) -> AsyncIterator[Meter]:
    """A meter behind the serial server."""
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    found = reached("modbus_rtu_tcp", listening.sockets[0].getsockname()[1], "", folder, TIMEOUT_S)
    meter = wiring.protocols()["modbus_rtu_tcp"].reach(found, found.map)
    yield meter
    await meter.close()
    await asyncio.gather(*server.talks)
    listening.close()


async def counter_of(meter: Meter) -> Decimal | Fault:
    return (await meter.read())["import_energy"]


async def test_a_frame_that_comes_late_on_the_new_connection_is_dropped(tmp_path: Path) -> None:
    server = SerialServer(1.5 * TIMEOUT_S, 0.75 * TIMEOUT_S)
    async with met(server, tmp_path) as meter:
        assert isinstance(await counter_of(meter), Fault)
        assert [await counter_of(meter) for _ in range(3)] == [200, 300, 400]
    assert server.connections == 2


async def read_apart(meters: list[Meter]) -> tuple[list[Decimal | Fault], list[float]]:
    """What each says when all are asked at once, and how long each took."""
    took: dict[int, float] = {}

    async def read(number: int) -> Decimal | Fault:
        began = time.monotonic()
        answer = await counter_of(meters[number])
        took[number] = time.monotonic() - began
        return answer

    answers = await asyncio.gather(*(read(number) for number in range(len(meters))))
    return answers, [took[number] for number in range(len(meters))]


@pytest.mark.parametrize("protocol", ["modbus_rtu", "modbus_rtu_tcp", "modbus_tcp"])
async def test_five_dead_units_on_a_line_hold_up_a_living_one_by_one_turn_at_most(
    tmp_path: Path, protocol: str
) -> None:
    dead = range(2, 7)
    simulation = simulated(faults=Faults(dead_units=frozenset(dead)))
    async with staged(protocol, simulation, tmp_path, timeout_s=TIMEOUT_S, units=6) as device_of:
        reach = wiring.protocols()[protocol].begun().reach
        found: list[Device] = [device_of(unit) for unit in (*dead, 1)]
        meters = [reach(each, each.map) for each in found]
        await read_apart(meters)
        answers, took = await read_apart(meters)
        for meter in meters:
            await meter.close()
    assert [isinstance(answer, Decimal) for answer in answers] == [False] * 5 + [True]
    assert took[5] < 3 * TIMEOUT_S  # one turn: quiet after the doubt, one timeout; five would be ten


async def test_one_who_gives_up_in_the_middle_leaves_a_line_on_which_the_next_is_answered(
    tmp_path: Path,
) -> None:
    server = SerialServer(0.75 * TIMEOUT_S)
    async with met(server, tmp_path) as meter:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(TIMEOUT_S / 2):
                await meter.read()
        assert await counter_of(meter) == 200
    assert server.connections == 2


@pytest.mark.parametrize("protocol", ["modbus_rtu", "modbus_rtu_tcp"])
async def test_a_refusal_is_an_answer_after_which_the_line_is_asked_on_at_once(
    tmp_path: Path, protocol: str
) -> None:
    async with staged(protocol, simulated(faults=Faults(exception=2)), tmp_path, timeout_s=2.0) as device_of:
        found, way = device_of(1), wiring.protocols()[protocol].registers
        assert way is not None
        line, began = way(found, found.map), time.monotonic()
        for _ in range(3):
            with pytest.raises(RegistersRefused):
                await line.registers(Span(4, 0x48, 2))
        assert time.monotonic() - began < found.timeout_s
        await line.close()


class GivingUp(AsyncModbusTcpClient):
    """Gives a question up at the very moment at which its answer is there."""

    async def execute(self, no_response_expected: bool, request: ModbusPDU) -> ModbusPDU:
        await super().execute(no_response_expected, request)
        raise ModbusIOException("no response received")


async def test_an_answer_that_comes_as_its_question_is_given_up_is_late_and_no_nonsense(
    tmp_path: Path,
) -> None:
    async with staged("modbus_tcp", simulated(), tmp_path, timeout_s=1.0) as device_of:

        def client(found: Device, ears: Ears) -> GivingUp:
            return GivingUp(found.host, port=found.port, **client_settings(found, ears))

        found = device_of(1)
        speech = dataclasses.replace(modbus_tcp.SPEECH, client=client)
        meter = modbus_protocol("modbus_tcp", speech, Reach()).reach(found, found.map)
        answer = (await meter.read())["import_energy"]
        await meter.close()
    assert isinstance(answer, Fault)
    assert (answer.kind, "its answer came later than 1.0 s" in answer.detail) == ("silent", True)


def in_pieces(protocol: str, request: bytes) -> bytes:
    """The answer that shows 500, framed as the protocol has it."""
    frame = answer_of(1, 500)
    return frame if protocol == "modbus_rtu_tcp" else request[:4] + b"\0\7" + frame[:-2]


@pytest.mark.parametrize("protocol", ["modbus_tcp", "modbus_rtu_tcp", "modbus_tls"])
async def test_an_answer_that_comes_in_pieces_is_read_whole(tmp_path: Path, protocol: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(12)
        for octet in in_pieces(protocol, request):
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(0.005)  # a slow line
        await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    ended, context = asyncio.Event(), None
    if protocol == "modbus_tls":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_of_127(tmp_path))
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    found = reached(protocol, server.sockets[0].getsockname()[1], "", tmp_path, 1.0)
    meter = wiring.protocols()[protocol].reach(found, found.map)
    assert await counter_of(meter) == 500
    await meter.close()
    await ended.wait()
    server.close()
