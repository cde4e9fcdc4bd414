"""What a probe is told, as frozen values: its unit, meters, platforms, and how often it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from edge_probe.limits import UNLIMITED, Limits, Shown, of_rate, within
from edge_probe.logins import Login
from edge_probe.meter_map import MeterMap
from edge_probe.page_plan import PagePlan
from edge_probe.reaching import SerialLine, TlsFiles
from edge_probe.time_sources import UNTOLD, TimeSources
from edge_probe.uplink_tls import USUAL, TlsPlan
from edge_probe.virtual import VirtualPoint
from graph.model.credit_code import CreditCode
from graph.model.daily_slot import DailySlot


@dataclass(frozen=True)
class Point:
    """One counter of a meter that becomes one data code's energy.

    `ct_pt` multiplies what the meter counts (变比, current times voltage transformer); 1 where it counts primary values.
    """

    device: str
    quantity: str
    data_code: str
    ct_pt: Decimal
    limits: Limits = UNLIMITED

    @property
    def place(self) -> str:
        """Names the counter whatever its ratio."""
        return f"{self.device}/{self.quantity}/{self.data_code}"

    @property
    def key(self) -> str:
        """Names the counter in the spool. Another ratio goes on from the former one (edge_probe/pieces.py)."""
        return f"{self.place}/{self.ct_pt}"


@dataclass(frozen=True)
class Device:
    """A meter (计量器具) and the way to it. `device_id` is its address on the line behind host and port.

    On a serial bus `host` is the port's path and `port` 0. `cycle_s` is its own cadence; None: the probe's.
    `settings` are the protocol's own, as they stand in the file.
    """

    name: str
    protocol: str
    host: str
    port: int
    device_id: int
    map: MeterMap
    timeout_s: float
    points: tuple[Point, ...]
    parts: tuple[Point, ...] = ()  # of data codes made of several meters, and no readings by themselves
    serial: SerialLine | None = None
    tls: TlsFiles | None = None
    login: Login | None = None
    cycle_s: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    others: tuple[MeterMap, ...] = ()  # maps of other firmwares: a register that each knows decides
    pause_s: float = 0.0  # between an answer and the next request

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is read from it, each once."""
        return tuple(dict.fromkeys(point.quantity for point in (*self.points, *self.parts)))

    def shows(self, name: str) -> Shown | None:
        """A quantity, where all its maps say alike at what figure it begins at 0 again: the meter has not decided yet."""
        entries = [each.entries.get(name) for each in (self.map, *self.others)]
        return entries[0] if len({entry and entry.rolls_at for entry in entries}) == 1 else None

    def limits_of(self, point: Point) -> Limits:
        """What a counter of it can do: what its point says, and what shows it where the point says nothing."""
        if self.map.integrates(point.quantity):
            return of_rate(point.limits)
        return within(point.limits, self.shows(point.quantity), point.ct_pt)


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
    time: TimeSources = UNTOLD
    page: PagePlan | None = None

    @property
    def data_codes(self) -> tuple[tuple[str, str], ...]:
        """Every data code it has readings of, and at what: a meter's name, or the formula."""
        of_devices = [(point.data_code, device.name) for device in self.devices for point in device.points]
        return (*of_devices, *((point.data_code, str(point.formula)) for point in self.virtual))
