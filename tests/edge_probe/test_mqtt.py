"""Figures that a gateway publishes over MQTT: how the broker is kept, and what is told when nothing comes."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.logins import Login
from edge_probe.mqtt_seen import PAYLOAD_OCTETS_MAX
from edge_probe.ports import Answers, Fault, Meter
from edge_probe.reaching import TlsFiles
from hub.simulate._mqtt_broker import CONNACK, MqttFaults, SimulatedBroker, messages, packet
from tests.certificates import certificate_of_127
from tests.edge_probe.meter645_stage import answering
from tests.edge_probe.mqtt_stage import FRESH_S, PASSWORD, device_mqtt, published
from tests.edge_probe.simulation import ROOT

pytestmark = pytest.mark.anyio
COUNTER, ENERGY, POWER = "import_energy", "plant/meter1/energy", "plant/meter1/power"
LASTING = {"fresh_seconds": 900}


def reached(device: Device) -> Meter:
    return wiring.protocols()["mqtt"].reach(device, device.map)


async def read_once(device: Device) -> Answers:
    meter = reached(device)
    try:
        return await meter.read()
    finally:
        await meter.close()


async def comes(broker: SimulatedBroker, true: Callable[[], bool]) -> None:
    """Wait for what a broker is to hear, looked at whenever it heard something."""
    async with asyncio.timeout(5):
        while not true():
            broker.news.clear()
            await broker.news.wait()


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_figures_come_with_every_assurance_and_in_the_maps_units(qos: int) -> None:
    async with published() as (broker, port):
        names = (COUNTER, "export_energy", "power_total")
        answers = await read_once(device_mqtt(port, *names, settings={"qos": qos}))
        power_w = broker.meter.load.power_w(broker.meter.clock.now())
    assert answers["power_total"] == Decimal(power_w) / 1000
    assert answers["export_energy"] == 0
    assert isinstance(answers[COUNTER], Decimal)


async def test_the_last_figure_holds_while_it_is_fresh_and_is_silence_after() -> None:
    async with published() as (broker, port):
        meter = reached(device_mqtt(port))
        await meter.read()
        broker.misbehave(MqttFaults(silent=True))
        still = (await meter.read())[COUNTER]
        await asyncio.sleep(FRESH_S)
        gone = (await meter.read())[COUNTER]
        await meter.close()
    assert isinstance(still, Decimal)
    assert isinstance(gone, Fault)
    assert gone.kind == "silent"
    assert f"expected at most {FRESH_S:g}" in gone.detail


async def test_what_the_broker_kept_from_before_is_no_figure_unless_it_says_of_when_it_is() -> None:
    async with published(every_s=None) as (broker, port):
        broker.retains = True
        broker.publish()
        meter = reached(device_mqtt(port, COUNTER, "power_total", settings=LASTING))
        first = await meter.read()
        broker.publish()
        live = await meter.read()
        await meter.close()
    assert isinstance(first[COUNTER], Decimal)
    assert isinstance(first["power_total"], Fault)
    assert first["power_total"].kind == "silent"
    assert "retained" in first["power_total"].detail
    assert isinstance(live["power_total"], Decimal)


async def test_what_came_live_is_not_covered_by_what_the_broker_kept_when_it_is_come_back_to() -> None:
    async with published(every_s=None) as (broker, port):
        meter = reached(device_mqtt(port, "power_total", settings=LASTING, timeout_s=2))
        reading = asyncio.create_task(meter.read())
        await comes(broker, lambda: {POWER} in broker.heard)
        broker.retains = True
        broker.publish()
        await reading
        await comes(broker, lambda: broker.acknowledged == 1)
        broker.hang_up()
        await comes(broker, lambda: len(broker.logins) == 2 and {POWER} in broker.heard)
        await comes(broker, lambda: broker.acknowledged == 2)  # live, and then what was kept
        answer = (await meter.read())["power_total"]
        await meter.close()
    assert isinstance(answer, Decimal)


async def test_a_broker_that_is_lost_is_come_back_to_without_being_asked() -> None:
    async with published(every_s=None) as (broker, port):
        meter = reached(device_mqtt(port, settings=LASTING, timeout_s=2))
        reading = asyncio.create_task(meter.read())
        await comes(broker, lambda: {ENERGY} in broker.heard)
        broker.publish()
        await reading
        broker.hang_up()
        await comes(broker, lambda: len(broker.logins) == 2)
        await meter.close()
    assert broker.logins == ["probe", "probe"]


async def test_half_a_packet_is_no_figure_and_no_end() -> None:
    async with published() as (broker, port):
        meter = reached(device_mqtt(port))
        await meter.read()
        broker.misbehave(MqttFaults(half_packet=True))
        await asyncio.sleep(FRESH_S)
        answer = (await meter.read())[COUNTER]
        broker.misbehave(MqttFaults())
        broker.hang_up()
        await comes(broker, lambda: not broker.heard)
        mended = (await meter.read())[COUNTER]
        await meter.close()
    assert isinstance(answer, Fault)
    assert isinstance(mended, Decimal)


async def test_devices_on_one_broker_share_a_connection_until_the_last_lets_go() -> None:
    async with published() as (broker, port):
        begun = wiring.protocols()["mqtt"].begun()
        device = device_mqtt(port)
        second = replace(device, name="second", points=device_mqtt(port, "power_total").points)
        meters = [begun.reach(each, each.map) for each in (device, second)]
        answers = await asyncio.gather(*(meter.read() for meter in meters))
        await meters[0].close()
        left = await meters[1].read()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(FRESH_S):
                await comes(broker, lambda: len(broker.logins) > 1)
        callers = len(broker.heard)
        await meters[1].close()
    assert isinstance(answers[0][COUNTER], Decimal)
    assert isinstance(left["power_total"], Decimal)
    assert callers == len(broker.logins) == 1


async def test_a_wrong_password_is_refused_at_once_and_not_shown() -> None:
    async with published() as (_, port):
        device = device_mqtt(port, timeout_s=5, login=Login("probe", password="hush"))
        answer = (await read_once(device))[COUNTER]
    assert isinstance(answer, Fault)
    assert answer.kind == "refused"
    assert "hush" not in answer.detail


async def test_a_topic_that_is_denied_is_refused_and_the_others_are_read() -> None:
    async with published() as (broker, port):
        broker.denied = frozenset({ENERGY})
        answers = await read_once(device_mqtt(port, COUNTER, "power_total"))
    denied = answers[COUNTER]
    assert isinstance(denied, Fault)
    assert denied.kind == "refused"
    assert "refuses the subscription" in denied.detail
    assert isinstance(answers["power_total"], Decimal)


async def test_a_message_too_long_to_keep_is_malformed() -> None:
    async with published(every_s=None) as (broker, port):
        meter = reached(device_mqtt(port, settings=LASTING))
        reading = asyncio.create_task(meter.read())
        await comes(broker, lambda: {ENERGY} in broker.heard)
        for caller in broker._callers.values():
            broker._say(caller, ENERGY, b"1" * (PAYLOAD_OCTETS_MAX + 1))
        answer = (await reading)[COUNTER]
        await meter.close()
    assert isinstance(answer, Fault)
    assert answer.kind == "malformed"
    assert str(PAYLOAD_OCTETS_MAX) in answer.detail


# paho leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_within_tls_only_a_broker_that_somebody_vouches_for_is_met(tmp_path: Path) -> None:
    trusted, other = certificate_of_127(tmp_path), tmp_path / "other"
    other.mkdir()
    async with published(tls=trusted) as (_, port):
        device = device_mqtt(port, tls=TlsFiles(trusted), timeout_s=2)
        met = (await read_once(device))[COUNTER]
        strange = replace(device, tls=TlsFiles(certificate_of_127(other)), timeout_s=0.3)
        unmet = (await read_once(strange))[COUNTER]
    for thread in (each for each in threading.enumerate() if each.name.startswith("paho")):
        await asyncio.to_thread(thread.join, 5)
    gc.collect()
    assert isinstance(met, Decimal)
    assert isinstance(unmet, Fault)
    assert unmet.kind == "silent"


async def test_a_broker_at_an_address_with_colons_is_called_by_it(unused_port: int) -> None:
    answer = (await read_once(replace(device_mqtt(unused_port), host="::1")))[COUNTER]
    assert isinstance(answer, Fault)
    assert answer.detail.startswith(f"[::1]:{unused_port}: ")


async def test_a_server_of_another_protocol_is_silent() -> None:
    async def http(_: bytes) -> bytes:
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"

    async def nonsense(_: bytes) -> bytes:
        return packet(CONNACK, 0, b"")

    for says in (http, nonsense):
        async with answering(says, hangs_up=True) as port:
            answer = (await read_once(device_mqtt(port)))[COUNTER]
        assert isinstance(answer, Fault)
        assert answer.kind == "silent"


async def test_the_simulated_gateway_publishes_what_its_map_says() -> None:
    async with published(every_s=None) as (broker, _):
        said = messages(broker.meter)
    assert said.keys() == {ENERGY, "plant/meter1/power"}


LAZY = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "paho" else found(name, *rest)
from edge_probe import wiring
wiring.protocols(), wiring.uplink_kinds()
print("paho" in sys.modules)
from edge_probe.meter_map import load_map
from edge_probe.config import Device
device = Device("main", "mqtt", "127.0.0.1", 1883, 1, load_map("simulated_mqtt"), 1.0, ())
print(*wiring.protocols()["mqtt"].check(device), sep="|")
"""


def test_a_probe_without_mqtt_does_not_load_it_and_a_missing_package_is_told_with_its_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAZY], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "False",
        "protocol: mqtt needs the package paho; install it: pip install 'nengshu[mqtt]'",
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"qos": 3}, "settings: qos: expected a whole number from 0 to 2"),
        ({"fresh_seconds": 0}, "settings: fresh_seconds: expected a number from 0.1 to 86400"),
        ({"client_id": "x" * 65}, "settings: client_id: expected at most 64"),
        ({"colour": 1}, "settings: colour: no such setting"),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: dict[str, object], told: str) -> None:
    faults = wiring.protocols()["mqtt"].check(device_mqtt(1, settings=settings))
    assert [fault for fault in faults if told in fault] == faults
    assert faults


def test_the_password_is_shown_nowhere() -> None:
    assert PASSWORD not in repr(device_mqtt(1))
