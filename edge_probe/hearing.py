"""What persons said of a device's meters since the last look, turned into counters' states and corrected quarter-hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_probe.config import Device, Point
from edge_probe.counters import CounterState, quarter_hour_of
from edge_probe.keeping import NOTHING_FOUND, Found
from edge_probe.meter_events import MeterEvent, applied, row_of
from edge_probe.readings import ESTIMATED, QUARTER_HOUR, Event, Reading
from edge_probe.spool import Spool


class Hearing:
    """The records of one device's points. Called beside the loop, one at a time."""

    def __init__(self, device: Device, spool: Spool) -> None:
        self._spool, self._readings = spool, frozenset(point.key for point in device.points)
        self._points: Sequence[Point] = (*device.points, *device.parts)

    def heard(
        self, states: Mapping[str, CounterState], at: dt.datetime, unsaved: Found = NOTHING_FOUND
    ) -> Found:
        """What follows from what the total does not go by yet; nothing is written. Raises StoreError.

        What is `unsaved` stands in memory, as the disk is full: a record that was used there is not used again.
        """
        found, by_now = NOTHING_FOUND, dict(states)
        for event in self._spool.meters.pending({point.place for point in self._points}, at):
            if event.number in unsaved.used:
                continue
            for point in self._points:
                if point.place == event.point:
                    written = self._written(point, event.at, [*unsaved.readings, *found.readings])
                    said = _applied(point, by_now[point.key], event, written, at)
                    by_now |= said.counters
                    found = found.and_then(said)
            found = found.and_then(Found(said=[("use_meter_event", row_of(event))]))
        return found

    def _written(self, point: Point, at: dt.datetime, newer: Sequence[Reading]) -> Reading | None:
        """What holds of the quarter-hour of a moment: the last of what is newer than the spool, else what that keeps."""
        if point.key not in self._readings:
            return None
        start = quarter_hour_of(at)
        found = [each for each in newer if (each.data_code, each.start) == (point.data_code, start)]
        rows = self._spool.between(point.data_code, start, start + QUARTER_HOUR)
        return found[-1] if found else rows[0].reading if rows else None


def _applied(
    point: Point, state: CounterState, event: MeterEvent, written: Reading | None, at: dt.datetime
) -> Found:
    can_correct = written is not None and written.value + event.adds >= 0
    after, corrects = applied(state, event, can_correct=can_correct)
    detail = f"{event.kind} at {event.at.isoformat()}: closing {event.closing}, opening {event.opening}"
    told = Event(at, point.place, "meter-event-used", detail)
    corrected = []
    if corrects and written is not None:
        more = written.value + event.adds
        corrected = [replace(written, value=more, origin=ESTIMATED, written_at=at)]
    return Found(corrected, {point.key: after}, [told])
