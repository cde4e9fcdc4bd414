"""What a configuration says of a device's registers: its map, or several of which the meter decides, and how it is read.

`[devices.reads]` holds what `nengshu probe tune` found on the device itself, which wins over what its map says of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_probe.fields import Fields
from edge_probe.map_entries import PULSE
from edge_probe.meter_map import MeterMap, load_map, read_holes
from edge_probe.plan import REGISTERS_MAX, Span
from edge_probe.registers import Order
from graph.errors import ConfigurationError
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES

MAPS_MAX = 8  # firmwares of one model that are told apart; each costs a read when the probe begins
PAUSE_MS_MAX = 2_000  # a meter that needs longer cannot be read within a cycle


@dataclass(frozen=True)
class DeviceReads:
    """How one device wants to be read; None: as its map says."""

    registers_max: int | None = None
    gap_max: int | None = None
    illegal: tuple[Span, ...] | None = None
    order: Order | None = None
    pause_ms: int = 0

    def over(self, meter_map: MeterMap) -> MeterMap:
        """The map as this device keeps it."""
        return meter_map.limited(self.registers_max, self.gap_max, self.illegal, self.order)


def reads_of(fields: Fields) -> DeviceReads:
    """The device's table `reads`, which need not be there."""
    reads = fields.table("reads")
    found = DeviceReads(
        registers_max=reads.whole("registers_max", 1, REGISTERS_MAX) if reads.has("registers_max") else None,
        gap_max=reads.whole("gap_max", 0, REGISTERS_MAX) if reads.has("gap_max") else None,
        illegal=read_holes(reads) if reads.has("illegal") else None,
        order=reads.member("order", Order) if reads.has("order") else None,
        pause_ms=reads.whole("pause_ms", 0, PAUSE_MS_MAX, 0),
    )
    reads.finish()
    return found


def check_reads(maps: Sequence[MeterMap], reads: DeviceReads, fields: Fields) -> None:
    """Tell of a way to read registers where there are none."""
    if reads != DeviceReads() and any(not each.quantities for each in maps):
        fields.fault("reads", "these settings are of registers, and the device's map has none")


def maps_of(fields: Fields, folder: Path, reads: DeviceReads) -> tuple[MeterMap, ...]:
    """The maps named by a device, one's own relative to `folder`; none after a fault."""
    names, found = fields.texts("map", MAPS_MAX), []
    for name in names:
        try:
            found.append(reads.over(load_map(name, folder)))
        except ConfigurationError as fault:
            for why in fault.faults:
                fields.fault("map", why)
    for meter_map in found if len(names) > 1 else ():
        if meter_map.known is None:
            fields.fault("map", f"{meter_map.name} has no [known] register, so it cannot be told from others")
    return tuple(found) if len(found) == len(names) else ()


def check_counter(maps: Sequence[MeterMap], name: str, code: DataCode | None, fields: Fields) -> None:
    """Tell what is wrong with a counter of a device, in whichever of its maps."""
    variety = VARIETIES.get(code.variety) if code else None
    _check_alike(maps, name, fields)
    for meter_map in maps:
        quantity = meter_map.entries.get(name)
        if quantity is None:
            known = ", ".join(key for key, found in meter_map.entries.items() if found.counter)
            fields.fault("quantity", f"map {meter_map.name} has no {name[:64]!r}; its counters are {known}")
            continue
        if not quantity.counter:
            fields.fault("quantity", f"{name} is no counter, and only a counter's difference is energy")
        elif quantity.unit == PULSE:
            if not fields.has("pulses_per_unit"):
                why = "is missing: how many pulses stand for one unit of the data code 脉冲常数, as on the meter's plate"
                fields.fault("pulses_per_unit", f"{why} (map {meter_map.name})")
        elif variety and variety.unit != quantity.unit:
            fields.fault("data_code", f"{code} counts {variety.unit}, and {name} is in {quantity.unit}")
        if hole := meter_map.hole_under(quantity):
            fields.fault("quantity", f"{name} lies in registers that the meter refuses: {hole}")
        if quantity.counter and meter_map.is_secondary and not fields.has("ct_pt"):
            why = "is missing: this meter counts behind its transformers; give their ratio, 1 without any"
            fields.fault("ct_pt", f"{why} (map {meter_map.name})")


def _check_alike(maps: Sequence[MeterMap], name: str, fields: Fields) -> None:
    """What a counter is must not depend on which of the maps fits."""
    shown = [entry for each in maps if (entry := each.entries.get(name))]
    if fields.has("pulses_per_unit") and any(entry.unit != PULSE for entry in shown):
        fields.fault(
            "pulses_per_unit", f"{name} counts {shown[0].unit} and no pulses, so nothing is divided by it"
        )
    if len({(each.entries[name].unit, each.integrates(name)) for each in maps if name in each.entries}) > 1:
        why = "is in another unit, or a rate, in one of the device's maps, and one counter cannot be both"
        fields.fault("quantity", f"{name} {why}")
