"""Meters as others' libraries answer for them: a slave of Debian's libmodbus, and a server of npm's modbus-serial.

Both hold the same registers, in both tables; what they hold is said here once more, so that three hands have written it.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from edge_probe.config import Device, Point
from edge_probe.meter_map import MeterMap, parse_map
from edge_probe.reaching import SerialLine, TlsFiles
from tests.certificates import certificate_of_127
from tests.edge_probe.fakes import ELECTRICITY, device
from tests.needs import CONFORMANCE, need_libmodbus, need_node

UNITS, READ_MAX = (1, 2, 3), 48
ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
HOLE = "{ function = 3, address = 0x50, count = 8 }, { function = 4, address = 0x50, count = 8 }"

# name: address, type, order, what it shows of a unit
WIDTHS: Mapping[str, tuple[int, str, str, Callable[[int], Decimal]]] = {
    "u16": (0x08, "uint16", "ABCD", lambda unit: Decimal(40_000 + unit)),
    "i16": (0x09, "int16", "ABCD", lambda unit: Decimal(-unit)),
    "u32": (0x0A, "uint32", "ABCD", lambda unit: Decimal(3_000_000_000 + unit)),
    "i32": (0x0C, "int32", "ABCD", lambda unit: Decimal(-70_000 - unit)),
    "u64": (0x0E, "uint64", "ABCD", lambda unit: Decimal(2**63 + unit)),
    "i64_cdab": (0x12, "int64", "CDAB", lambda unit: Decimal(-(2**40) - unit)),
    "u32_badc": (0x16, "uint32", "BADC", lambda unit: Decimal(3_000_000_000 + unit)),
    "u64_dcba": (0x18, "uint64", "DCBA", lambda unit: Decimal(2**63 + unit)),
    "f64_cdab": (0x1C, "float64", "CDAB", lambda unit: Decimal(repr(unit + 1 / 3))),
    "before_the_hole": (0x4F, "uint16", "ABCD", lambda _: Decimal(6)),
    "behind_the_hole": (0x58, "uint16", "ABCD", lambda _: Decimal(7)),
}
# name: address, type, order, kWh a pulse; the first two begin at 0 again before 600 and 300 pulses have been counted
COUNTERS: Mapping[str, tuple[int, str, str, Decimal]] = {
    "count_16": (0x30, "uint16", "ABCD", Decimal("0.1")),
    "count_32": (0x31, "uint32", "CDAB", Decimal("0.01")),
    "count_64": (0x33, "uint64", "ABCD", Decimal("0.001")),
    "count_float": (0x37, "float32", "BADC", Decimal("0.25")),
}


@dataclass(frozen=True)
class Peer:
    """A meter that runs: where it answers, and in what order each of its library's helpers wrote a float."""

    program: subprocess.Popen[str]
    protocol: str
    port: int
    serial_port: str
    helpers: Sequence[str]
    tls: TlsFiles | None = None

    def device(self, unit: int, meter_map: MeterMap, timeout_s: float = 1.0) -> Device:
        """The way to one of its units, every quantity of the map wanted."""
        points = tuple(Point("main", name, ELECTRICITY, Decimal(1)) for name in meter_map.quantities)
        found = dataclasses.replace(
            device(self.port, timeout_s=timeout_s),
            name=f"unit {unit}", protocol=self.protocol, device_id=unit, map=meter_map, points=points, tls=self.tls,
        )  # fmt: skip
        if self.serial_port:
            return dataclasses.replace(found, host=self.serial_port, port=0, serial=SerialLine())
        return found

    def count(self, pulses: int) -> int:
        """Have it count so many pulses: how many it has counted."""
        assert self.program.stdin is not None
        self.program.stdin.write(f"count {pulses}\n")
        self.program.stdin.flush()
        return int(_said(self.program)["counted"])


Stage: TypeAlias = Callable[[int], AbstractContextManager[Peer]]


def _said(program: subprocess.Popen[str]) -> Any:
    assert program.stdout is not None
    return json.loads(program.stdout.readline())


