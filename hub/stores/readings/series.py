"""Readings of some points over a period, in one granularity: days as they were said, or what the rule makes of others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from graph.model.period import Granularity, Period, widened
from graph.ports import ReadingAsk
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.as_said import as_said
from hub.stores.readings.marked import Marked
from hub.stores.readings.statements import run

# What a page shows of one unit, worth no more than one core. A year of what stands as it was said is read in some
# milliseconds; what the rule is asked for takes longer.
_PAGE = dict.fromkeys((Granularity.DAY, Granularity.QUARTER_HOUR), dt.timedelta(days=366))
_PAGE_OF_OTHERS = dt.timedelta(days=31)
RULES = {
    Granularity.QUARTER_HOUR: "readings",
    Granularity.HOUR: "readings_hour",
    Granularity.DAY: "readings_day",
    Granularity.MONTH: "readings_month",
    Granularity.YEAR: "readings",
}
_STEPS = {
    Granularity.QUARTER_HOUR: "15 minutes",
    Granularity.HOUR: "1 hour",
    Granularity.DAY: "1 day",
    Granularity.MONTH: "1 month",
    Granularity.YEAR: "1 year",
}


def series(
    cursor: duckdb.DuckDBPyConnection,
    ask: ReadingAsk,
    values: Mapping[str, Any],
    asked: Callable[[], pa.Table],
    marked: Marked,
) -> pa.Table:
    """What is asked, in order, with its gaps if they are asked for; `values` are the bounds of place and time.

    `asked` gives unit_id, point_id and adds_up of each point; `marked` is the file's.
    """
    found = as_said(cursor, ask, values, marked)
    if found is not None and not ask.gaps:
        return found
    with registered(cursor, asked=asked()):
        if found is None:
            found = run(cursor, RULES[ask.granularity], values).to_arrow_table()
        if not ask.gaps:
            return found
        with registered(cursor, series=found):
            return run(cursor, "with_gaps", {**values, "step": _STEPS[ask.granularity]}).to_arrow_table()


def is_much(ask: ReadingAsk) -> bool:
    """Whether it is more than a page shows of one unit: a year of days, a month of others."""
    longest = _PAGE.get(ask.granularity, _PAGE_OF_OTHERS)
    return ask.period.end - ask.period.start > longest or len({unit for unit, _ in ask.points}) > 1


def bounds_of(ask: ReadingAsk) -> dict[str, Any]:
    """What the statements are narrowed to: whole periods of the granularity, and units."""
    units = [unit for unit, _ in ask.points]
    return {
        **between(widened(ask.period, ask.granularity)),
        "granularity": ask.granularity.number,
        "first_unit": min(units, default=0),
        "last_unit": max(units, default=0),
    }


def between(period: Period) -> dict[str, dt.datetime]:
    """A period as the statements bind it."""
    return {"low": period.start.replace(tzinfo=None), "high": period.end.replace(tzinfo=None)}
