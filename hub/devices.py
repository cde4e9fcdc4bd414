"""Access devices as the hub keeps them (provincial_adapters.Enrolled): who they are, and what they say of themselves.

Where their readings go is hub/device_readings.py's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.model.access_device import Approval, DeviceSays, DeviceState
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import (
    Ask,
    Compare,
    Condition,
)
from hub.device_said import NOTHING_YET, said_after
from hub.stores.door.devices_seen import DevicesSeen, SeenDevice
from hub.stores.registry.device_rows import NewDevice
from hub.stores.registry.registry import Registry
from hub.stores.registry.remembered import Remembered
from provincial_adapters import Enrolled, Proposal, only_new

_LINKS = "links"


@dataclass(frozen=True)
class RegistryDevices:
    """The devices of one dialect. Implements provincial_adapters._toolkit.devices.Devices."""

    registry: Registry
    reach: Reach  # what part of the country the hub serves
    dialect: str
    seen: DevicesSeen
    links: Remembered[str, tuple[Link, ...]]

    @classmethod
    def of(cls, registry: Registry, reach: Reach, dialect: str, seen: DevicesSeen) -> RegistryDevices:
        """Over a registry whose links are looked up once anything was written there."""
        links: Remembered[str, tuple[Link, ...]] = Remembered(lambda _: registry.links(), registry.version, 1)
        return cls(registry, reach, dialect, seen, links)

    def link_of(self, unit: CreditCode) -> Link | None:
        """The enabled link of the unit's province; None where the hub serves no such unit, or its province has none."""
        place = self._place(unit)
        return None if place is None else self._link(place["province"])

    def enrol(self, unit: CreditCode) -> Enrolled | None:
        """The unit's device, a new one where it has none."""
        found = self.find(unit)
        if found is not None:
            return found
        link = self.link_of(unit)
        if link is None:
            return None
        self.registry.devices.enrol(_new_device(link, unit))
        return self.find(unit)

    def find(self, unit: CreditCode) -> Enrolled | None:
        """The unit's device as it now stands."""
        link = self.link_of(unit)
        if link is None:
            return None
        asked = _among(unit=str(unit), link=link.key)
        rows = self.registry.rows(Ask("access_device", self.reach, asked)).table.to_pylist()
        if not rows:
            return None
        row = rows[0]
        return Enrolled(link, unit, DeviceState(row["state"]), row["place"], row["why"])

    def say(self, device: Enrolled, proposal: Proposal) -> None:
        """Keep what a configuration says, and propose its points. Raises TooLarge."""
        unit = proposal.unit
        new = only_new(proposal, self.registry.points([str(unit)]))
        if new.points:
            reach = Reach(region=device.link.region)
            self.registry.upsert("data_point", new.points, f"device of {unit}", reach)
        self.registry.devices.say(device.link.key, unit, self._said(device, proposal))

    def note(self, device: Enrolled, **what: str | None) -> None:
        """Remember that a device was seen now."""
        place = self._place(device.unit)
        if place is not None:
            own = SeenDevice(str(device.unit), device.link.key, place["province"], place["region"])
            self.seen.note(own, what)

    def units(self) -> Sequence[tuple[CreditCode, str]]:
        """Every unit that has a device of this dialect, with its link's key."""
        return self.registry.devices.units(self.dialect)

    def _said(self, device: Enrolled, proposal: Proposal) -> DeviceSays:
        """What is kept of a configuration, over what the device said before."""
        asked = _among(unit=str(device.unit), link=device.link.key)
        (row,) = self.registry.rows(Ask("access_device", self.reach, asked)).table.to_pylist()
        before = (
            NOTHING_YET
            if row["said"] is None
            else DeviceSays(row["said"], row["telephones"], row["problems"])
        )
        return said_after(before, proposal)

    def _place(self, unit: CreditCode) -> Mapping[str, Any] | None:
        rows = self.registry.rows(Ask("unit", self.reach, _among(credit_code=str(unit)))).table
        found: list[dict[str, Any]] = rows.select(["province", "region"]).to_pylist()
        return found[0] if found else None

    def _link(self, province: str) -> Link | None:
        for link in self.links.find(_LINKS) or ():
            if link.dialect == self.dialect and link.enabled and str(link.region.province) == province:
                return link
        return None


def _among(**values: str) -> tuple[Condition, ...]:
    """Conditions whose answers the registry remembers until it is written."""
    return tuple(Condition(column, (value,), Compare.IN) for column, value in values.items())


def _new_device(link: Link, unit: CreditCode) -> NewDevice:
    if link.quirks.get("approval") == Approval.AUTOMATIC.value:
        return NewDevice(link.key, unit, DeviceState.APPROVED, f"link {link.key}")
    return NewDevice(link.key, unit)
