"""Writes down what a watch found; what a full disk has no room for is kept in memory, goes with the next and is said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edge_probe.counters import CounterState
from edge_probe.readings import Event, Reading
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull
from edge_probe.virtual import PartEnergy
from graph.model.probe_span import ProbeSpan

UNSAVED_MAX = 20_000  # readings and parts of one meter in memory: ten points for twenty days, some megabytes


@dataclass(frozen=True)
class Found:
    """What one look found, to be written whole or not at all."""

    readings: Sequence[Reading] = ()
    counters: Mapping[str, CounterState] = field(default_factory=dict)
    events: Sequence[Event] = ()
    parts: Sequence[PartEnergy] = ()
    spans: Sequence[ProbeSpan] = ()
    said: Sequence[tuple[str, Mapping[str, object]]] = ()

    def and_then(self, other: Found) -> Found:
        """Both, in their order."""
        return Found(
            (*self.readings, *other.readings),
            {**self.counters, **other.counters},
            (*self.events, *other.events),
            (*self.parts, *other.parts),
            (*self.spans, *other.spans),
            (*self.said, *other.said),
        )

    @property
    def used(self) -> frozenset[object]:
        """The numbers of records of meters that the total goes by once this is written."""
        return frozenset(values["number"] for name, values in self.said if name == "use_meter_event")


NOTHING_FOUND = Found()


class Keeper:
    """What one watch writes. Its calls never overlap; they may come from another thread each."""

    def __init__(self, spool: Spool, source: str, tell: Callable[[Event], None]) -> None:
        self._spool, self._source, self._tell = spool, source, tell
        self._unsaved: Found | None = None

    @property
    def unsaved(self) -> Found:
        """What a full disk had no room for."""
        return self._unsaved or NOTHING_FOUND

    def keep(self, found: Found, at: dt.datetime) -> bool:
        """Whether it is written or stands in memory; if not, the next look finds its energy again. Raises StoreError."""
        whole = self._unsaved.and_then(found) if self._unsaved else found
        try:
            self._append(whole)
        except SpoolFull as fault:
            return self._remembered(whole, fault, at)
        if self._unsaved:
            self._unsaved = None
            told = self._event(at, "disk-has-room", f"{len(whole.readings)} readings were written")
            self._spool.append(events=[told])
        return True

    def _append(self, found: Found) -> None:
        parts = found.readings, found.counters, found.events, found.parts, found.spans, found.said
        try:
            self._spool.append(*parts)
        except SpoolFull:
            if not self._spool.make_room():
                raise
            self._spool.append(*parts)

    def _remembered(self, whole: Found, fault: SpoolFull, at: dt.datetime) -> bool:
        if len(whole.readings) + len(whole.parts) > UNSAVED_MAX:
            return False
        events = whole.events
        if self._unsaved is None:
            what = f"{fault}; readings are kept in memory 磁盘已满，数据暂存内存"
            events = (*events, self._event(at, "disk-full", what))
        spans = {(span.kind, span.data_code, span.begins): span for span in whole.spans}
        self._unsaved = replace(whole, events=events, spans=tuple(spans.values()))
        return True

    def _event(self, at: dt.datetime, kind: str, detail: str) -> Event:
        event = Event(at, self._source, kind, detail)
        self._tell(event)
        return event
