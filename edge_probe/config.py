"""The probe's configuration: one TOML file, checked into frozen values, with all its faults told at once.

A secret never stands in the file: an uplink names an environment variable or a file that holds its credential.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from edge_probe.counters import TOLERANCE_SECONDS, TOLERANCE_SECONDS_MAX
from edge_probe.fields import Fields
from edge_probe.meter_map import MeterMap, load_map
from edge_probe.page_plan import PagePlan, page_plan
from edge_probe.uplink_tls import USUAL, TlsPlan, tls_plan
from edge_probe.virtual import VIRTUAL_MAX, VirtualPoint, virtual_point
from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.daily_slot import DailySlot
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES

CYCLE_SECONDS = 60  # fifteen looks a quarter-hour: one lost answer costs no boundary
RECONCILE_SLOT, NEVER = "03:00-05:30", "off"  # Beijing time: as hubs do, when fewest people wait for one
CYCLE_SECONDS_MAX = 900  # longer than a quarter-hour would miss boundaries by design
TIMEOUT_SECONDS = "1"  # a meter answers within 100 ms or not at all
DEVICES_MAX = 247  # what one serial line addresses; more want a second probe
UPLINKS_MAX = 8  # two are owed (NHJC-06); each reads the whole spool
CONFIG_BYTES_MAX = 1024 * 1024  # 247 devices of twenty points take a tenth of it


@dataclass(frozen=True)
class Point:
    """One counter of a meter that becomes one data code's energy.

    `ct_pt` multiplies what the meter counts (变比, current times voltage transformer); 1 where it counts primary values.
    """

    device: str
    quantity: str
    data_code: str
    ct_pt: Decimal

    @property
    def key(self) -> str:
        """Names the counter in the spool. Another ratio or data code is another counter: it begins anew."""
        return f"{self.device}/{self.quantity}/{self.data_code}/{self.ct_pt}"


@dataclass(frozen=True)
class Device:
    """A meter (计量器具) and the way to it. `device_id` is its address on the line behind host and port."""

    name: str
    protocol: str
    host: str
    port: int
    device_id: int
    map: MeterMap
    timeout_s: float
    points: tuple[Point, ...]
    parts: tuple[
        Point, ...
    ] = ()  # what goes into data codes made of several meters, and is no reading by itself

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is read from it, each once."""
        return tuple(dict.fromkeys(point.quantity for point in (*self.points, *self.parts)))


@dataclass(frozen=True)
class UplinkPlan:
    """A platform to hand readings to; its credential is in the environment variable or the file named.

    `settings` are the kind's own, as they stand in the file.
    """

    name: str
    kind: str
    url: str
    credential_env: str | None = None
    credential_file: Path | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    tls: TlsPlan = USUAL


@dataclass(frozen=True)
class ProbeConfig:
    """Everything a probe is told."""

    unit: CreditCode
    spool: Path
    cycle_s: int
    tolerance_s: int
    devices: tuple[Device, ...]
    uplinks: tuple[UplinkPlan, ...]
    virtual: tuple[VirtualPoint, ...] = ()
    reconcile_slot: DailySlot | None = None
    page: PagePlan | None = None

    @property
    def data_codes(self) -> tuple[tuple[str, str], ...]:
        """Every data code it has readings of, and at what: a meter's name, or the formula."""
        of_devices = [(point.data_code, device.name) for device in self.devices for point in device.points]
        return (*of_devices, *((point.data_code, str(point.formula)) for point in self.virtual))


