"""Which rows of a view may hold readings of a Beijing day, told by their labels: too many rather than too few.

A label stands at the start or the end of its period, in a zone of its own, so the days beside it are asked for, too.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, and_, cast, literal, or_

from graph.model.period import UTC, Day, Granularity, beijing_day, widened
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._sql_view.columns import Kind, ViewColumn

_ESCAPE = "!"
_OF_DAY = {"Y": "{0.year}", "m": "{0.month}", "d": "{0.day}"}


def of_day(
    cell: ColumnElement[Any], label: ViewColumn, mapping: ColumnMapping, day: dt.date
) -> ColumnElement[bool]:
    """Where the label is one of the days around."""
    days = _around(day, mapping.labels.granularity)
    if label.kind in (Kind.DATE, Kind.LOCAL, Kind.ZONED):
        return or_(*(and_(cell >= _moment(each, label), cell < _moment(_next(each), label)) for each in days))
    patterns = {pattern for each in days for pattern in _patterns(mapping.labels.format, each)}
    text = cell if label.kind is Kind.TEXT else cast(cell, Text)
    return or_(*(text.like(pattern, escape=_ESCAPE) for pattern in sorted(patterns)))


def _around(day: dt.date, granularity: Granularity) -> list[dt.date]:
    """Days whose labels may be of a period that begins on this one."""
    whole = widened(Day(day).period, granularity)
    anchors = (day, beijing_day(whole.end))
    return sorted({anchor + dt.timedelta(days=step) for anchor in anchors for step in (-1, 0, 1)})


def _next(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _moment(day: dt.date, label: ViewColumn) -> ColumnElement[Any]:
    zoned = label.kind is Kind.ZONED
    return literal(dt.datetime.combine(day, dt.time(), UTC if zoned else None), DateTime(timezone=zoned))


def _patterns(written_as: str, day: dt.date) -> list[str]:
    """As LIKE takes it: a day in a label's format, whatever its time, with leading zeros and without."""
    parts: list[tuple[str, ...]] = []
    for text, directive in re.findall(r"([^%]+)|%(.)", written_as):
        if text:
            parts.append((re.sub(r"([!%_])", r"!\1", text),))
        elif directive in _OF_DAY:
            said = _OF_DAY[directive].format(day)
            parts.append((said, said.zfill(2)) if len(said) == 1 else (said,))
        else:
            parts.append(("%",))
    return ["".join(each) + "%" for each in product(*parts)]
