"""DL/T 645-2007 against simulated meters on real lines: figures are exact, and every misbehaviour is told apart."""

from __future__ import annotations

import asyncio
import dataclasses
from decimal import Decimal

import pytest

from edge_probe import wiring
from edge_probe.dlt645 import ANSWER, Asked, Frame, bcd_octets, first_frame, identifier_octets
from edge_probe.meter_map import load_map, parse_map
from edge_probe.ports import Answers, Fault
from hub.simulate.meter645 import Faults645, Meter645
from tests.edge_probe.meter645_stage import (
    ADDRESS,
    at_serial,
    device645,
    gateway,
    meter645,
    reached,
    read_once,
    serial_port,
)
from tests.edge_probe.simulation import START

pytestmark = pytest.mark.anyio

ALL = tuple(load_map("dlt645_2007").identified)
BLOCK = parse_map(
    """
    model = "a block of energies"
    source = "made up for this test"
    [identifiers.import_energy]
    identifier = "0001FF00"
    octets = 4
    decimals = 2
    unit = "kWh"
    counter = true
    [identifiers.total_energy]
    identifier = "0001FF00"
    at = 8
    octets = 4
    decimals = 2
    unit = "kWh"
    counter = true
    """,
    "block",
)


async def read_with(faults: Faults645) -> Decimal | Fault:
    async with gateway(meter645(faults)) as port:
        return (await read_once(device645(port)))["import_energy"]


async def test_every_quantity_is_read_as_the_meter_shows_it() -> None:
    meter = meter645()
    async with gateway(meter) as port:
        answers = await read_once(device645(port, names=ALL))
    shown = meter.shows.values(START)
    assert answers.keys() == set(ALL)
    assert answers["import_energy"] in (shown["import_energy"], shown["import_energy"] + Decimal("0.01"))
    assert answers["voltage_l2"] == 230
    assert answers["power_total"] == shown["power_total"]
    assert meter.asked == len(ALL)


@pytest.mark.parametrize(
    ("faults", "kind", "told"),
    [
        (Faults645(late_s=0.5), "silent", "no answer within 0.2 s"),
        (Faults645(silent=True), "silent", "no answer within 0.2 s"),
        (Faults645(wrong=True), "malformed", "checksum"),
        (Faults645(half=True), "malformed", "half a frame"),
        (Faults645(busy=True), "refused", "01H (other error 其他错误)"),
        (Faults645(foreign=True), "silent", "frames that were none of ours: 1"),
    ],
    ids=lambda said: str(said)[:40],
)
async def test_each_misbehaviour_is_a_fault_that_says_what_came(
    faults: Faults645, kind: str, told: str
) -> None:
    answer = await read_with(faults)
    assert isinstance(answer, Fault)
    assert (answer.kind, told in answer.detail) == (kind, True)
    assert f"meter {ADDRESS}: 00010000" in answer.detail


async def test_noise_before_an_answer_does_no_harm() -> None:
    assert isinstance(await read_with(Faults645(noise=b"\x00\x68\xff\xfe\x68")), Decimal)


async def test_data_a_meter_does_not_have_is_told_and_the_rest_is_read() -> None:
    less = dataclasses.replace(
        load_map("dlt645_2007"),
        identified={k: v for k, v in load_map("dlt645_2007").identified.items() if k != "voltage_l1"},
    )
    async with gateway(meter645(meter_map=less)) as port:
        answers = await read_once(device645(port, names=("voltage_l1", "import_energy")))
    fault = answers["voltage_l1"]
    assert isinstance(fault, Fault)
    assert "02H (no such data 无请求数据)" in fault.detail
    assert isinstance(answers["import_energy"], Decimal)


async def block(meter: Meter645) -> Answers:
    async with gateway(meter) as port:
        asked = device645(port, names=("import_energy", "total_energy"))
        return await read_once(dataclasses.replace(asked, map=BLOCK))


