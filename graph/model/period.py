"""Time as the order counts it: Beijing days, months and quarters at the border, half-open UTC inside.

This is the only module that knows the offset. China keeps one time, +08:00, with no summer time; a period is
labelled by its start (NHJC-04, read) and holds every instant from its start up to, not including, its end.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from graph.errors import InvalidInput

UTC = dt.UTC
BEIJING = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 1990, 2200  # outside of it a date is a typing error, not a fact
REPORT_DUE_DAY = 15  # 424号 part 4: 每季度首月15日前

MICROSECOND = dt.timedelta(microseconds=1)
_ONE_DAY = dt.timedelta(days=1)


class Granularity(StrEnum):
    """How long one reading's period is (统计类型 statType: 实时 0, 日 1, 月 2, 年 3, read in NHJC-04)."""

    QUARTER_HOUR = "quarter_hour"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    @property
    def number(self) -> int:
        """The small integer the readings store keeps; never renumbered."""
        return list(Granularity).index(self) + 1

    @classmethod
    def of_number(cls, number: int) -> Granularity:
        """The granularity the store keeps as `number`. Raises InvalidInput."""
        members = list(cls)
        if not 1 <= number <= len(members):
            raise InvalidInput(f"{number} is no granularity, expected 1 to {len(members)}", "granularity")
        return members[number - 1]

    @property
    def minutes(self) -> int | None:
        """Length in minutes; None where the calendar decides (month, year)."""
        return {"quarter_hour": 15, "hour": 60, "day": 1440}.get(self.value)


def beijing_day(moment: dt.datetime) -> dt.date:
    """The Beijing day an aware moment falls in. Raises InvalidInput for a naive one."""
    return _in_zone(aware(moment), BEIJING).date()


def aware(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC; a moment without an offset could be any of 24 and is refused."""
    if moment.utcoffset() is None:
        raise InvalidInput(f"{moment.isoformat()} has no offset from UTC, expected one such as +08:00")
    return _in_zone(moment, UTC)


def _in_zone(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError as fault:
        raise InvalidInput(f"{moment.isoformat()} lies outside of the years 1 to 9999") from fault


def midnight(day: dt.date) -> dt.datetime:
    """The instant a Beijing day begins, in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)


