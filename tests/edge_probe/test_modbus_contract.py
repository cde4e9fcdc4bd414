"""What every way of speaking Modbus holds, against a simulated meter told to misbehave: each misbehaviour by its name."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.ports import Answers, Fault, MeterProtocol
from hub.simulate._meter_octets import Octets
from hub.simulate.meter import Faults
from tests.edge_probe.modbus_stages import SPOKEN, spoken_by_program, staged
from tests.edge_probe.simulation import simulated

pytestmark = pytest.mark.anyio

MISBEHAVIOUR = [
    (Faults(silent_after=0), "silent", ""),
    (Faults(late_s=0.3), "silent", ""),
    (Faults(busy=True), "refused", "exception 6 (DEVICE_BUSY)"),
    (Faults(exception=11), "silent", "the gateway had no answer of it, exception 11"),
    (Faults(exception=4), "refused", "exception 4 (DEVICE_FAILURE)"),
    (Faults(wrong_function=True), "refused", "exception 1 (ILLEGAL_FUNCTION)"),
    (Faults(octets=Octets.OTHER_UNIT), "malformed", "an answer of device 2"),
    (Faults(octets=Octets.WRONG_CHECK), "malformed", ("wrong checksum", "another transaction's answer")),
    (Faults(octets=Octets.HALF), "malformed", "half a frame"),
    (Faults(octets=Octets.FOREIGN), "malformed", "fe fe fe fe 68"),
    (Faults(garbage=True), "malformed", "bytes"),
]


@pytest.fixture(params=SPOKEN)
def protocol(request: pytest.FixtureRequest) -> MeterProtocol:
    return wiring.protocols()[request.param]


def counter(answers: Answers) -> Decimal | Fault:
    return answers["import_energy"]


async def test_a_sound_meters_counter_is_read_exactly(protocol: MeterProtocol, tmp_path: Path) -> None:
    async with staged(protocol.name, simulated(), tmp_path, timeout_s=1.0) as device_of:
        found = device_of(1)
        meter = protocol.reach(found, found.map)
        answers = [counter(await meter.read()) for _ in range(3)]
        await meter.close()
    assert all(isinstance(answer, Decimal) and 1000 <= answer < 1001 for answer in answers)


@pytest.mark.parametrize(("faults", "kind", "told"), MISBEHAVIOUR)
async def test_a_misbehaviour_is_told_apart_and_over_when_it_is_over(
    protocol: MeterProtocol, tmp_path: Path, faults: Faults, kind: str, told: str | tuple[str, ...]
) -> None:
    simulation = simulated(faults=faults)
    async with staged(protocol.name, simulation, tmp_path) as device_of:
        found = device_of(1)
        meter = protocol.reach(found, found.map)
        answer = counter(await meter.read())
        assert isinstance(answer, Fault)
        assert answer.kind == kind
        assert any(each in answer.detail for each in ([told] if isinstance(told, str) else told))
        assert f"{found.host}" in answer.detail
        simulation.faults = Faults()
        simulation.load.initial = Decimal(5000)
        mended = counter(await meter.read())
        assert isinstance(mended, Decimal)
        assert 5000 <= mended < 5001
        await meter.close()
        await meter.close()


async def test_a_dead_meter_costs_one_timeout_and_not_one_a_read(
    protocol: MeterProtocol, tmp_path: Path
) -> None:
    async with staged(protocol.name, simulated(faults=Faults(silent_after=0)), tmp_path) as device_of:
        found = device_of(1)
        meter = protocol.reach(found, found.map)
        began = time.monotonic()
        await meter.read()
        assert time.monotonic() - began < 2 * found.timeout_s
        await meter.close()


async def test_units_behind_one_endpoint_share_one_line_and_a_dead_one_delays_none(
    protocol: MeterProtocol, tmp_path: Path
) -> None:
    simulation = simulated(faults=Faults(dead_units=frozenset({4})))
    async with staged(protocol.name, simulation, tmp_path, units=4) as device_of:
        reach = protocol.begun().reach
        found = [device_of(unit) for unit in (1, 2, 4, 3)]
        meters = [reach(each, each.map) for each in found]
        for _ in range(2):
            answers = [counter(await meter.read()) for meter in meters]
            assert [isinstance(answer, Decimal) for answer in answers] == [True, True, False, True]
        for meter in meters:
            await meter.close()


async def test_each_protocol_is_spoken_by_the_separate_program(
    protocol: MeterProtocol, tmp_path: Path
) -> None:
    with spoken_by_program(protocol.name, tmp_path) as found:
        meter = protocol.reach(found, found.map)
        answer = counter(await meter.read())
        await meter.close()
    assert isinstance(answer, Decimal)
