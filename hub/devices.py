"""Access devices as the hub keeps them (provincial_adapters.Enrolled): who they are, and what they say of themselves.

Where their readings go is hub/device_readings.py's affair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.model.access_device import Approval, DeviceSays, DeviceState
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
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
        province = self.province_of(unit)
        return None if province is None else self._link(str(province))

    def province_of(self, unit: CreditCode) -> RegionCode | None:
        """Where a unit lies; None where the hub serves no such unit."""
        lies = self._rows("unit", credit_code=[unit])
        return RegionCode(lies[0]["province"]) if lies else None

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
        return self.find_all([unit]).get(unit)

    def find_all(self, units: Collection[CreditCode]) -> Mapping[CreditCode, Enrolled]:
        """The devices of units as they now stand: two questions, whatever the number of units."""
        lie = {row["credit_code"]: row for row in self._rows("unit", credit_code=units)} if units else {}
        links = {code: self._link(row["province"]) for code, row in lie.items()}
        asked = sorted(code for code, link in links.items() if link is not None)
        found = {}
        for row in self._rows("access_device", unit=asked) if asked else ():
            link, unit = links[row["unit"]], CreditCode(row["unit"])
            if link is not None and link.key == row["link"]:
                state, division = DeviceState(row["state"]), lie[row["unit"]]["region"]
                found[unit] = Enrolled(link, unit, state, row["place"], row["why"], division)
        return found

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
        if device.division is not None:
            province = str(device.link.region.province)
            self.seen.note(SeenDevice(str(device.unit), device.link.key, province, device.division), what)

    def units(self) -> Sequence[tuple[CreditCode, str]]:
        """Every unit that has a device of this dialect, with its link's key."""
        return self.registry.devices.units(self.dialect)

    def _said(self, device: Enrolled, proposal: Proposal) -> DeviceSays:
        """What is kept of a configuration, over what the device said before."""
        (row,) = self._rows("access_device", unit=[device.unit], link=[device.link.key])
        before = (
            NOTHING_YET
            if row["said"] is None
            else DeviceSays(row["said"], row["telephones"], row["problems"])
        )
        return said_after(before, proposal)

    def _rows(self, noun: str, **among: Collection[object]) -> list[dict[str, Any]]:
        """The rows of a noun by their keys; of few the registry remembers the answer until it is written."""
        where = tuple(Condition(name, tuple(map(str, values)), Compare.IN) for name, values in among.items())
        rows: list[dict[str, Any]] = self.registry.rows(Ask(noun, self.reach, where)).table.to_pylist()
        return rows

    def _link(self, province: str) -> Link | None:
        for link in self.links.find(_LINKS) or ():
            if link.dialect == self.dialect and link.enabled and str(link.region.province) == province:
                return link
        return None


def provinces_of(registry: Registry, unit: str, link: str) -> tuple[str | None, str | None]:
    """Where a unit lies, and whose a link is (hub.rights.Provinces)."""
    lies = registry.rows(Ask("unit", where=(Condition("credit_code", unit),))).table["province"].to_pylist()
    serves = [str(each.region.province) for each in registry.links() if each.key == link]
    return next(iter(lies), None), next(iter(serves), None)


def _new_device(link: Link, unit: CreditCode) -> NewDevice:
    if link.quirks.get("approval") == Approval.AUTOMATIC.value:
        return NewDevice(link.key, unit, DeviceState.APPROVED, f"link {link.key}")
    return NewDevice(link.key, unit)