def runs_of(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Days in order, as stretches of days that follow each other: the first and last of each."""
    begins = [day for place, day in enumerate(days) if place == 0 or day - days[place - 1] > _ONE_DAY]
    ends = [
        day for place, day in enumerate(days) if place + 1 == len(days) or days[place + 1] - day > _ONE_DAY
    ]
    return zip(begins, ends, strict=True)


def first_of_month(months: int) -> dt.date:
    """The first day of the month that many months after January of the year 0."""
    return dt.date(months // 12, months % 12 + 1, 1)


def _checked_year(year: int, text: str) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput(f"{text!r}: the year must be between {FIRST_YEAR} and {LAST_YEAR}")
    return year


@dataclass(frozen=True, order=True)
class Period:
    """A half-open stretch of time [start, end), both aware and kept in UTC (时段)."""

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware(self.start))
        object.__setattr__(self, "end", aware(self.end))
        if self.start >= self.end:
            raise InvalidInput(f"a period ends after it starts; came {self.start} to {self.end}")

    @classmethod
    def of_days(cls, first: dt.date, last: dt.date) -> Period:
        """From the start of Beijing day `first` to the end of `last`, both included."""
        return cls(midnight(first), midnight(last + dt.timedelta(days=1)))

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.start <= moment < self.end

    def overlap(self, other: Period) -> Period | None:
        """What both hold, or None when they only touch or lie apart."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    @property
    def first_day(self) -> dt.date:
        """The Beijing day it begins in."""
        return beijing_day(self.start)

    @property
    def last_day(self) -> dt.date:
        """The Beijing day of its last instant."""
        return beijing_day(self.end - MICROSECOND)


@dataclass(frozen=True, order=True)
class Day:
    """A Beijing day (日): the unit in which uploading is owed."""

    date: dt.date

    def __post_init__(self) -> None:
        _checked_year(self.date.year, str(self.date))

    @classmethod
    def parse(cls, text: str) -> Day:
        """From `2026-11-23`."""
        found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
        try:
            date = dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
        except ValueError:
            date = None  # the 30th of February
        if date is None:
            raise InvalidInput(f"{text[:32]!r} is not a day, expected one such as 2026-11-23")
        return cls(date)

    @property
    def period(self) -> Period:
        """Midnight to midnight, Beijing time."""
        return Period.of_days(self.date, self.date)

    def __str__(self) -> str:
        return self.date.isoformat()


@dataclass(frozen=True, order=True)
class Month:
    """A Beijing month (月)."""

    year: int
    month: int

    def __post_init__(self) -> None:
        _checked_year(self.year, str(self))
        if not 1 <= self.month <= 12:
            raise InvalidInput(f"{self.month} is not a month of the year, expected 1 to 12")

    @classmethod
    def parse(cls, text: str) -> Month:
        """From `2026-11`."""
        found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if not found:
            raise InvalidInput(f"{text[:32]!r} is not a month, expected one such as 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)

    def shift(self, months: int) -> Month:
        """So many months later, or earlier."""
        years, month0 = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, month0 + 1)

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, self.month, 1)

    @property
    def period(self) -> Period:
        """From its first midnight to the next month's."""
        return Period(midnight(self.first_day), midnight(first_of_month(self.year * 12 + self.month)))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter (季度): the rhythm of progress reports and bulletins."""

    year: int
    quarter: int

    def __post_init__(self) -> None:
        _checked_year(self.year, str(self))
        if not 1 <= self.quarter <= 4:
            raise InvalidInput(f"{self.quarter} is not a quarter, expected 1 to 4")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `2026Q4` or `2026-Q4`."""
        found = re.fullmatch(r"([0-9]{4})-?[Qq]([0-9])", text)
        if not found:
            raise InvalidInput(f"{text[:32]!r} is not a quarter, expected one such as 2026Q4")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        """The quarter a day lies in."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    def shift(self, quarters: int) -> Quarter:
        """So many quarters later, or earlier."""
        years, quarter0 = divmod(self.year * 4 + self.quarter - 1 + quarters, 4)
        return Quarter(years, quarter0 + 1)

    @property
    def months(self) -> tuple[Month, Month, Month]:
        """Its three months."""
        first = Month(self.year, self.quarter * 3 - 2)
        return first, first.shift(1), first.shift(2)

    @property
    def period(self) -> Period:
        """From its first midnight to the next quarter's."""
        months = self.months
        return Period(months[0].period.start, months[2].period.end)

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        return self.months[0].first_day

    @property
    def last_day(self) -> dt.date:
        """Its last day."""
        return self.period.last_day

    @property
    def report_due(self) -> dt.date:
        """The last day on which its report is in time: the 15th of the next quarter's first month (424号, 四)."""
        return first_of_month(self.year * 12 + self.quarter * 3).replace(day=REPORT_DUE_DAY)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.quarter}"


def slot_at(moment: dt.datetime, granularity: Granularity) -> Period:
    """The period of a granularity that an instant lies in, on Beijing's grid."""
    start = aware(moment)
    if granularity.minutes is not None:
        day = midnight(beijing_day(start))
        length = dt.timedelta(minutes=granularity.minutes)
        begins = day + (start - day) // length * length
        return Period(begins, begins + length)
    month = Month.of(beijing_day(start))
    if granularity is Granularity.MONTH:
        return month.period
    return Period(Month(month.year, 1).period.start, Month(month.year, 12).period.end)


def widened(period: Period, granularity: Granularity) -> Period:
    """The shortest whole run of a granularity's periods that holds this one."""
    return Period(
        slot_at(period.start, granularity).start, slot_at(period.end - MICROSECOND, granularity).end
    )
