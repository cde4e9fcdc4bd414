"""Makes of the spool's quarter-hours what a platform takes for real time: quarter-hours, or hours that have all four."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_probe.nhjc04_wire import FIELD_INSTRUMENT, REALTIME, Said, Wire
from edge_probe.readings import INSTRUMENT, MANUAL, QUARTER_HOUR, Spooled
from edge_probe.totals import whole_periods
from graph.model.period import Granularity, Period, slot_at

MANUAL_NUMBER = 5  # inputType of what people type in (NHJC-04; read)
ESTIMATED_NUMBER = 8  # of our origins, which are not for the wire


@dataclass(frozen=True)
class Told:
    """One value for a platform, and the rows of the batch that it is told of; a day or month has none of its own."""

    said: Said
    rows: tuple[Spooled, ...]

    @property
    def last(self) -> Spooled | None:
        """The row that a refusal is of."""
        return self.rows[-1] if self.rows else None


def told_of(
    rows: Sequence[Spooled],
    wire: Wire,
    between: Callable[[str, dt.datetime, dt.datetime], Sequence[Spooled]],
    totals: Sequence[Granularity] = (),
) -> list[Told]:
    """What a batch has for the platform. A period of which a quarter-hour is missing has no value yet, and no zero.

    Days and months come first: rows are noted as the platform's own once real time is.
    """
    sums = [
        Told(_said(parts, granularity), ())
        for granularity in totals
        for parts in whole_periods(rows, granularity, between)
    ]
    return sums + _real_time(rows, wire, between)


def _real_time(
    rows: Sequence[Spooled],
    wire: Wire,
    between: Callable[[str, dt.datetime, dt.datetime], Sequence[Spooled]],
) -> list[Told]:
    """As it holds now: such a platform keeps what comes last, and a correction may have gone before what it corrects."""
    granularity = REALTIME[wire.realtime_minutes]
    periods: dict[tuple[str, Period], list[Spooled]] = {}
    for row in rows:
        slot = slot_at(row.reading.start, granularity)
        periods.setdefault((row.reading.data_code, slot), []).append(row)
    found = []
    for (code, slot), own in periods.items():
        parts = between(code, slot.start, slot.end) or own[-1:]
        if len(parts) == (slot.end - slot.start) // QUARTER_HOUR:
            found.append(Told(_said(parts, granularity), tuple(own)))
    return found


def _said(parts: Sequence[Spooled], granularity: Granularity) -> Said:
    readings = [part.reading for part in parts]
    origins = {reading.origin for reading in readings}
    measured = MANUAL_NUMBER if MANUAL in origins else FIELD_INSTRUMENT
    return Said(
        data_code=readings[0].data_code,
        granularity=granularity,
        start=readings[0].start,
        value=sum((reading.value for reading in readings[1:]), readings[0].value),
        version=max(reading.written_at for reading in readings),
        origin=measured if origins <= {INSTRUMENT, MANUAL} else ESTIMATED_NUMBER,
    )
