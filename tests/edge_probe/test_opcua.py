"""Figures off an OPC UA server: which are believed, how its session is kept, and what is told when there is none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.logins import Login
from edge_probe.map_nodes import NodeName
from edge_probe.ports import Answers, Fault, Meter
from edge_probe.reaching import TlsFiles
from hub.simulate._opcua_front import OpcuaFaults
from tests.edge_probe.meter645_stage import answering
from tests.edge_probe.opcua_stage import PASSWORD, USER, certificate, device_opcua, fronted, standing
from tests.edge_probe.simulation import ROOT
from tests.house.only_linux import linux

pytestmark = pytest.mark.anyio
COUNTER = "import_energy"


def reached(device: Device) -> Meter:
    return wiring.protocols()["opcua"].reach(device, device.map)


async def read_once(device: Device) -> Answers:
    meter = reached(device)
    try:
        return await meter.read()
    finally:
        await meter.close()


async def spoilt(name: str, value: object, **settings: object) -> Decimal | Fault:
    """What a probe makes of the counter while the server's nodes are spoilt so."""
    async with fronted() as (_, shows, port):
        setattr(shows, name, value)
        return (await read_once(device_opcua(port, settings=settings)))[COUNTER]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("BadDeviceFailure", "refused"),
        ("BadOutOfService", "refused"),
        ("UncertainSensorNotAccurate", "refused"),
        ("BadNotConnected", "silent"),
        ("BadNoCommunication", "silent"),
        ("UncertainLastUsableValue", "silent"),
    ],
)
async def test_a_figure_whose_status_is_not_good_is_none(status: str, kind: str) -> None:
    answer = await spoilt("status", status)
    assert isinstance(answer, Fault)
    assert answer.kind == kind
    assert status in answer.detail


async def test_the_flags_of_a_status_do_not_alter_what_it_says() -> None:
    async with fronted() as (_, shows, port):
        shows.flags = 0x0480
        good = (await read_once(device_opcua(port)))[COUNTER]
        shows.status = "BadNotConnected"
        bad = (await read_once(device_opcua(port)))[COUNTER]
    assert isinstance(good, Decimal)
    assert isinstance(bad, Fault)
    assert bad.kind == "silent"


async def test_a_figure_that_is_good_in_another_way_is_one() -> None:
    assert isinstance(await spoilt("status", "GoodLocalOverride"), Decimal)


async def test_a_figure_older_than_it_may_be_is_silence_and_its_age_is_told() -> None:
    answer = await spoilt("age_s", 905.0)
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    assert "s old, expected at most 900" in answer.detail


async def test_a_figure_within_its_age_is_one() -> None:
    assert isinstance(await spoilt("age_s", 890.0), Decimal)
    assert isinstance(await spoilt("age_s", 3000.0, fresh_seconds=3600), Decimal)


async def test_a_counter_that_rests_is_dated_by_its_server_where_the_configuration_says_so() -> None:
    assert isinstance(await spoilt("age_s", 9000.0, dated_by="server"), Decimal)


async def test_a_figure_without_a_time_or_from_the_future_is_none() -> None:
    for name, value, told in (("dated", False, "bears no time"), ("age_s", -120.0, "after its server's own")):
        answer = await spoilt(name, value)
        assert isinstance(answer, Fault)
        assert answer.kind == "malformed"
        assert told in answer.detail


@pytest.mark.parametrize("form", ["UInt16", "Int32", "UInt64", "Float", "Double"])
async def test_numbers_of_every_type_are_figures_without_a_digit_too_many(form: str) -> None:
    answer = await spoilt("form", form)
    assert isinstance(answer, Decimal)
    assert 1000 <= answer < 1001
    assert answer == round(answer, 2)


@pytest.mark.parametrize(("name", "value"), [("form", "String"), ("special", "nan"), ("special", "inf")])
async def test_what_is_no_number_is_no_figure(name: str, value: str) -> None:
    answer = await spoilt(name, value)
    assert isinstance(answer, Fault)
    assert answer.kind == "malformed"
    assert "expected a number" in answer.detail


async def test_reads_share_a_session_and_scale_what_they_read() -> None:
    async with fronted() as (front, shows, port):
        meter = reached(device_opcua(port, COUNTER, "power_total", "export_energy"))
        first, second = await meter.read(), await meter.read()
        await meter.close()
        power_w = Decimal(shows.meter.load.power_w(shows.meter.clock.now()))
    assert front.calls == 1
    assert first["power_total"] == power_w / 1000
    assert second["export_energy"] == 0


async def test_a_session_that_the_server_gave_up_is_opened_anew_without_a_fault() -> None:
    async with fronted() as (front, _, port):
        meter = reached(device_opcua(port))
        await meter.read()
        await front.hang_up()
        answer = (await meter.read())[COUNTER]
        await meter.close()
    assert isinstance(answer, Decimal)
    assert front.calls == 2


async def test_a_server_that_is_silent_is_asked_once_and_the_line_is_opened_anew() -> None:
    async with fronted() as (front, _, port):
        meter = reached(device_opcua(port, timeout_s=0.4))
        await meter.read()
        front.faults = OpcuaFaults(silent=True)
        began = asyncio.get_running_loop().time()
        answer = (await meter.read())[COUNTER]
        took_s = asyncio.get_running_loop().time() - began
        await meter.close()
    assert isinstance(answer, Fault)
    assert front.calls == 1
    assert took_s < 0.79


