"""The contract of the open folders: whatever is found in them has its name and can be reached."""

from __future__ import annotations

import httpx
import pytest

from edge_probe import wiring
from edge_probe.config import UplinkPlan
from edge_probe.ports import Fault, MeterProtocol, UplinkKind
from edge_probe.readings import Spooled
from graph.errors import SourceUnreachable
from tests.edge_probe.fakes import device, reading


@pytest.fixture(params=wiring.protocols())
def protocol(request: pytest.FixtureRequest) -> MeterProtocol:
    return wiring.protocols()[request.param]


@pytest.fixture(params=wiring.uplink_kinds())
def kind(request: pytest.FixtureRequest) -> UplinkKind:
    return wiring.uplink_kinds()[request.param]


def test_a_protocol_is_named_as_its_file(protocol: MeterProtocol) -> None:
    assert wiring.protocols()[protocol.name] is protocol


def test_an_uplink_is_named_as_its_file(kind: UplinkKind) -> None:
    assert wiring.uplink_kinds()[kind.name] is kind


@pytest.mark.anyio
async def test_a_meter_that_is_not_there_is_a_fault_and_no_error(
    protocol: MeterProtocol, unused_port: int
) -> None:
    absent = device(unused_port, timeout_s=0.2)
    meter = protocol.reach(absent, absent.map)
    answer = (await meter.read())["import_energy"]
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    await meter.close()
    await meter.close()


@pytest.mark.anyio
async def test_a_platform_that_is_not_there_is_unreachable(kind: UplinkKind, unused_port: int) -> None:
    plan = UplinkPlan("province", kind.name, f"http://127.0.0.1:{unused_port}")
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(SourceUnreachable, match="province"):
            await kind.reach(plan, "key.secret", "ab12", client).send([Spooled(1, reading("10:00"))])
