"""Which earlier days a balance is compared with, as its statements bind them; a group goes back by its own length."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from graph.model.comparison import A_YEAR, Comparison, Stride, is_whole_months
from graph.ports import BalanceAsk, Dimension

_OWN = {  # the finest first: it tells how long a group is
    Dimension.DAY: Stride(days=1),
    Dimension.MONTH: Stride(months=1),
    Dimension.QUARTER: Stride(months=3),
    Dimension.YEAR: A_YEAR,
}


def stride(ask: BalanceAsk, comparison: Comparison) -> Stride:
    """How far back: a year; else a group's own day, month, quarter or year; else as long as the period."""
    if comparison is Comparison.YEAR_BEFORE:
        return A_YEAR
    own = (length for dimension, length in _OWN.items() if dimension in ask.group_by)
    return next(own, None) or Stride.over(ask.period)


def days_of(ask: BalanceAsk) -> dict[str, dt.date | int | str | None]:
    """The first and last day of the period and of each comparison, null where it was not asked for or has none.

    `days`, `told` and `shown` name the parts of the statement that answer: without comparisons or another order than the
    groups' own the others are not even planned. `same_days` leaves out days that answer no day of their own.
    """
    told = "beside" if ask.compared else "figure"
    found: dict[str, dt.date | int | str | None] = {
        "first_day": ask.period.first_day,
        "last_day": ask.period.last_day,
        "days": "compared" if ask.compared else "asked",
        "told": told,
        "shown": "ranked" if ask.ranked else told,
        "same_days": Dimension.DAY in ask.group_by or not is_whole_months(ask.period),
    }
    for comparison in Comparison:
        period = stride(ask, comparison).before(ask.period) if comparison in ask.compared else None
        found[f"{comparison.value}_first_day"] = period.first_day if period else None
        found[f"{comparison.value}_last_day"] = period.last_day if period else None
    back = stride(ask, Comparison.BEFORE)
    return {**found, "before_months": back.months, "before_days": back.days}


def compared_only(table: pa.Table, ask: BalanceAsk) -> pa.Table:
    """Without the columns of comparisons that were not asked for."""
    unasked = ("span", "place", *(f"{c.value}_" for c in Comparison if c not in ask.compared))
    return table.drop_columns([name for name in table.column_names if name.startswith(unasked)])
