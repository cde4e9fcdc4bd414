"""A meter's reading that a person types in (人工录入): checked, and then booked as any counter's, with who read it and when.

It stands for the quarter-hour's boundary nearest to when it was read, as people do not read at 08:00:00. What lies between
two such readings is shared out evenly and marked as estimated; of one quarter-hour it is marked as manual.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from edge_probe.config import Device, Point, ProbeConfig
from edge_probe.counters import STEP, CounterState, Energy, Joint, Sample, Step, quarter_hour_of
from edge_probe.fields import Fields
from edge_probe.hearing import Hearing
from edge_probe.keeping import Found
from edge_probe.limits import Limits
from edge_probe.map_entries import Typed
from edge_probe.meter_events import detected, row_of
from edge_probe.pieces import follow, inherited
from edge_probe.readings import INSTRUMENT, MANUAL, QUARTER_HOUR, Event, Reading
from edge_probe.spool import Spool
from edge_probe.virtual import Part, PartEnergy
from graph.errors import InvalidInput
from graph.model.period import BEIJING, aware

BY_CHARACTERS_MAX = 64  # a person's name
MANUAL_PROTOCOL = "manual"


@dataclass(frozen=True)
class Entry:
    """What somebody read off a meter, and when. `by` is whoever answers for it."""

    device: str
    value: Decimal
    at: dt.datetime
    by: str
    quantity: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at))
        if not self.value.is_finite() or self.value < 0:
            raise InvalidInput(f"expected what a counter shows, 0 or more, came {self.value}", "value")
        if not (self.by.strip() and self.by.isprintable() and len(self.by) <= BY_CHARACTERS_MAX):
            raise InvalidInput(f"expected a name of 1 to {BY_CHARACTERS_MAX} visible characters", "by")


def most_per_hour(device: Device, faults: list[str]) -> Decimal:
    """The setting of a device that bounds what is typed; what is wrong with it goes to the faults."""
    fields = Fields(device.settings, "settings", faults)
    most = fields.number("most_per_hour", "0.0001", "1e9")
    fields.finish()
    return most


def enter(config: ProbeConfig, spool: Spool, entry: Entry, now: dt.datetime) -> Sequence[Reading]:
    """Book an entry, all of it or nothing; what it used since the one before. Raises InvalidInput and StoreError."""
    device = _device(config, entry)
    figure = _figure(device, entry)
    boundary = _boundary(entry.at, now)
    known, steps, joints = spool.counters(), dict[Point, Step](), dict[str, Joint]()
    points = [point for point in (*device.points, *device.parts) if point.quantity == figure.name]
    found = {point: inherited(known, point, now) for point in points}
    rest = {point.key: known.get(point.key, CounterState()) for point in (*device.points, *device.parts)}
    heard = Hearing(device, spool).heard(rest | {p.key: state for p, (state, _) in found.items()}, now)
    most = most_per_hour(device, [])
    for point, (before, joint) in found.items():
        state = heard.counters.get(point.key, before)
        _check_since(state, boundary, point, entry, most / point.ct_pt)
        sample = Sample(boundary, entry.value * point.ct_pt)
        steps[point] = follow(state, sample, dt.timedelta(0), Limits(most))
        joints |= {point.place: joint} if joint else {}
    readings = [
        Reading(str(config.unit), point.data_code, energy.start, energy.value, energy.origin, now)
        for point in device.points
        for energy in _energies(steps.get(point))
    ]
    states = {point.key: step.state for point, step in steps.items()}
    said = [("add_meter_event", row_of(detected(place, joint, now))) for place, joint in joints.items()]
    events = _events(entry, figure, boundary, steps, now)
    whole = heard.and_then(Found(readings, states, events, _parts(device, steps), said=said))
    spool.append(whole.readings, whole.counters, whole.events, whole.parts, whole.spans, whole.said)
    return readings


def _device(config: ProbeConfig, entry: Entry) -> Device:
    typed = {device.name: device for device in config.devices if device.protocol == MANUAL_PROTOCOL}
    if entry.device not in typed:
        known = ", ".join(typed) or 'none: give one protocol = "manual"'
        raise InvalidInput(
            f"expected a device whose readings are typed in ({known}), came {entry.device[:64]!r}", "device"
        )
    return typed[entry.device]


def _figure(device: Device, entry: Entry) -> Typed:
    names = device.quantities
    name = entry.quantity or names[0]
    if name not in names or (entry.quantity is None and len(names) > 1):
        raise InvalidInput(
            f"expected one of {', '.join(names)}, came {(entry.quantity or 'none')[:64]!r}", "quantity"
        )
    figure = device.map.typed[name]
    if entry.value >= 10**figure.digits or entry.value != round(entry.value, figure.decimals):
        expected = f"at most {figure.digits} digits before the point and {figure.decimals} behind it"
        raise InvalidInput(f"{device.name} shows {expected}, came {entry.value:f}", "value")
    return figure


def _boundary(at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """The boundary nearest to a moment, of those that are past."""
    if at > now:
        raise InvalidInput(f"expected a moment that is past, came {_shown(at)}", "at")
    nearest = quarter_hour_of(at + QUARTER_HOUR / 2)
    return nearest if nearest <= now else nearest - QUARTER_HOUR


def _check_since(state: CounterState, at: dt.datetime, point: Point, entry: Entry, most: Decimal) -> None:
    """What the meter cannot have come to since the reading before, `most` an hour, in the meter's own figures."""
    last = state.shown
    if last is None:
        return
    if at <= last.at:
        raise InvalidInput(f"expected a quarter-hour after {_shown(last.at)}, came {_shown(at)}", "at")
    before = last.counter / point.ct_pt
    hours = Decimal((at - last.at) // QUARTER_HOUR) / 4
    came = f"came {entry.value:f} after {_plain(before)} of {_shown(last.at)}"
    if entry.value * point.ct_pt < last.counter:
        said = "if the meter was replaced, reset or rolled over, say so first with `nengshu probe event add`"
        raise InvalidInput(f"expected at least as much as before, {came}; {said}", "value")
    if entry.value - before > most * hours:
        bound = f"at most {_plain(most * hours)} more in {hours:f} h (most_per_hour, ct_pt {point.ct_pt:f})"
        raise InvalidInput(f"expected {bound}, {came}", "value")


def _plain(number: Decimal) -> str:
    return f"{number.quantize(STEP).normalize():f}"


def _energies(step: Step | None) -> list[Energy]:
    told = step.energy if step else ()
    return [replace(each, origin=MANUAL) if each.origin == INSTRUMENT else each for each in told]


def _parts(device: Device, steps: Mapping[Point, Step]) -> list[PartEnergy]:
    return [
        PartEnergy(
            point.data_code,
            Part(point.device, point.quantity, point.ct_pt).name,
            energy.start,
            energy.value,
            energy.origin,
        )
        for point in device.parts
        for energy in _energies(steps.get(point))
    ]


def _events(
    entry: Entry, figure: Typed, boundary: dt.datetime, steps: Mapping[Point, Step], now: dt.datetime
) -> list[Event]:
    source = f"{entry.device}/{figure.name}"
    said = f"{entry.value:f} {figure.unit} read at {_shown(entry.at)}, booked as of {_shown(boundary)}, by {entry.by}"
    incidents = {incident for step in steps.values() for incident in step.incidents}
    return [
        Event(now, source, "reading-entered", said),
        *(Event(i.at, source, i.kind, i.detail) for i in incidents),
    ]


def typed_number(text: str, name: str = "value") -> Decimal:
    """What a person typed as a meter's figure. Raises InvalidInput."""
    try:
        figure = Decimal(text)
    except InvalidOperation:
        figure = Decimal("NaN")
    if not (figure.is_finite() and figure >= 0):
        raise InvalidInput(f"expected a figure such as 10482.5, came {text[:64]!r}", name)
    return figure


def typed_moment(text: str) -> dt.datetime:
    """What a person typed as a moment: without an offset it is Beijing's. Raises InvalidInput."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as fault:
        raise InvalidInput(f"expected a moment such as 2026-11-23T08:00, came {text[:64]!r}", "at") from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def _shown(moment: dt.datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")
