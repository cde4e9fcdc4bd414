"""Modbus TCP against simulated meters on real sockets: values are exact, and every misbehaviour is told apart."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from decimal import Decimal

import pytest

from edge_probe.config import Device, Point
from edge_probe.meter_map import load_map, map_names
from edge_probe.ports import Answers, Fault
from edge_probe.protocols.modbus_tcp import PROTOCOL
from hub.simulate._meter_limits import Limits, Rest
from hub.simulate.meter import Faults
from tests.edge_probe.fakes import ELECTRICITY, device
from tests.edge_probe.simulation import START, listening, simulated

pytestmark = pytest.mark.anyio


def all_quantities(found: Device) -> Device:
    """The device with every quantity of its map asked for."""
    names = found.map.quantities
    return dataclasses.replace(found, points=tuple(Point("main", n, ELECTRICITY, Decimal(1)) for n in names))


async def read_with(faults: Faults, timeout_s: float = 0.2) -> Answers:
    async with listening(simulated(faults=faults)) as port:
        asked = device(port, timeout_s=timeout_s)
        meter = PROTOCOL.reach(asked, asked.map)
        answers = await meter.read()
        await meter.close()
        return answers


@pytest.mark.parametrize("map_name", [name for name in map_names() if load_map(name).quantities])
async def test_every_quantity_of_every_map_is_read_as_the_meter_shows_it(map_name: str) -> None:
    simulation = simulated(map_name)
    async with listening(simulation) as port:
        asked = all_quantities(device(port, map_name=map_name))
        meter = PROTOCOL.reach(asked, asked.map)
        answers = await meter.read()
        await meter.close()
    shown = simulation.values(START)
    assert answers.keys() == asked.map.quantities.keys()
    assert answers["import_energy"] in (shown["import_energy"], shown["import_energy"] + Decimal("0.01"))
    others = answers.keys() - {"import_energy", "total_energy"}
    assert all(isinstance(answers[name], Decimal) for name in others)
    assert {name: answers[name] for name in others} == {name: shown[name] for name in others}


async def test_a_pass_over_a_meter_is_a_few_reads() -> None:
    simulation = simulated()
    async with listening(simulation) as port:
        asked = all_quantities(device(port))
        meter = PROTOCOL.reach(asked, asked.map)
        await meter.read()
        await meter.close()
    assert simulation.asked == 2


@pytest.mark.parametrize(
    ("faults", "kind", "told"),
    [
        (Faults(late_s=0.5), "silent", "No response"),
        (Faults(silent_after=0), "silent", "No response"),
        (Faults(busy=True), "refused", "exception 6 (DEVICE_BUSY)"),
        (Faults(wrong_function=True), "refused", "exception 1 (ILLEGAL_FUNCTION)"),
        (Faults(garbage=True), "malformed", "came no frame of Modbus TCP: 13 bytes"),
    ],
)
async def test_each_misbehaviour_is_a_fault_that_says_what_came(faults: Faults, kind: str, told: str) -> None:
    answer = (await read_with(faults))["import_energy"]
    assert isinstance(answer, Fault)
    assert answer.kind == kind
    assert told in answer.detail
    assert "2 registers from 0x0048 with function 4" in answer.detail


async def test_a_meter_that_needs_a_pause_gets_it() -> None:
    simulation = simulated()
    simulation.limits = Limits(pause_s=0.03)
    simulation.rest = Rest(0.03)
    async with listening(simulation) as port:
        hasty = all_quantities(device(port, timeout_s=0.2))
        patient = dataclasses.replace(hasty, pause_s=0.04)
        for asked, answered in ((hasty, False), (patient, True)):
            meter = PROTOCOL.reach(asked, asked.map)
            answers = await meter.read()
            await meter.close()
            assert all(isinstance(answer, Decimal) for answer in answers.values()) is answered


async def test_a_dead_meter_costs_one_timeout_and_not_one_a_read() -> None:
    async with listening(simulated(faults=Faults(silent_after=0))) as port:
        asked = all_quantities(device(port, timeout_s=0.2))
        meter = PROTOCOL.reach(asked, asked.map)
        began = time.monotonic()
        answers = await meter.read()
        assert time.monotonic() - began < 0.4
        assert all(isinstance(answer, Fault) for answer in answers.values())
        await meter.close()


async def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    simulation = simulated(faults=Faults(late_s=0.3))
    async with listening(simulation) as port:
        asked = device(port, timeout_s=0.15)
        meter = PROTOCOL.reach(asked, asked.map)
        assert isinstance((await meter.read())["import_energy"], Fault)
        simulation.faults = Faults()
        simulation.load.initial = Decimal(5000)
        answer = (await meter.read())["import_energy"]
        assert isinstance(answer, Decimal)
        assert answer >= 5000
        await meter.close()


class RawMeter:
    """Answers every request with the same octets after its transaction number; counts its connections."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.connections = answer, 0
        self.ended: list[asyncio.Event] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.ended.append(ended := asyncio.Event())
        while request := await reader.read(12):
            body = b"\x00\x00" + len(self.answer).to_bytes(2, "big") + self.answer
            writer.write(request[:2] + body if self.answer else b"")
        writer.close()
        await writer.wait_closed()
        ended.set()


async def answers_twice(raw: RawMeter) -> list[Decimal | Fault]:
    server = await asyncio.start_server(raw.talk, "127.0.0.1", 0)
    asked = device(server.sockets[0].getsockname()[1], timeout_s=0.15)
    meter = PROTOCOL.reach(asked, asked.map)
    answers = [(await meter.read())["import_energy"] for _ in range(2)]
    await meter.close()
    for ended in raw.ended:
        await ended.wait()
    server.close()
    return answers


async def test_a_silent_line_is_closed_and_opened_anew() -> None:
    raw = RawMeter(b"")
    await answers_twice(raw)
    assert raw.connections == 2


async def test_a_line_that_answers_is_kept() -> None:
    raw = RawMeter(b"\x01\x04\x04\x42\xc8\x00\x00")
    assert await answers_twice(raw) == [Decimal(100), Decimal(100)]
    assert raw.connections == 1


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (b"\x01\x03\x04\x42\xc8\x00\x00", "came function 3 with 2 registers"),
        (b"\x01\x04\x02\x42\xc8", "came function 4 with 1 registers"),
        (b"\x01\x04\x06\x42\xc8\x00\x00\x00\x00", "came function 4 with 3 registers"),
    ],
)
async def test_an_answer_to_another_question_is_malformed_and_closes_the_line(
    answer: bytes, came: str
) -> None:
    raw = RawMeter(answer)
    for fault in await answers_twice(raw):
        assert isinstance(fault, Fault)
        assert fault.kind == "malformed"
        assert came in fault.detail
    assert raw.connections == 2


async def test_a_meter_that_comes_back_is_read_again() -> None:
    simulation = simulated(faults=Faults(silent_after=0))
    async with listening(simulation) as port:
        asked = device(port, timeout_s=0.15)
        meter = PROTOCOL.reach(asked, asked.map)
        assert isinstance((await meter.read())["import_energy"], Fault)
        simulation.faults = Faults()
        assert isinstance((await meter.read())["import_energy"], Decimal)
        await meter.close()


async def test_bytes_of_no_read_are_told_and_break_nothing(caplog: pytest.LogCaptureFixture) -> None:
    raw = RawMeter(b"\x01\x41\x04\x42\xc8\x00\x00")
    for fault in await answers_twice(raw):
        assert isinstance(fault, Fault)
        assert fault.kind == "malformed"
        assert "another transaction's answer or function 65" in fault.detail
    assert [record for record in caplog.records if record.name == "asyncio"] == []
