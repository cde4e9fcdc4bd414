"""How a meter is reached, as its device's table in the configuration says: an address, a serial port, or TLS.

A serial bus and most gateways serve one question at a time, so that devices which name one endpoint share one connection.
"""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from edge_probe.fields import Fields, host_of
from edge_probe.logins import Login, login_of
from graph.errors import SourceUnreachable

if TYPE_CHECKING:
    from edge_probe.config import Device

BAUDS = (600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
# What meters are shipped with; the serial line guide V1.02, 2.2 requires it beside 19200 (assumed).
BAUD = 9600
FRAME_BYTES = 13  # 8 of a question; device, function, count, checksum of its answer (V1.1b3, 6.3)
PARITIES = {"none": "N", "even": "E", "odd": "O"}


class Way(StrEnum):
    """What lies between probe and meter; a person types in what a meter shows that nobody else reaches."""

    TCP = auto()
    SERIAL = auto()
    TLS = auto()
    PERSON = auto()


@dataclass(frozen=True)
class SerialLine:
    """How bits stand on a serial bus, eight to a character."""

    baud: int = BAUD
    parity: str = "none"
    stop_bits: int = 1


@dataclass(frozen=True)
class Reach:
    """What a protocol wants of a device's table: the way, the port where none is named, the addresses on the line.

    `line` is how its serial buses are set where a table does not say; `logs_in` where a table may name a user;
    `tls_port` the port within TLS, which a table may ask for. `sibling` speaks likewise the other way: on a bus what is
    spoken over a network, and by a gateway over TCP what is spoken on a bus.
    """

    way: Way = Way.TCP
    port: int | None = 502
    address_min: int = 0
    address_max: int = 255
    line: SerialLine = SerialLine()
    logs_in: bool = False
    tls_port: int | None = None
    sibling: str | None = None


class Speaks(Protocol):
    """A protocol, as far as its devices' tables are concerned."""

    @property
    def reach_by(self) -> Reach:
        """How its meters are reached."""
        ...


USUAL_REACH = Reach()

Protocols: TypeAlias = Mapping[str, Speaks] | Collection[str]


@dataclass(frozen=True)
class TlsFiles:
    """Who vouches for a gateway, and what the probe shows of itself."""

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None


def tls_context(files: TlsFiles | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, to nobody for whom nobody vouches. Raises SourceUnreachable when certificates cannot be read."""
    try:
        context = ssl.create_default_context(cafile=str(files.ca_file) if files else None)
        if files and files.certificate_file:
            context.load_cert_chain(files.certificate_file, files.key_file)
    except (OSError, ssl.SSLError) as fault:
        raise SourceUnreachable(f"certificates cannot be read: {fault}") from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@dataclass(frozen=True)
class Endpoint:
    """Where a device is: a host and its port, or a serial port's path and 0."""

    host: str
    port: int
    serial: SerialLine | None = None
    tls: TlsFiles | None = None
    login: Login | None = None


def reach_of(protocols: Protocols, name: str) -> Reach:
    """What a protocol says of itself; plain TCP where nothing but its name is known."""
    found = protocols.get(name) if isinstance(protocols, Mapping) else None
    return found.reach_by if found is not None else USUAL_REACH


def endpoint(fields: Fields, protocol: str, reach: Reach, folder: Path) -> Endpoint:
    """Where a device's table says it is. What belongs to another way of reaching it is a fault that names that way."""
    if reach.way is Way.SERIAL:
        return _serial(fields, protocol, reach)
    if reach.way is Way.PERSON:
        _unreached(fields, protocol)
        return Endpoint("", 0)
    if fields.has("serial_port"):
        text = fields.text("serial_port")
        instead = f"; for {text[:64]!r} say {reach.sibling}" if reach.sibling else ", and on no serial port"
        fields.fault("serial_port", f"{protocol} is spoken over a network{instead}")
    host = fields.checked("host", host_of) or ""
    within_tls = reach.tls_port is not None and fields.has("tls")
    port = fields.whole("port", 1, 65535, reach.tls_port if within_tls else reach.port)
    login = login_of(fields, folder) if reach.logs_in else None
    tls = _tls(fields, folder) if within_tls or reach.way is Way.TLS else None
    return Endpoint(host, port, tls=tls, login=login)


def where_of(host: str, port: int) -> str:
    """An endpoint for people: a serial port's path, or a host and its port, in brackets where the host has colons."""
    if not port:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_lines(devices: Iterable[Device], cycle_s: int, faults: list[str]) -> None:
    """One endpoint is one connection: who shares it agrees on how it is spoken to, and is read within its cycle."""
    sharing = defaultdict[tuple[str, int], list["Device"]](list)
    for device in devices:
        if device.host:
            sharing[device.host, device.port].append(device)
        if (
            device.serial
            and (takes_s := max(exchanges_s(device, device.serial), default=0)) > device.timeout_s
        ):
            why = f"one read of {device.name[:64]!r} takes {takes_s:.1f} s at {device.serial.baud} baud"
            faults.append(
                f"file.devices: timeout_seconds: {why}, expected more than that, came {device.timeout_s:g}"
            )
    for (host, port), found in sharing.items():
        where = where_of(host, port)
        names = ", ".join(repr(device.name[:64]) for device in found[:8])
        if len({device.protocol for device in found}) > 1:
            faults.append(f"file.devices: protocol: {names} share {where}, and one line speaks one protocol")
        elif len({(device.serial, device.tls) for device in found}) > 1:
            what = "serial" if not port else "tls"
            faults.append(f"file.devices: {what}: {names} share {where}, and one line has one setting of it")
        elif (share := sum(share_of_line(device, cycle_s) for device in found)) > 1:
            why = f"{names} share {where}, and looking at all of them takes {share:.1f} times their cycles"
            faults.append(f"file.devices: cycle_seconds: {why}; give longer cycles, or a faster line")


def share_of_line(device: Device, cycle_s: int) -> float:
    """The part of its cycle that a device's line is taken by its looks, octets alone; 0 of what is no serial line."""
    return sum(exchanges_s(device, device.serial)) / (device.cycle_s or cycle_s) if device.serial else 0.0


def exchanges_s(device: Device, bus: SerialLine) -> list[float]:
    """How long each read of a device is on its bus, question and answer, eleven bits to an octet."""
    found = [device.map.quantities[name] for name in device.quantities if name in device.map.quantities]
    reads = device.map.reads(each for each in found if not device.map.hole_under(each))
    return [(FRAME_BYTES + 2 * span.count) * 11 / bus.baud for span in reads]


def _unreached(fields: Fields, protocol: str) -> None:
    for key in ("host", "port", "serial_port"):
        if fields.has(key):
            fields.drop(key)
            fields.fault(key, f"nobody reaches a meter of protocol {protocol}: people read it")


def _serial(fields: Fields, protocol: str, reach: Reach) -> Endpoint:
    usual = reach.line
    for key in ("host", "port"):
        if fields.has(key):
            fields.drop(key)
            why = f"{protocol} is spoken on a serial port: name serial_port, such as /dev/ttyUSB0;"
            fields.fault(key, f"{why} for a gateway that passes its frames over TCP say {reach.sibling}")
    path = fields.text("serial_port")
    if not path.isprintable():
        fields.fault("serial_port", f"expected a path such as /dev/ttyUSB0, came {path[:64]!r}")
    baud = fields.whole("baud", BAUDS[0], BAUDS[-1], usual.baud)
    if baud not in BAUDS:
        fields.fault("baud", f"expected one of {', '.join(map(str, BAUDS))}, came {baud}")
    parity = fields.one_of("parity", PARITIES, usual.parity)
    return Endpoint(path, 0, SerialLine(baud, parity, fields.whole("stop_bits", 1, 2, usual.stop_bits)))


def _tls(fields: Fields, folder: Path) -> TlsFiles:
    table = fields.table("tls")
    ca_file = _file(table, "ca_file", folder)
    certificate = _file(table, "certificate_file", folder) if table.has("certificate_file") else None
    key = _file(table, "key_file", folder) if table.has("key_file") else None
    if (certificate is None) != (key is None):
        table.fault("key_file", "certificate_file and key_file are named together or not at all")
    table.finish()
    return TlsFiles(ca_file, certificate, key)


def _file(table: Fields, key: str, folder: Path) -> Path:
    text = table.text(key)
    path = folder / text
    if text and not path.is_file():
        table.fault(key, f"no such file: {path}")
    return path