def load_config(
    file: Path, protocols: Collection[str], uplinks: Collection[str], bare: Collection[str] = ()
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


def _toml(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            octets = opened.read(CONFIG_BYTES_MAX + 1)
        if len(octets) > CONFIG_BYTES_MAX:
            raise ConfigurationError(str(file), [f"more than {CONFIG_BYTES_MAX} bytes"])
        return tomllib.loads(octets.decode("utf-8-sig"), parse_float=Decimal)
    except OSError as fault:
        raise ConfigurationError(str(file), [f"cannot be read: {fault.strerror}"]) from fault
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigurationError(str(file), [f"not TOML: {fault}"]) from fault


@dataclass(frozen=True)
class _Reading:
    """One pass over the file, with what it is checked against."""

    folder: Path
    protocols: Collection[str]
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
        slot = self._slot(probe)
        probe.finish()
        devices = self._few(whole, "devices", DEVICES_MAX)
        uplinks = self._few(whole, "uplinks", UPLINKS_MAX)
        made = self._few(whole, "virtual", VIRTUAL_MAX, least=0)
        page = page_plan(whole)
        whole.finish()
        virtual = tuple(point for fields in made if (point := virtual_point(fields)))
        read = self._with_parts([self.device(fields) for fields in devices], virtual)
        plans = tuple(self.uplink(fields) for fields in uplinks)
        said = (spool, cycle_s, tolerance_s, read, plans, virtual, slot, page)
        config = ProbeConfig(unit, *said) if unit else None
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
                device = known.get(part.device)
                quantity = device.map.quantities.get(part.quantity) if device else None
                if quantity is None or not quantity.counter:
                    code = DataCode(point.data_code)
                    self.faults.append(f"file.virtual: {code}: no device has a counter {part.name[:128]!r}")
                parts[part.device].append(Point(part.device, part.quantity, point.data_code, part.ct_pt))
        for place, device in enumerate(devices, 1):
            if not device.points and not parts[device.name]:
                self.faults.append(f"file.devices[{place}]: points: there are none, so nothing would be read")
        return tuple(replace(device, parts=tuple(parts[device.name])) for device in devices)

    def device(self, fields: Fields) -> Device:
        name = fields.text("name")
        meter_map = self._map(fields)
        points = tuple(self.point(name, meter_map, inner) for inner in fields.tables("points"))
        device = Device(
            name=name,
            protocol=fields.one_of("protocol", self.protocols, "modbus_tcp"),
            host=fields.text("host"),
            port=fields.whole("port", 1, 65535, 502),
            device_id=fields.whole("device_id", 0, 255, 1),
            map=meter_map or MeterMap("", "", "", 0, 0, {}),
            timeout_s=float(fields.number("timeout_seconds", "0.05", "30", TIMEOUT_SECONDS)),
            points=points,
        )
        fields.finish()
        return device

    def point(self, device: str, meter_map: MeterMap | None, fields: Fields) -> Point:
        quantity = fields.text("quantity")
        code = fields.checked("data_code", DataCode.parse)
        ct_pt = fields.number("ct_pt", "0.000001", "1e9", "1")
        fields.finish()
        if meter_map is not None and quantity:
            self._check_counter(meter_map, quantity, code, fields)
        return Point(device, quantity, code.digits if code else "", ct_pt)

    def uplink(self, fields: Fields) -> UplinkPlan:
        name, kind = fields.text("name"), fields.one_of("kind", self.uplinks, "nengshu")
        url = fields.checked("url", _base_url) or ""
        for secret in ("credential", "key", "token"):
            if fields.has(secret):
                why = "a secret does not belong in the file; name credential_env or credential_file"
                fields.fault(secret, why)
        env = fields.text("credential_env") if fields.has("credential_env") else None
        file = self.folder / fields.text("credential_file") if fields.has("credential_file") else None
        if kind in self.bare and (env or file):
            fields.fault("credential_env", f"a platform of kind {kind} is shown none")
        if kind not in self.bare and (env is None) == (file is None):
            fields.fault("credential_env", "name either credential_env or credential_file")
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

    def _map(self, fields: Fields) -> MeterMap | None:
        name = fields.text("map")
        try:
            return load_map(name, self.folder) if name else None
        except ConfigurationError as fault:
            for why in fault.faults:
                fields.fault("map", why)
            return None

    def _check_counter(self, meter_map: MeterMap, name: str, code: DataCode | None, fields: Fields) -> None:
        quantity = meter_map.quantities.get(name)
        variety = VARIETIES.get(code.variety) if code else None
        if quantity is None:
            known = ", ".join(key for key, found in meter_map.quantities.items() if found.counter)
            fields.fault("quantity", f"map {meter_map.name} has no {name[:64]!r}; its counters are {known}")
        elif not quantity.counter:
            fields.fault("quantity", f"{name} is no counter, and only a counter's difference is energy")
        elif variety and variety.unit != quantity.unit:
            fields.fault("data_code", f"{code} counts {variety.unit}, and {name} is in {quantity.unit}")

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
