"""What a page is told before its scripts ask GraphQL: language, quarter, and the days its figures are about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from graph.model.period import BEIJING, FIRST_YEAR, Quarter, aware, beijing_day
from hub.dashboard.words import Language

DAYS_SHOWN = 31  # a calendar of more columns cannot be read on a telephone
MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Days:
    """Beijing days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class View:
    """One address of the dashboard at one moment."""

    language: Language
    quarter: Quarter
    now: dt.datetime

    @property
    def moment(self) -> str:
        """Now in Beijing time, as 2026-11-23T08:15:00+08:00."""
        return aware(self.now).astimezone(BEIJING).isoformat(timespec="seconds")

    @property
    def before(self) -> Quarter | None:
        """The quarter a click back; None at the first one there is."""
        return self.quarter.shift(-1) if (self.quarter.year, self.quarter.quarter) > (FIRST_YEAR, 1) else None

    @property
    def after(self) -> Quarter | None:
        """The quarter a click on; None when it has not begun."""
        return self.quarter.shift(1) if self.quarter < Quarter.of(self._today) else None

    @property
    def finished_days(self) -> Days | None:
        """The quarter's last finished days, at most DAYS_SHOWN; None before its first day is over."""
        last = min(self.quarter.last_day, self._today - dt.timedelta(days=1))
        first = max(self.quarter.first_day, last - dt.timedelta(days=DAYS_SHOWN - 1))
        return Days(first, last) if first <= last else None

    @property
    def months(self) -> Days:
        """MONTHS_SHOWN months up to the end of the quarter."""
        return Days(self.quarter.months[2].shift(1 - MONTHS_SHOWN).first_day, self.quarter.last_day)

    @property
    def has_begun(self) -> bool:
        """Whether the quarter's first day has come."""
        return self.quarter.first_day <= self._today

    def address(self, quarter: Quarter | None = None, language: Language | None = None) -> str:
        """This page with another quarter or in the other language."""
        return f"?quarter={quarter or self.quarter}&lang={(language or self.language).value}"

    @property
    def _today(self) -> dt.date:
        return beijing_day(self.now)


def view(language: Language, quarter: str | None, now: dt.datetime) -> View:
    """From the address of a page; without a quarter the present one. Raises InvalidInput."""
    return View(language, Quarter.parse(quarter) if quarter else Quarter.of(beijing_day(now)), now)