@contextmanager
def _running(command: Sequence[str], protocol: str, tls: TlsFiles | None = None) -> Iterator[Peer]:
    with subprocess.Popen(
        command, text=True, cwd=CONFORMANCE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        told = _said(program)
        try:
            yield Peer(program, protocol, told["port"], told["serialPort"], told["helpers"], tls)
        finally:
            program.send_signal(signal.SIGTERM)  # which does nothing to one that a test has killed
            assert program.wait(5) in (0, -signal.SIGKILL)


def libmodbus_slave(built: Path, protocol: str) -> Stage:
    """The slave of libmodbus, by the port it shall have, 0 for any."""
    spoken = {"modbus_tcp": "tcp", "modbus_rtu": "rtu", "modbus_rtu_tcp": "rtu-tcp"}[protocol]
    return lambda port: _running([str(built), spoken, str(port)], protocol)


def modbus_serial_server() -> Stage:
    """The server of modbus-serial over TCP, by the port it shall have."""
    return lambda port: _running([str(need_node()), "modbus_server.mjs", str(port)], "modbus_tcp")


def modbus_serial_gateway(folder: Path) -> Stage:
    """The same behind a gateway that speaks TLS and wants the probe's certificate."""
    own, probes = (certificate_of_127(made) for made in (folder / "gateway", folder / "probe"))
    tls = TlsFiles(own, probes, probes)
    files = [str(own), str(probes)]
    return lambda port: _running(
        [str(need_node()), "modbus_server.mjs", str(port), *files], "modbus_tls", tls
    )


def build(folder: Path) -> Path:
    """Compile the slave: its program."""
    compiler, options = need_libmodbus()
    program = folder / "modbus_slave"
    source = [str(CONFORMANCE / "modbus_slave.c"), "-o", str(program)]
    strict = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"]
    done = subprocess.run(
        [compiler, *strict, *source, *options], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return program


def meter_map(
    peer: Peer, function: int = 3, *, registers_max: int = READ_MAX, hole: str = HOLE, floats: str = ""
) -> MeterMap:
    """The map of one of the two tables. `floats` is an order to claim of all floats, whichever they have."""
    entries = []
    for at, order in enumerate(ORDERS):
        entries.append(_entry(f"float_{order}", 2 * at, "float32", floats or order))
        entries.append(_entry(f"helper_{at}", 0x20 + 2 * at, "float32", floats or peer.helpers[at]))
    entries += [_entry(name, *found[:3]) for name, found in WIDTHS.items()]
    head = f'model = "m"\nsource = "s"\nregisters_max = {registers_max}\nillegal = [{hole}]\n'
    return parse_map(head + "\n".join(f"{entry}function = {function}\n" for entry in entries), "peer.toml")


def one_float(name: str, claimed: str) -> MeterMap:
    """The map of one of the floats as a counter, in an order that is claimed of it."""
    address = 2 * ORDERS.index(name.removeprefix("float_"))
    head = f'model = "m"\nsource = "s"\nregisters_max = {READ_MAX}\n'
    return parse_map(f"{head}{_entry(name, address, 'float32', claimed, 'kWh')}function = 3\n", "peer.toml")


def counters() -> str:
    """The text of a map of what counts pulses."""
    entries = [
        # a float32 holds kWh by itself, the others pulses
        f"{_entry(name, address, form, order, 'kWh')}function = 3\ncounter = true\n"
        + ("" if form == "float32" else f'scale = "{kwh}"\n')
        for name, (address, form, order, kwh) in COUNTERS.items()
    ]
    return 'model = "m"\nsource = "s"\n' + "\n".join(entries)


def _entry(name: str, address: int, form: str, order: str, unit: str = "number") -> str:
    told = f'address = {address}\ntype = "{form}"\norder = "{order}"\nunit = "{unit}"\n'
    return f"[quantities.{name}]\n{told}"


def held(unit: int, function: int = 3) -> Mapping[str, Decimal]:
    """What a unit shows in one of its tables."""
    shift = Decimal("0.25") if function == 3 else Decimal("0.75")
    floats = {f"float_{order}": 1000 * unit + at + shift for at, order in enumerate(ORDERS)}
    helpers = {f"helper_{at}": 2000 * unit + at + shift for at in range(len(ORDERS))}
    return {**floats, **helpers, **{name: found[3](unit) for name, found in WIDTHS.items()}}
