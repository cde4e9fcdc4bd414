"""A device's table says how its meter is reached, and a mistake in it is told with what to write instead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import Point, ProbeConfig
from edge_probe.config_file import load_config
from edge_probe.plan import Span
from edge_probe.reaching import SerialLine, exchanges_s, where_of
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import device
from tests.edge_probe.test_config import SOUND

HOST = 'host = "192.0.2.17"'
BUS = 'protocol = "modbus_rtu"\nserial_port = "/dev/ttyUSB0"'
GATEWAY = f'protocol = "modbus_rtu_tcp"\n{HOST}'
POINTS = SOUND[SOUND.index("[[devices.points]]") : SOUND.index("[[uplinks]]")]


def read(tmp_path: Path, text: str) -> ProbeConfig:
    file = tmp_path / "probe.toml"
    file.write_text(text, "utf-8")
    return load_config(file, wiring.protocols(), wiring.uplink_kinds())


def faults(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as told:
        read(tmp_path, text)
    return tuple(fault.removeprefix("file.devices[1]: ") for fault in told.value.faults)


def reached_by(lines: str) -> str:
    return SOUND.replace(HOST, lines)


def two(first: str, second: str) -> str:
    """Two devices, reached by these lines."""
    other = POINTS.replace("023300-11", "023300-30")
    table = f'[[devices]]\nname = "second"\nmap = "eastron_sdm630"\n{second}\n'
    return reached_by(first) + table + other


def test_a_bus_is_a_serial_port_with_its_speed(tmp_path: Path) -> None:
    lines = f'{BUS}\nbaud = 19200\nparity = "even"\nstop_bits = 2'
    (device,) = read(tmp_path, reached_by(lines)).devices
    assert (device.host, device.port) == ("/dev/ttyUSB0", 0)
    assert device.serial == SerialLine(19200, "even", 2)


def test_a_bus_is_what_meters_are_shipped_with_unless_told_otherwise(tmp_path: Path) -> None:
    (device,) = read(tmp_path, reached_by('protocol = "modbus_rtu"\nserial_port = "/dev/ttyS1"')).devices
    assert device.serial == SerialLine(9600, "none", 1)


def test_tls_has_its_own_port_and_files_beside_the_configuration(tmp_path: Path) -> None:
    for name in ("ca.pem", "me.pem", "me.key"):
        (tmp_path / name).write_text("", "utf-8")
    tls = '[devices.tls]\nca_file = "ca.pem"\ncertificate_file = "me.pem"\nkey_file = "me.key"\n'
    text = reached_by(f'protocol = "modbus_tls"\n{HOST}').replace(
        "[[devices.points]]", tls + "[[devices.points]]"
    )
    (device,) = read(tmp_path, text).devices
    assert device.port == 802
    assert device.tls is not None
    assert device.tls.key_file == tmp_path / "me.key"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            f'protocol = "modbus_rtu"\n{HOST}\nport = 4001',
            (
                "host: modbus_rtu is spoken on a serial port: name serial_port, such as /dev/ttyUSB0; for a gateway",
                "port: modbus_rtu is",
                "serial_port: is missing",
            ),
        ),
        (f"{BUS}\nbaud = 9601", ("baud: expected one of 600, 1200, 2400",)),
        (f'{BUS}\nparity = "mark"', ("parity: expected one of even, none, odd",)),
        (f"{BUS}\ndevice_id = 0", ("device_id: expected a whole number from 1 to 247",)),
        (GATEWAY, ("port: is missing",)),
        (
            f'{HOST}\nserial_port = "/dev/ttyUSB0"',
            ("serial_port: modbus_tcp is spoken over a network; for '/dev/ttyUSB0' say modbus_rtu",),
        ),
        (
            f'protocol = "dlt645_tcp"\n{HOST}\nport = 4001\nserial_port = "/dev/ttyUSB0"',
            ("serial_port: dlt645_tcp is spoken over a network; for '/dev/ttyUSB0' say dlt645_serial",),
        ),
        (
            f'protocol = "dlt645_serial"\nserial_port = "/dev/ttyUSB0"\n{HOST}',
            (
                "host: dlt645_serial is spoken on a serial port: name serial_port, such as /dev/ttyUSB0; for a gateway",
            ),
        ),
        (
            f'protocol = "mqtt"\n{HOST}\nserial_port = "/dev/ttyUSB0"',
            ("serial_port: mqtt is spoken over a network, and on no serial port",),
        ),
        ('host = "192.0.2.17:502"', ("host: expected a name or an address such as 192.0.2.17",)),
        ('host = "[fe80::1]"', ("host: expected a name or an address",)),
        ('host = "a..b"', ("host: expected a name or an address",)),
        (f'host = "{"x" * 64}.example"', ("host: expected a name or an address",)),
        (r'host = "a\u0000b"', ("host: expected a name or an address",)),
        (BUS.replace("ttyUSB0", r"\u0000"), ("serial_port: expected a path such as",)),
        (f"{HOST}\nbaud = 9600", ("baud: no such setting",)),
        (f"{HOST}\ncycle_seconds = 7", ("cycle_seconds: 7 does not divide",)),
    ],
)
def test_a_mistake_is_told_with_what_to_write(tmp_path: Path, lines: str, told: tuple[str, ...]) -> None:
    found = faults(tmp_path, reached_by(lines))
    assert len(found) == len(told)
    for fault, begins in zip(found, told, strict=True):
        assert fault.startswith(begins)


def test_tls_without_who_vouches_for_the_gateway_is_told(tmp_path: Path) -> None:
    assert "file.devices[1].tls: ca_file: is missing" in faults(
        tmp_path, reached_by(f'protocol = "modbus_tls"\n{HOST}')
    )


def test_a_certificate_without_its_key_and_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    tls = '[devices.tls]\nca_file = "ca.pem"\ncertificate_file = "me.pem"\n'
    text = reached_by(f'protocol = "modbus_tls"\n{HOST}').replace(
        "[[devices.points]]", tls + "[[devices.points]]"
    )
    told = faults(tmp_path, text)
    assert [fault.split(": ")[1] for fault in told] == ["ca_file", "certificate_file", "key_file"]


def test_units_behind_one_gateway_are_several_devices(tmp_path: Path) -> None:
    first, second = read(tmp_path, two(f"{HOST}\ndevice_id = 1", f"{HOST}\ndevice_id = 2")).devices
    assert (first.host, first.port) == (second.host, second.port)
    assert wiring.look_s_max(first, read(tmp_path, two(HOST, HOST))) == 8.0


def test_a_look_is_never_longer_than_its_devices_cycle(tmp_path: Path) -> None:
    config = read(tmp_path, reached_by(f"{HOST}\ncycle_seconds = 3\ntimeout_seconds = 2"))
    assert wiring.look_s_max(config.devices[0], config) == 3.0


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            f"{HOST}\nport = 4001",
            f"{GATEWAY}\nport = 4001",
            "'main', 'second' share 192.0.2.17:4001, and one line speaks one protocol",
        ),
        (
            BUS,
            f"{BUS}\nbaud = 19200",
            "serial: 'main', 'second' share /dev/ttyUSB0, and one line has one setting",
        ),
    ],
)
def test_who_shares_a_line_speaks_alike(tmp_path: Path, first: str, second: str, told: str) -> None:
    assert told in faults(tmp_path, two(first, second))[0]


def test_an_address_with_colons_is_told_in_brackets_wherever_its_port_follows() -> None:
    assert where_of("fe80::1", 502) == "[fe80::1]:502"
    assert (where_of("192.0.2.17", 502), where_of("/dev/ttyS1", 0)) == ("192.0.2.17:502", "/dev/ttyS1")


@pytest.mark.parametrize("name", [r"in\ncomer", r"\u001b[31mred", "x" * 201])
def test_a_devices_name_is_one_line_that_is_seen(tmp_path: Path, name: str) -> None:
    (told,) = faults(tmp_path, SOUND.replace('"main"', f'"{name}"'))
    assert told.startswith("name: expected at most 200 visible characters, came")


def test_a_timeout_shorter_than_what_the_bus_takes_is_told(tmp_path: Path) -> None:
    told = faults(tmp_path, reached_by(f"{BUS}\nbaud = 1200\ntimeout_seconds = 0.1"))
    assert told == (
        "file.devices: timeout_seconds: one read of 'main' takes 0.2 s at 1200 baud, expected more than that, came 0.1",
    )
    assert (
        read(tmp_path, reached_by(f"{BUS}\nbaud = 1200\ntimeout_seconds = 0.2")).devices[0].timeout_s == 0.2
    )


def test_what_a_meter_refuses_makes_more_reads_of_which_each_takes_its_time() -> None:
    points = tuple(Point("main", name, "", Decimal(1)) for name in ("import_energy", "power_total"))
    whole = replace(device(), points=points)
    split = replace(whole, map=whole.map.limited(illegal=(Span(4, 0x40, 0),)))
    bus = SerialLine(1200)
    assert (len(exchanges_s(whole, bus)), len(exchanges_s(split, bus))) == (1, 2)
    refused = replace(whole, map=whole.map.limited(illegal=(Span(4, 0x48, 2),)))
    assert len(exchanges_s(refused, bus)) == 1


def test_a_bus_that_cannot_be_read_within_its_cycle_is_told(tmp_path: Path) -> None:
    one = reached_by(f"{BUS}\nbaud = 1200\ncycle_seconds = 1")
    begin, end = one.index("[[devices]]"), one.index("[[uplinks]]")

    def many(count: int) -> str:
        named = [
            one[begin:end].replace('"main"', f'"m{n}"').replace("-11", f"-{n + 11}") for n in range(count)
        ]
        return one[:begin] + "".join(named) + one[end:]

    assert len(read(tmp_path, many(6)).devices) == 6
    (told,) = faults(tmp_path, many(7))
    assert "'m6' share /dev/ttyUSB0, and looking at all of them takes 1.1 times their cycles" in told
