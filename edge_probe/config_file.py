"""The probe's configuration: one TOML file, checked into frozen values, with all its faults told at once.

A secret never stands in the file: an uplink names an environment variable or a file that holds its credential.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from edge_probe.config import Device, Point, ProbeConfig, UplinkPlan
from edge_probe.counters import TOLERANCE_SECONDS, TOLERANCE_SECONDS_MAX
from edge_probe.device_maps import check_counter, check_reads, maps_of, reads_of
from edge_probe.fields import UNREADABLE, Fields, not_toml
from edge_probe.limits import limits_of
from edge_probe.logins import ONE_PLACE, place_of_credential, refuse_secrets
from edge_probe.meter_map import MeterMap
from edge_probe.page_plan import page_plan
from edge_probe.reaching import Protocols, check_lines, endpoint, reach_of
from edge_probe.time_sources import time_sources
from edge_probe.uplink_tls import tls_plan
from edge_probe.virtual import VIRTUAL_MAX, VirtualPoint, virtual_point
from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.daily_slot import DailySlot
from graph.model.data_code import DataCode

CYCLE_SECONDS = 60  # fifteen looks a quarter-hour: one lost answer costs no boundary
RECONCILE_SLOT, NEVER = "03:00-05:30", "off"  # Beijing time: as hubs do, when fewest people wait for one
CYCLE_SECONDS_MAX = 900  # longer than a quarter-hour would miss boundaries by design
TIMEOUT_SECONDS = "1"  # a meter answers within 100 ms or not at all
RATIO_MAX = Decimal(10) ** 9  # what a counter is multiplied by; the arithmetic is exact up to it
NAME_CHARACTERS_MAX = 200  # of a device, as hubs take names; a table shows some thirty
DEVICES_MAX = 247  # what one serial line addresses; more want a second probe
UPLINKS_MAX = 8  # two are owed (NHJC-06); each reads the whole spool
CONFIG_BYTES_MAX = 1024 * 1024  # 247 devices of twenty points take a tenth of it


def load_config(
    file: Path, protocols: Protocols, uplinks: Collection[str], bare: Collection[str] = ()
) -> ProbeConfig:
    """Read and check a file against the protocols and kinds of uplink that are there, `bare` ones without credential.

    Paths in it are relative to it. Raises ConfigurationError with every fault.
    """
    faults: list[str] = []
    reading = _Reading(file.parent, protocols, uplinks, bare, faults)
    config = reading.config(_toml(file))
    if faults or config is None:
        raise ConfigurationError(str(file), faults)
    return config


_WHOLE = "configuration"  # a fault of the file as a whole names the file itself: each is a line of its own


def _toml(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            octets = opened.read(CONFIG_BYTES_MAX + 1)
        if len(octets) > CONFIG_BYTES_MAX:
            raise ConfigurationError(_WHOLE, [f"{file}: more than {CONFIG_BYTES_MAX} bytes"])
        return tomllib.loads(octets.decode("utf-8-sig"), parse_float=Decimal)
    except OSError as fault:
        raise ConfigurationError(_WHOLE, [f"{file}: cannot be read: {fault.strerror}"]) from fault
    except UNREADABLE as fault:
        raise ConfigurationError(_WHOLE, [f"{file}: {not_toml(fault)}"]) from fault


@dataclass(frozen=True)
class _Reading:
    """One pass over the file, with what it is checked against."""

    folder: Path
    protocols: Protocols
    uplinks: Collection[str]
    bare: Collection[str]
    faults: list[str]

    def config(self, toml: dict[str, object]) -> ProbeConfig | None:
        whole = Fields(toml, "file", self.faults)
        probe = whole.table("probe")
        unit = probe.checked("unit", CreditCode.parse)
        spool = self.folder / probe.text("spool")
        cycle_s = self._cycle(probe)
        tolerance_s = probe.whole("tolerance_seconds", 1, TOLERANCE_SECONDS_MAX, TOLERANCE_SECONDS)
        slot, time = self._slot(probe), time_sources(probe)
        probe.finish()
        devices = self._few(whole, "devices", DEVICES_MAX)
        uplinks = self._few(whole, "uplinks", UPLINKS_MAX)
        made = self._few(whole, "virtual", VIRTUAL_MAX, least=0)
        page = page_plan(whole)
        whole.finish()
        virtual = tuple(point for fields in made if (point := virtual_point(fields)))
        read = self._with_parts([self.device(fields) for fields in devices], virtual)
        plans = tuple(self.uplink(fields) for fields in uplinks)
        said = (spool, cycle_s, tolerance_s, read, plans, virtual, slot, time, page)
        config = ProbeConfig(unit, *said) if unit else None
        check_lines(read, cycle_s, self.faults)
        self._once("devices", "name", [device.name for device in read])
        codes = [point.data_code for device in read for point in device.points]
        self._once("devices", "data_code", [*codes, *(point.data_code for point in virtual)])
        self._once("uplinks", "name", [plan.name for plan in plans])
        return config

    def _with_parts(self, devices: list[Device], virtual: Sequence[VirtualPoint]) -> tuple[Device, ...]:
        """The devices, each with its quantities that go into a formula; a part that nobody measures is a fault."""
        known, parts = {device.name: device for device in devices}, defaultdict[str, list[Point]](list)
        for point in virtual:
            for part in point.parts:
                device, place = known.get(part.device), f"file.virtual: {DataCode(point.data_code)}"
                maps = (device.map, *device.others) if device else ()
                if not maps or not all(each.counts(part.quantity) for each in maps):
                    self.faults.append(f"{place}: no device has a counter {part.name[:128]!r}")
                elif part.name in point.unsaid and any(each.is_secondary for each in maps):
                    self.faults.append(
                        f"{place}: {part.name[:128]!r} counts behind transformers; give its ct_pt"
                    )
                elif part.name in point.unsaid and any(each.counts_pulses(part.quantity) for each in maps):
                    self.faults.append(
                        f"{place}: {part.name[:128]!r} counts pulses; give what one stands for as its ct_pt"
                    )
                parts[part.device].append(Point(part.device, part.quantity, point.data_code, part.ct_pt))
        for number, device in enumerate(devices, 1):
            if not device.points and not parts[device.name]:
                self.faults.append(
                    f"file.devices[{number}]: points: there are none, so nothing would be read"
                )
        return tuple(replace(device, parts=tuple(parts[device.name])) for device in devices)

    def device(self, fields: Fields) -> Device:
        name = fields.text("name")
        if not name.isprintable() or len(name) > NAME_CHARACTERS_MAX:
            expected = f"expected at most {NAME_CHARACTERS_MAX} visible characters"
            fields.fault("name", f"{expected}, came {len(name)}: {name[:64]!r}")
        reads = reads_of(fields)
        maps = maps_of(fields, self.folder, reads)
        check_reads(maps, reads, fields)
        protocol = fields.one_of("protocol", self.protocols, "modbus_tcp")
        reach = reach_of(self.protocols, protocol)
        where = endpoint(fields, protocol, reach, self.folder)
        points = tuple(self.point(name, maps, inner) for inner in fields.tables("points"))
        device = Device(
            name=name,
            protocol=protocol,
            host=where.host,
            port=where.port,
            device_id=fields.whole("device_id", reach.address_min, reach.address_max, 1),
            map=maps[0] if maps else MeterMap("", "", "", 0, 0, {}),
            timeout_s=float(fields.number("timeout_seconds", "0.05", "30", TIMEOUT_SECONDS)),
            points=points,
            serial=where.serial,
            tls=where.tls,
            login=where.login,
            cycle_s=self._cycle(fields) if fields.has("cycle_seconds") else None,
            settings=fields.untouched("settings"),
            others=maps[1:],
            pause_s=reads.pause_ms / 1000,
        )
        fields.finish()
        return device

    def point(self, device: str, maps: Sequence[MeterMap], fields: Fields) -> Point:
        quantity = fields.text("quantity")
        code = fields.checked("data_code", DataCode.parse)
        if quantity:
            check_counter(maps, quantity, code, fields)
        ct_pt = fields.number("ct_pt", "0.000001", "1e9", "1")
        if fields.has("pulses_per_unit"):
            ct_pt /= fields.number("pulses_per_unit", "0.000001", "1e9")
            if ct_pt > RATIO_MAX:
                fields.fault(
                    "pulses_per_unit", f"ct_pt divided by it is {ct_pt:.3g}, expected at most {RATIO_MAX:.0e}"
                )
        limits = limits_of(fields, ct_pt)
        fields.finish()
        return Point(device, quantity, code.digits if code else "", ct_pt, limits)

    def uplink(self, fields: Fields) -> UplinkPlan:
        name, kind = fields.text("name"), fields.one_of("kind", self.uplinks, "nengshu")
        url = fields.checked("url", _base_url) or ""
        refuse_secrets(fields, "credential", "key", "token")
        env, file = place_of_credential(fields, self.folder)
        if kind in self.bare and (env or file):
            fields.fault("credential_env", f"a platform of kind {kind} is shown none")
        if kind not in self.bare and (env is None) == (file is None):
            fields.fault("credential_env", ONE_PLACE)
        settings, tls = fields.untouched("settings"), tls_plan(fields, self.folder)
        fields.finish()
        return UplinkPlan(name, kind, url, env, file, settings, tls)

    def _cycle(self, probe: Fields) -> int:
        cycle_s = probe.whole("cycle_seconds", 1, CYCLE_SECONDS_MAX, CYCLE_SECONDS)
        if CYCLE_SECONDS_MAX % cycle_s:
            probe.fault(
                "cycle_seconds",
                f"{cycle_s} does not divide a quarter-hour, so its boundaries would be missed",
            )
        return cycle_s

    def _slot(self, probe: Fields) -> DailySlot | None:
        text = probe.text("reconcile_slot", RECONCILE_SLOT)
        try:
            return None if text == NEVER else DailySlot.parse(text)
        except InvalidInput as fault:
            probe.fault("reconcile_slot", f"{fault}; or {NEVER!r}")
            return None

    def _few(self, whole: Fields, key: str, most: int, least: int = 1) -> list[Fields]:
        found = whole.tables(key)
        if not least <= len(found) <= most:
            whole.fault(key, f"expected {least} to {most}, came {len(found)}")
        return found[:most]

    def _once(self, what: str, key: str, values: list[str]) -> None:
        for value in sorted({value for value in values if value and values.count(value) > 1}):
            self.faults.append(f"file.{what}: {key}: {value!r} stands more than once")


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError as fault:
        raise InvalidInput(f"{text[:64]!r} is no address: {fault}") from fault
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"expected an http or https address, came {text[:64]!r}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput("expected an address without user, query or fragment")
    return text.rstrip("/")
