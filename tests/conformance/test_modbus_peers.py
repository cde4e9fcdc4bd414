"""What others' Modbus libraries show is read exactly: each order and width, refusals by their names, killed and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.meter_map import MeterMap
from edge_probe.plan import Span
from edge_probe.ports import Answers, Fault
from edge_probe.registers import Order
from edge_probe.tuning import Tuned, tune
from tests.conformance import peers
from tests.conformance.peers import Peer, Stage, held, meter_map

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PEERS = ("libmodbus modbus_tcp", "libmodbus modbus_rtu_tcp", "libmodbus modbus_rtu", "node", "node tls")


def staged(named: str, folder: Path, program: Callable[[], Path]) -> Stage:
    """Who answers, of PEERS."""
    by, _, protocol = named.partition(" ")
    if by == "libmodbus":
        return peers.libmodbus_slave(program(), protocol)
    return peers.modbus_serial_gateway(folder) if protocol else peers.modbus_serial_server()


@pytest.fixture(scope="module", params=PEERS)
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("peer")
    with staged(request.param, folder, lambda: request.getfixturevalue("slave_program"))(0) as running:
        yield running


async def read(found: Device) -> Answers:
    meter = wiring.protocols()[found.protocol].reach(found, found.map)
    answers = await meter.read()
    await meter.close()
    return answers


def told(answers: Answers) -> Mapping[str, Decimal | str]:
    """Values as they are, and of faults what they say after the read that they speak of."""
    return {
        name: f"{each.kind}: {each.detail.rpartition(': ')[2]}" if isinstance(each, Fault) else each
        for name, each in answers.items()
    }


@pytest.mark.parametrize("function", [3, 4])
async def test_every_float_order_and_every_width_is_read_as_it_is_held(peer: Peer, function: int) -> None:
    answers = await read(peer.device(1, meter_map(peer, function)))
    assert answers == held(1, function)


async def test_an_order_that_is_not_the_registers_shows_something_else(peer: Peer) -> None:
    answers = await read(peer.device(1, meter_map(peer, 3, floats="BADC")))
    right = {name for name, figure in held(1, 3).items() if answers[name] == figure}
    assert {name for name in right if name.startswith("float_")} == {"float_BADC"}


async def test_registers_that_are_refused_cost_the_read_that_meets_them_and_are_named(peer: Peer) -> None:
    answers = told(await read(peer.device(1, meter_map(peer, hole=""))))
    refused = dict.fromkeys(("before_the_hole", "behind_the_hole"), "refused: exception 2 (ILLEGAL_ADDRESS)")
    assert answers == {**held(1), **refused}


async def test_a_read_that_is_longer_than_the_meter_answers_is_refused_by_name(peer: Peer) -> None:
    answers = told(await read(peer.device(1, meter_map(peer, registers_max=125))))
    refused = dict.fromkeys(answers, "refused: exception 3 (ILLEGAL_VALUE)")
    assert answers == {**refused, "behind_the_hole": Decimal(7)}


async def test_tuning_finds_the_longest_read_and_the_hole(peer: Peer) -> None:
    claimed = meter_map(peer, registers_max=125, hole="")
    tuned = await tuned_with(peer, claimed)
    assert (tuned.registers_max, tuned.is_certain) == (peers.READ_MAX, True)
    assert tuned.illegal == (Span(3, 0x50, 8),)
    assert tuned.refused == ()


async def test_tuning_finds_that_a_float_has_its_bytes_swapped(peer: Peer) -> None:
    tuned = await tuned_with(peer, peers.one_float("float_BADC", claimed="ABCD"))
    assert tuned.order.order is Order.BADC


async def tuned_with(peer: Peer, claimed: MeterMap) -> Tuned:
    """What tuning finds of a unit, everything of a map wanted."""
    found, way = peer.device(1, claimed), wiring.protocols()[peer.protocol].registers
    assert way is not None
    return await tune(claimed, list(claimed.quantities), lambda: way(found, claimed), no_wait)


async def no_wait(_: float) -> None:
    """These meters need no pause."""


async def test_units_behind_one_endpoint_are_told_apart_and_one_that_is_not_there_is_silent(
    peer: Peer,
) -> None:
    reach = wiring.protocols()[peer.protocol].begun().reach
    found = [peer.device(unit, meter_map(peer), 0.3) for unit in (1, 2, 9, 3, 1)]
    meters = [reach(each, each.map) for each in found]
    answers = [await meter.read() for meter in meters]
    for meter in meters:
        await meter.close()
    absent = answers.pop(2)
    assert answers == [held(unit) for unit in (1, 2, 3, 1)]
    assert {each.kind for each in absent.values() if isinstance(each, Fault)} == {"silent"}


@pytest.mark.parametrize("named", ["libmodbus modbus_tcp", "libmodbus modbus_rtu_tcp", "node", "node tls"])
async def test_a_meter_that_is_killed_is_silent_and_is_read_again_once_it_is_back(
    named: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    stage = staged(named, tmp_path, lambda: request.getfixturevalue("slave_program"))
    with stage(0) as first:
        found = first.device(1, meter_map(first), 0.3)
        meter = wiring.protocols()[found.protocol].reach(found, found.map)
        before = await meter.read()
        first.program.kill()
        first.program.wait()
        gone = [await meter.read() for _ in range(2)]
    with stage(found.port):
        after = [await meter.read() for _ in range(2)]
        await meter.close()
    assert [before, *after] == [held(1)] * 3
    for each in gone:
        assert {fault.kind for fault in each.values() if isinstance(fault, Fault)} == {"silent"}
        assert each.keys() == held(1).keys()
