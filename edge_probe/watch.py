"""Looks at one meter: reads it before a deadline, turns its counters into energy, writes down what came of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from edge_probe.config import Device, Point
from edge_probe.counters import CounterState, Sample, Step, quarter_hour_of
from edge_probe.figures import sound
from edge_probe.health import Running, Silences
from edge_probe.hearing import Hearing
from edge_probe.keeping import Found, Keeper
from edge_probe.meter_events import detected, row_of
from edge_probe.pieces import follow, inherited
from edge_probe.ports import Answers, Clock, Fault, Meter
from edge_probe.readings import Event, Reading
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull
from edge_probe.virtual import Part, PartEnergy

DEADLINE_TIMEOUTS = (
    4  # a look takes at most so many of the device's: quiet after a doubt, connect, one read, some slack
)


def undoubted(_at: dt.datetime) -> tuple[bool, Sequence[Event]]:
    """Of a clock that nobody keeps: it is believed, and there is nothing to tell."""
    return False, ()


@dataclass(frozen=True)
class Shared:
    """What all watches of one probe have in common.

    `known` are the counters as the spool had them when it began. `join` puts together what several meters used. `doubt` says
    of a moment whether the clock is in doubt, and what there is to tell of that.
    """

    unit: str
    clock: Clock
    spool: Spool
    tolerance: dt.timedelta
    tell: Callable[[Event], None]
    known: Mapping[str, CounterState] = field(default_factory=dict)
    join: Callable[[dt.datetime], bool] = lambda _: False
    doubt: Callable[[dt.datetime], tuple[bool, Sequence[Event]]] = undoubted
    running: Running = field(default_factory=Running)

    def joined(self, at: dt.datetime) -> bool:
        """Whether what stands in the spool by now could be put together. Raises StoreError, but not of a full disk."""
        try:
            return self.join(at)
        except SpoolFull:  # the parts stand in the spool: the next look joins them
            return False


class Watch:
    """One meter and what is known of its counters. Looks never overlap: the one who holds it calls in turn."""

    def __init__(self, device: Device, meter: Meter, shared: Shared, deadline_s: float | None = None) -> None:
        self.device, self._meter, self._shared = device, meter, shared
        self._deadline_s = deadline_s or DEADLINE_TIMEOUTS * device.timeout_s
        self._counted = (*device.points, *device.parts)
        self._limits = {point: device.limits_of(point) for point in self._counted}
        found = {point: inherited(shared.known, point, shared.clock.now()) for point in self._counted}
        self._states = {point.key: state for point, (state, _) in found.items()}
        self._joints = {point: joint for point, (_, joint) in found.items() if joint}
        self._hearing = Hearing(device, shared.spool)
        self._keeper = Keeper(shared.spool, device.name, shared.tell)
        self._silences = Silences()
        self._faults: frozenset[str] = frozenset()

    async def look(self) -> bool:
        """One look; whether it gave readings, or silence to report. Raises StoreError when they could not be written."""
        answers = await self._answers()
        at = self._shared.clock.now()
        doubt = self._shared.doubt(at)  # at once: threads keep waiting
        heard = await asyncio.to_thread(self._heard, at, *doubt)
        steps = {
            point: step for point in self._counted if (step := self._step(point, answers, at, heard.counters))
        }
        readings = [
            each for point in self.device.points for each in self._readings(point, steps.get(point), at)
        ]
        parts = [each for point in self.device.parts for each in _parts(point, steps.get(point))]
        faults = {answer.kind: answer.detail for answer in answers.values() if isinstance(answer, Fault)}
        events = [*self._changed(faults, at), *(e for p, step in steps.items() for e in _events(p, step))]
        states = {point.key: step.state for point, step in steps.items()}
        known = frozenset(self._silences.open)
        silences = self._silences.seen(at, *self._troubles(answers, steps))
        is_news = bool(silences) and (
            known != self._silences.open.keys() or at - quarter_hour_of(at) < self._shared.tolerance
        )
        spans = [*self._shared.running.alive(at), *silences]
        found = heard.and_then(Found(readings, states, events, parts, spans, self._records(steps, at)))
        if not await asyncio.to_thread(self._keeper.keep, found, at):
            return False
        self._states |= found.counters
        self._joints = {point: joint for point, joint in self._joints.items() if point not in steps}
        self._faults = frozenset(faults)
        for event in found.events:
            self._shared.tell(event)
        joined = bool(parts) and await asyncio.to_thread(self._shared.joined, at)
        return bool(found.readings) or joined or is_news

    def _heard(self, at: dt.datetime, in_doubt: bool, of_clock: Sequence[Event]) -> Found:
        """What the clock and persons say of the counters."""
        states = {key: replace(state, doubted=True) for key, state in self._states.items() if in_doubt}
        heard = self._hearing.heard({**self._states, **states}, at, self._keeper.unsaved)
        return Found(counters=states, events=of_clock).and_then(heard)

    async def close(self) -> None:
        """Let go of the meter's line."""
        await self._meter.close()

    async def _answers(self) -> Answers:
        try:
            async with asyncio.timeout(self._deadline_s):
                answers = await self._meter.read()
                return {name: sound(name, answer) for name, answer in answers.items()}
        except TimeoutError:
            await self._meter.close()
            late = Fault("silent", f"not read whole within {self._deadline_s:g} s")
            return dict.fromkeys(self.device.quantities, late)

    def _step(
        self, point: Point, answers: Answers, at: dt.datetime, heard: Mapping[str, CounterState]
    ) -> Step | None:
        answer = answers.get(point.quantity)
        if not isinstance(answer, Decimal):
            return None
        state = heard.get(point.key, self._states[point.key])
        return follow(state, Sample(at, answer * point.ct_pt), self._shared.tolerance, self._limits[point])

    def _records(
        self, steps: Mapping[Point, Step], at: dt.datetime
    ) -> list[tuple[str, Mapping[str, object]]]:
        """What counters' figures made known of their meters, and what of that was none.

        Another ratio is written down with the state that goes by it: without an answer it is found again after a restart.
        """
        joints = [(point, step.joint) for point, step in steps.items() if step.joint]
        begun = [(point, joint) for point, joint in self._joints.items() if point in steps]
        known = [detected(point.place, joint, at) for point, joint in (*begun, *joints)]
        none = [point.place for point, step in steps.items() if step.withdrawn]
        said = [("add_meter_event", row_of(event)) for event in known]
        return [*said, *(("withdraw_meter_event", {"point": place}) for place in none)]

    def _readings(self, point: Point, step: Step | None, at: dt.datetime) -> list[Reading]:
        return [
            Reading(self._shared.unit, point.data_code, energy.start, energy.value, energy.origin, at)
            for energy in (step.energy if step else ())
        ]

    def _troubles(
        self, answers: Answers, steps: Mapping[Point, Step]
    ) -> tuple[dict[str, str], frozenset[str]]:
        """Why data codes gave nothing at this look, and which ones gave something."""
        troubles, well = {}, set()
        for point in self._counted:
            answer, step = answers.get(point.quantity), steps.get(point)
            if isinstance(answer, Fault):
                troubles[point.data_code] = (
                    answer.kind
                )  # its detail names addresses, which are the unit's affair
            elif step is not None and step.state.held:
                troubles[point.data_code] = step.state.held
            elif step is not None:
                well.add(point.data_code)
        return troubles, frozenset(well)

    def _changed(self, faults: Mapping[str, str], at: dt.datetime) -> list[Event]:
        """A fault is told when it begins and when it ends, not each time it is met."""
        name = self.device.name
        begun = [
            Event(at, name, f"meter-{k}", detail) for k, detail in faults.items() if k not in self._faults
        ]
        over = [Event(at, name, "meter-answers-again", "")] if self._faults and not faults else []
        return begun + over


def _parts(point: Point, step: Step | None) -> list[PartEnergy]:
    name = Part(point.device, point.quantity, point.ct_pt).name
    return [
        PartEnergy(point.data_code, name, energy.start, energy.value, energy.origin)
        for energy in (step.energy if step else ())
    ]


def _events(point: Point, step: Step) -> list[Event]:
    return [Event(i.at, f"{point.device}/{point.quantity}", i.kind, i.detail) for i in step.incidents]