@pytest.mark.parametrize("part_octets", [3, 4, 12])
async def test_a_block_that_comes_in_parts_is_put_together(part_octets: int) -> None:
    meter = meter645(meter_map=BLOCK, part_octets=part_octets)
    answers = await block(meter)
    assert answers["import_energy"] == answers["total_energy"]
    assert isinstance(answers["total_energy"], Decimal)
    assert meter.asked == 12 // part_octets


async def test_a_part_that_is_another_one_is_malformed() -> None:
    answers = await block(meter645(Faults645(wrong_part=True), meter_map=BLOCK, part_octets=4))
    fault = answers["total_energy"]
    assert isinstance(fault, Fault)
    assert "expected part 1, came 02" in fault.detail


async def test_a_block_without_end_is_given_up() -> None:
    fault = (await block(meter645(meter_map=BLOCK, part_octets=0)))["total_energy"]
    assert isinstance(fault, Fault)
    assert fault.kind == "malformed"


async def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    simulated = meter645(Faults645(late_s=0.3))
    async with gateway(simulated) as port:
        meter = reached(device645(port))
        assert isinstance((await meter.read())["import_energy"], Fault)
        simulated.faults, simulated.shows.load.initial = Faults645(), Decimal(5000)
        answer = (await meter.read())["import_energy"]
        await meter.close()
    assert isinstance(answer, Decimal)
    assert answer >= 5000


async def test_an_answer_to_another_question_of_the_same_meter_is_left() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked, _ = first_frame(await reader.read(99))
        assert asked is not None
        for identifier, kwh in (("00020000", "9"), ("00010000", "5")):
            data = identifier_octets(identifier) + bcd_octets(Decimal(kwh), 4, 2)
            writer.write(Frame(asked.address, Asked.READ | ANSWER, data).octets)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    answers = await read_once(device645(server.sockets[0].getsockname()[1]))
    assert answers["import_energy"] == 5
    await ended.wait()
    server.close()
    await server.wait_closed()


async def test_meters_on_one_line_share_its_connection_and_take_turns() -> None:
    meters = [meter645(Faults645(late_s=0.05), f"00000000000{n}") for n in range(1, 5)]
    async with gateway(*meters) as port:
        reach = wiring.protocols()["dlt645_tcp"].begun().reach
        devices = [device645(port, meter.address.text) for meter in meters]
        reached_ones = [reach(each, each.map) for each in devices]
        answers = await asyncio.gather(*(meter.read() for meter in reached_ones))
        for meter in reached_ones:
            await meter.close()
    assert all(isinstance(answer["import_energy"], Decimal) for answer in answers)


async def test_the_only_meter_of_a_line_answers_to_any_address() -> None:
    async with gateway(meter645()) as port:
        assert isinstance((await read_once(device645(port, "AA" * 6)))["import_energy"], Decimal)


async def test_a_meter_is_read_over_a_serial_port() -> None:
    with serial_port(meter645()) as path:
        assert isinstance((await read_once(at_serial(path)))["import_energy"], Decimal)


async def test_a_serial_meter_that_comes_back_is_read_again() -> None:
    simulated = meter645(Faults645(half=True))
    with serial_port(simulated) as path:
        meter = reached(at_serial(path))
        assert isinstance((await meter.read())["import_energy"], Fault)
        simulated.faults = Faults645()
        assert isinstance((await meter.read())["import_energy"], Decimal)
        await meter.close()


async def test_what_is_no_serial_port_is_told_so() -> None:
    fault = (await read_once(at_serial("/dev/null")))["import_energy"]
    assert isinstance(fault, Fault)
    assert "cannot be opened: is no serial port" in fault.detail


def test_what_is_wrong_with_a_device_is_told_at_once() -> None:
    wrong = dataclasses.replace(at_serial("/dev/ttyS0"), map=load_map("eastron_sdm630"))
    settings = {"address": "12X", "colour": "grey"}
    told = wiring.protocols()["dlt645_serial"].check(dataclasses.replace(wrong, settings=settings))
    for part in ("address", "colour", "no data identifiers"):
        assert any(part in fault for fault in told), part
