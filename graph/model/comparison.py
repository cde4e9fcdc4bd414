"""What a figure is compared with: the period before (环比) and the same period a year before (同比).

Whole months are compared with as many whole months, however many days they have; anything else day by day, each with
the same day of the month. A day an earlier month lacks has nothing to be compared with, and a day the later month lacks
is compared with nothing: the earlier period never has more days than the one asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from graph.model.period import Period, first_of_month


class Comparison(StrEnum):
    """With which earlier period."""

    BEFORE = "before"
    YEAR_BEFORE = "year_before"


@dataclass(frozen=True)
class Stride:
    """How far back: calendar months, or days."""

    months: int = 0
    days: int = 0

    @classmethod
    def over(cls, period: Period) -> Self:
        """As long as a period's Beijing days: in months where those are whole ones."""
        first, end = period.first_day, _day_after(period)
        if is_whole_months(period):
            return cls(months=_months(end) - _months(first))
        return cls(days=(end - first).days)

    def before(self, period: Period) -> Period | None:
        """From the first to the last Beijing day so far before a period's; None where the calendar had none of them.

        Of anything but whole months only those of its days count that answer a day of the period: 29 February has none
        in a year without one (hub/stores/readings/sql/macros.sql, days_back).
        """
        first, after = self._before(period.first_day), self._before(_day_after(period))
        last = after - dt.timedelta(days=1)
        if not is_whole_months(period):
            last = min(last, self._before(period.last_day))
        return Period.of_days(first, last) if first <= last else None

    def _before(self, day: dt.date) -> dt.date:
        """That day of the earlier month, or the first of the next where the earlier one is shorter."""
        if not self.months:
            return day - dt.timedelta(days=self.days)
        months = _months(day) - self.months
        return min(first_of_month(months) + dt.timedelta(days=day.day - 1), first_of_month(months + 1))


A_YEAR = Stride(months=12)


def is_whole_months(period: Period) -> bool:
    """Whether a period's Beijing days are those of whole months."""
    return period.first_day.day == _day_after(period).day == 1


def _day_after(period: Period) -> dt.date:
    return period.last_day + dt.timedelta(days=1)


def _months(day: dt.date) -> int:
    """Months since January of the year 0."""
    return day.year * 12 + day.month - 1
