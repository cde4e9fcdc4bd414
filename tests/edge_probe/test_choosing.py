"""The same model with other firmware is read with another map, which a register that each map knows decides."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from edge_probe import wiring
from edge_probe.choosing import ChoosingMeter, meter_of
from edge_probe.config import Device
from edge_probe.meter_map import Known, load_map
from edge_probe.ports import Answers, Fault, Meter
from edge_probe.protocols.modbus_tcp import PROTOCOL
from edge_probe.registers import Form
from hub.simulate.meter import Faults
from tests.edge_probe.fakes import device
from tests.edge_probe.simulation import listening, simulated
from tests.edge_probe.test_modbus_line import answer_of

pytestmark = pytest.mark.anyio
CHINT = ("chint_dtsu666", "chint_dtsu666_fc04_4000", "chint_dtsu666_fc04_401e")


def chint(port: int) -> Device:
    first, *others = (load_map(name) for name in CHINT)
    return replace(device(port, timeout_s=0.2), map=first, others=tuple(others))


async def energy_of(meter: Meter) -> Decimal | Fault:
    answers: Answers = await meter.read()
    return answers["import_energy"]


@pytest.mark.parametrize("firmware", CHINT)
async def test_each_firmware_of_one_model_is_read_with_its_own_map(firmware: str) -> None:
    simulation = simulated(firmware)
    async with listening(simulation) as port:
        meter = meter_of(chint(port), PROTOCOL)
        assert isinstance(await energy_of(meter), Decimal)
        asked = simulation.asked
        assert isinstance(await energy_of(meter), Decimal)
        assert simulation.asked == asked + 1
        await meter.close()


async def test_a_meter_that_no_map_fits_is_not_read_and_told_with_what_each_showed() -> None:
    async with listening(simulated("schneider_iem3000")) as port:
        meter = meter_of(chint(port), PROTOCOL)
        answer = await energy_of(meter)
        await meter.close()
    assert isinstance(answer, Fault)
    assert answer.kind == "unknown-map"
    assert "chint_dtsu666: refused; chint_dtsu666_fc04_4000: refused" in answer.detail


async def test_where_two_maps_fit_neither_is_guessed() -> None:
    async with listening(simulated()) as port:
        own = load_map("eastron_sdm630")
        known = Known("voltage_l1", Decimal(80), Decimal(500))
        twins = [replace(own, name=name, known=known) for name in ("a", "b")]
        meter = meter_of(replace(device(port), map=twins[0], others=(twins[1],)), PROTOCOL)
        answer = await energy_of(meter)
        await meter.close()
    assert answer == Fault(
        "unknown-map", "expected the known register of one map to fit, came a: 230; b: 230"
    )


async def test_a_known_register_that_shows_something_else_does_not_fit() -> None:
    async with listening(simulated()) as port:
        own = load_map("eastron_sdm630")
        low = replace(own, name="low", known=Known("voltage_l1", Decimal(1), Decimal(200)))
        high = replace(own, name="high", known=Known("voltage_l1", Decimal(200), Decimal(500)))
        meter = meter_of(replace(device(port), map=low, others=(high,)), PROTOCOL)
        assert isinstance(await energy_of(meter), Decimal)
        await meter.close()


async def test_a_silent_meter_stays_undecided_and_is_silent() -> None:
    simulation = simulated("chint_dtsu666", Faults(silent_after=0))
    async with listening(simulation) as port:
        meter = meter_of(chint(port), PROTOCOL)
        answer = await energy_of(meter)
        assert isinstance(answer, Fault)
        assert answer.kind == "silent"
        simulation.faults = Faults()
        assert isinstance(await energy_of(meter), Decimal)
        await meter.close()


async def test_a_meter_that_refuses_in_silence_is_decided_on_before_its_deadline() -> None:
    async def only_at_401e(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(8):
            if request[2:4] == b"\x40\x1e":
                writer.write(answer_of(1, 700))
        writer.close()
        await writer.wait_closed()

    def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(only_at_401e(reader, writer)))

    talks = list[asyncio.Task[None]]()
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    found = replace(chint(server.sockets[0].getsockname()[1]), protocol="modbus_rtu_tcp")
    meter = meter_of(found, wiring.protocols()["modbus_rtu_tcp"].begun())
    async with asyncio.timeout(wiring.turn_s_max(found)):
        assert await energy_of(meter) == 700
    await meter.close()
    await asyncio.gather(*talks)
    server.close()
    await server.wait_closed()


async def test_a_meter_that_refuses_everything_is_chosen_anew() -> None:
    simulation = simulated("chint_dtsu666")
    async with listening(simulation) as port:
        meter = meter_of(chint(port), PROTOCOL)
        assert isinstance(await energy_of(meter), Decimal)
        simulation.faults = Faults(wrong_function=True)
        assert isinstance(await energy_of(meter), Fault)
        answer = await energy_of(meter)
        assert isinstance(answer, Fault)
        assert answer.kind == "unknown-map"
        await meter.close()


def test_a_device_with_one_map_asks_for_nothing_but_what_is_wanted() -> None:
    assert not isinstance(meter_of(device(), PROTOCOL), ChoosingMeter)


def test_where_maps_differ_in_where_a_counter_rolls_over_none_is_believed_beforehand() -> None:
    own = load_map("eastron_sdm630")
    energy = replace(own.quantities["import_energy"], form=Form.UINT32)
    short = replace(own, quantities=own.quantities | {"import_energy": energy})
    assert replace(device(), map=short).shows("import_energy") == energy
    assert replace(device(), map=short, others=(own,)).shows("import_energy") is None
