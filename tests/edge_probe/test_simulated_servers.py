"""The simulated OPC UA server and MQTT broker as the programs they are, read as a probe reads any other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.ports import Fault
from tests.edge_probe.mqtt_stage import device_mqtt
from tests.edge_probe.opcua_stage import PASSWORD, USER, device_opcua
from tests.edge_probe.simulation import meter_program

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LET_IN = ("--user", USER, "--password", PASSWORD)


async def read(device: Device, port: int) -> Mapping[str, Decimal | Fault]:
    device = replace(device, port=port, timeout_s=2.0)
    meter = wiring.protocols()[device.protocol].reach(device, device.map)
    try:
        return await meter.read()
    finally:
        await meter.close()


async def test_the_opc_ua_server_shows_figures_as_old_as_it_is_told() -> None:
    module = "hub.simulate.opcua"
    with meter_program(*LET_IN, "--age", "950", epoch=time.time(), speed=1, module=module) as port:
        old = (await read(device_opcua(port), port))["import_energy"]
        borne = (await read(device_opcua(port, settings={"fresh_seconds": 1000}), port))["import_energy"]
    assert isinstance(old, Fault)
    assert "expected at most 900" in old.detail
    assert isinstance(borne, Decimal)


async def test_the_mqtt_broker_publishes_what_its_meter_counts() -> None:
    module = "hub.simulate.mqtt"
    with meter_program(*LET_IN, "--every", "0.02", epoch=time.time(), speed=1, module=module) as port:
        answers = await read(device_mqtt(port, "import_energy", "power_total"), port)
    assert isinstance(answers["import_energy"], Decimal)
    assert isinstance(answers["power_total"], Decimal)