async def test_devices_on_one_server_share_a_session_and_other_users_have_their_own() -> None:
    async with fronted() as (front, _, port):
        begun = wiring.protocols()["opcua"].begun()
        device = device_opcua(port)
        other = replace(device, login=Login("nobody", password="else"))
        meters = [begun.reach(each, each.map) for each in (device, replace(device, name="second"), other)]
        *answers, refused = [each[COUNTER] for each in await asyncio.gather(*(m.read() for m in meters))]
        for meter in meters:
            await meter.close()
    assert all(isinstance(answer, Decimal) for answer in answers)
    assert front.calls == 2
    assert isinstance(refused, Fault)
    assert refused.kind == "refused"
    assert "else" not in refused.detail


async def test_a_node_or_a_namespace_that_the_server_lacks_is_refused_by_name() -> None:
    async with fronted() as (_, _, port):
        device = device_opcua(port)
        entry = device.map.nodes[COUNTER]
        for text, told in (("ns=2;s=Nothing", "BadNodeIdUnknown"), ("nsu=urn:x;s=a", "another server")):
            nodes = {COUNTER: replace(entry, node=NodeName.parse(text))}
            answer = (await read_once(replace(device, map=replace(device.map, nodes=nodes))))[COUNTER]
            assert isinstance(answer, Fault)
            assert answer.kind == "refused"
            assert told in answer.detail


async def test_a_server_at_an_address_with_colons_is_called_by_it(unused_port: int) -> None:
    answer = (await read_once(replace(device_opcua(unused_port), host="::1")))[COUNTER]
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    assert answer.detail.startswith(f"[::1]:{unused_port}: ")


async def test_a_server_of_another_protocol_is_malformed_and_shown() -> None:
    async def http(_: bytes) -> bytes:
        return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

    async with answering(http) as port:
        answer = (await read_once(device_opcua(port)))[COUNTER]
    assert isinstance(answer, Fault)
    assert answer.kind == "malformed"
    assert b"HTTP".hex(" ") in answer.detail


async def test_an_encrypted_session_shows_nothing_on_the_line_and_only_to_the_server_that_was_named(
    tmp_path: Path,
) -> None:
    ours, key = certificate(tmp_path, "urn:nengshu:probe")
    files = TlsFiles(standing().own[0], ours, key)
    async with fronted() as (front, _, port):
        device = replace(device_opcua(port, timeout_s=2), tls=files)
        answer = (await read_once(device))[COUNTER]
        heard = front.heard
        strange = (await read_once(replace(device, tls=TlsFiles(ours, ours, key), timeout_s=0.5)))[COUNTER]
        unread = replace(device, tls=TlsFiles(tmp_path / "gone.pem", ours, key))
        gone = (await read_once(unread))[COUNTER]
    assert isinstance(answer, Decimal)
    assert b"Meter.ImportEnergy" not in heard
    assert PASSWORD.encode() not in heard
    assert isinstance(strange, Fault)
    assert isinstance(gone, Fault)
    assert "certificates cannot be read" in gone.detail


async def test_what_is_not_encrypted_can_be_read_on_the_line() -> None:
    async with fronted() as (front, _, port):
        await read_once(device_opcua(port))
    assert b"Meter.ImportEnergy" in front.heard


def test_encryption_takes_certificates_of_both_sides(tmp_path: Path) -> None:
    device = replace(device_opcua(1), tls=TlsFiles(tmp_path / "server.pem"))
    (fault,) = wiring.protocols()["opcua"].check(device)
    assert "both sides" in fault


async def test_a_look_that_is_called_off_leaves_the_line_closed() -> None:
    async with fronted() as (front, _, port):
        meter = reached(device_opcua(port, timeout_s=5))
        await meter.read()
        front.faults = OpcuaFaults(silent=True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await meter.read()
        front.faults = OpcuaFaults()
        answer = (await meter.read())[COUNTER]
        await meter.close()
    assert isinstance(answer, Decimal)
    assert front.calls == 2


ALONE = """
import importlib.util, sys
from pathlib import Path
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "asyncua" else found(name, *rest)
from edge_probe import wiring
from edge_probe.config import Device
from edge_probe.meter_map import load_map
device = Device("main", "opcua", "127.0.0.1", 4840, 1, load_map("simulated_opcua"), 1.0, ())
print(*wiring.protocols()["opcua"].check(device), sep="|")
wiring.uplink_kinds()
print("asyncua" in sys.modules)
import edge_probe.opcua_session
lines = Path("/proc/self/status").read_text().splitlines()
print(*[int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")])
"""


@linux
def test_a_probe_loads_opc_ua_only_to_read_it_within_80_mb_and_names_the_extra_that_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    told, loaded, megabytes = done.stdout.splitlines()
    assert told == "protocol: opcua needs the package asyncua; install it: pip install 'nengshu[opcua]'"
    assert loaded == "False"
    assert int(megabytes) < 80


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"path": "UA"}, "settings: path: expected what follows the port"),
        ({"fresh_seconds": 0}, "settings: fresh_seconds: expected a number from 1 to 86400"),
        ({"dated_by": "moon"}, "settings: dated_by: expected one of server, source"),
        ({"colour": 1}, "settings: colour: no such setting"),
    ],
)
def test_settings_that_make_no_sense_are_told(settings: dict[str, object], told: str) -> None:
    faults = wiring.protocols()["opcua"].check(device_opcua(1, settings=settings))
    assert [fault for fault in faults if told in fault] == faults
    assert faults


def test_the_password_is_shown_nowhere() -> None:
    assert PASSWORD not in repr(device_opcua(1))
    assert USER in repr(device_opcua(1))
