"""Days and months for a platform that takes them, too (日数据、月数据): sums of quarter-hours of which none is missing.

A day is closed by 00:00 Beijing time and labelled by its start. It is told with the row that made it whole, and again with
each one that corrects it; a day or month with a gap has no value, and no small one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from edge_probe.readings import QUARTER_HOUR, Spooled
from graph.model.period import Granularity, slot_at


def whole_periods(
    rows: Sequence[Spooled],
    granularity: Granularity,
    between: Callable[[str, dt.datetime, dt.datetime], Sequence[Spooled]],
) -> Iterator[Sequence[Spooled]]:
    """The quarter-hours of each day or month that one of these rows was the last to complete or correct."""
    sequences = {row.sequence for row in rows}
    slots = ((row.reading.data_code, slot_at(row.reading.start, granularity)) for row in rows)
    for code, begin, end in sorted({(code, slot.start, slot.end) for code, slot in slots}):
        if not between(code, begin, begin + QUARTER_HOUR) or not between(code, end - QUARTER_HOUR, end):
            continue  # a month is read whole only where its ends are there
        parts = between(code, begin, end)
        if len(parts) == (end - begin) // QUARTER_HOUR and max(p.sequence for p in parts) in sequences:
            yield parts
