"""The contract of the open folders: whatever is found in them has its name and can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_probe import wiring
from edge_probe.config import ProbeConfig, UplinkPlan
from edge_probe.fields import Fields
from edge_probe.meter_map import MeterMap, load_map
from edge_probe.ports import Fault, MeterProtocol
from edge_probe.reaching import Way
from edge_probe.readings import Spooled
from edge_probe.tokens import Credential, OwnTokens
from edge_probe.uplink_ports import UplinkKind, UplinkMeans
from graph.errors import SourceUnreachable
from graph.model.credit_code import CreditCode
from tests.edge_probe.fakes import UNIT, HandClock, Kept, Remembered, beijing, device, reading
from tests.edge_probe.hub_double import CREDENTIAL


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


WAYS: Mapping[str, Mapping[str, Any]] = {
    "dlt645_tcp": {"map": load_map("dlt645_2007"), "settings": {"address": "1"}},
    "dlt645_serial": {
        "host": "/dev/nengshu-has-no-such-port",
        "port": 0,
        "map": load_map("dlt645_2007"),
        "settings": {"address": "1"},
    },
    "opcua": {"map": load_map("simulated_opcua")},
    "mqtt": {"map": load_map("simulated_mqtt")},
    "manual": {"host": "", "map": load_map("typed_counter"), "settings": {"most_per_hour": 100}},
}  # what each protocol is told of a device, unless the usual


def test_a_protocol_of_buses_and_gateways_names_the_one_that_is_spoken_the_other_way(
    protocol: MeterProtocol,
) -> None:
    sibling = protocol.reach_by.sibling
    if protocol.name in ("opcua", "mqtt", "manual"):
        assert sibling is None
    else:
        other = wiring.protocols()[str(sibling)].reach_by.way
        assert (other is Way.SERIAL) is (protocol.reach_by.way is not Way.SERIAL)


def test_what_a_protocol_lacks_is_told(protocol: MeterProtocol) -> None:
    bare = replace(device(), protocol=protocol.name, map=MeterMap("none", "", "", 0, 0, {}))
    assert any("map: none has no" in fault for fault in protocol.check(bare))


@pytest.mark.anyio
async def test_a_meter_that_is_not_there_is_a_fault_and_no_error(
    protocol: MeterProtocol, unused_port: int
) -> None:
    absent = replace(
        device(unused_port, timeout_s=0.2), protocol=protocol.name, **WAYS.get(protocol.name, {})
    )
    assert protocol.check(absent) == []
    meter = protocol.reach(absent, absent.map)
    answer = (await meter.read()).get("import_energy")
    if protocol.name == "manual":
        assert answer is None  # nobody asks it: a person types its readings in
        return
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    await meter.close()
    await meter.close()


SETTINGS: Mapping[str, Mapping[str, object]] = {
    "nengshu": {},
    "nhjc04": {"region": "990000", "valid_means": "0"},
    "nhjc_ak": {"region": "990000", "valid_means": "0"},
}  # the least that each kind must be told


def ignored(_: object) -> None:
    """Of rows that nobody takes."""


class KnownToken:
    """A token that was got before."""

    async def headers(self, _method: str, _url: str) -> dict[str, str]:
        """Its header."""
        return {"Authorization": "Bearer token"}

    def refused(self) -> None:
        """Nobody is there to refuse it."""
        raise AssertionError


@pytest.mark.anyio
async def test_a_platform_that_is_not_there_is_unreachable(kind: UplinkKind, unused_port: int) -> None:
    plan = UplinkPlan("province", kind.name, f"http://127.0.0.1:{unused_port}", settings=SETTINGS[kind.name])
    config = ProbeConfig(CreditCode(UNIT), Path("spool"), 60, 30, (device(),), (plan,))
    faults: list[str] = []
    settings = kind.read(Fields(plan.settings, "settings", faults))
    async with httpx.AsyncClient(trust_env=False) as client:
        own = OwnTokens(plan.name, plan.url, Credential.parse(CREDENTIAL), client)
        for tokens in (own, KnownToken()):
            means = UplinkMeans(
                plan,
                config,
                settings,
                "ab12",
                client,
                HandClock(beijing("12:00")),
                Remembered(),
                ignored,
                Kept().between,
                tokens,
                "word",
            )
            with pytest.raises(SourceUnreachable, match="province"):
                await kind.reach(means).send([Spooled(1, reading("10:00"))])
    assert faults == []
