"""Days and months for a platform that takes them, too (日数据、月数据): sums of quarter-hours of which none is missing.

A day is closed by 00:00 Beijing time and labelled by its start. It is told with the row that made it whole, and again with
each one that corrects it; a day or month with a gap has no value, and no small one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from edge_probe.readings import QUARTER_HOUR, Spooled
from graph.model.period import BEIJING, Granularity, beijing_day


def whole_periods(
    rows: Sequence[Spooled],
    granularity: Granularity,
    between: Callable[[str, dt.datetime, dt.datetime], Sequence[Spooled]],
) -> Iterator[Sequence[Spooled]]:
    """The quarter-hours of each day or month that one of these rows was the last to complete or correct."""
    sequences = {row.sequence for row in rows}
    touched = {(row.reading.data_code, beijing_day(row.reading.start)) for row in rows}
    for code, begin, end in sorted({(code, *_ends(day, granularity)) for code, day in touched}):
        if not between(code, begin, begin + QUARTER_HOUR) or not between(code, end - QUARTER_HOUR, end):
            continue  # a month is read whole only where its ends are there
        parts = between(code, begin, end)
        if len(parts) == (end - begin) // QUARTER_HOUR and max(p.sequence for p in parts) in sequences:
            yield parts


def _ends(day: dt.date, granularity: Granularity) -> tuple[dt.datetime, dt.datetime]:
    after = day + dt.timedelta(days=1)
    if granularity is Granularity.MONTH:
        day = day.replace(day=1)
        after = (day + dt.timedelta(days=31)).replace(day=1)
    return _midnight(day), _midnight(after)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), BEIJING)
