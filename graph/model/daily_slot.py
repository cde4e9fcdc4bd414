"""A time slot of the day, in which a link may run (时段)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from graph.errors import InvalidInput
from graph.model.period import BEIJING, aware, beijing_day, midnight

_WRITTEN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class DailySlot:
    """Minutes of the Beijing day, half open: 60 to 330 is 01:00 up to 05:30.

    One that ends before it begins goes over midnight.
    """

    begins: int
    ends: int

    def __post_init__(self) -> None:
        if self.begins == self.ends or not all(0 <= minute < 24 * 60 for minute in (self.begins, self.ends)):
            raise InvalidInput(f"came {self}, expected two times of the day that differ", "slot")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The slot that is written so: `01:00-05:30`. Raises InvalidInput."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InvalidInput(
                f"came {text[:32]!r}, expected two times of the day, as in 01:00-05:30", "slot"
            )
        hours, minutes, until_hours, until_minutes = map(int, found.groups())
        return cls(hours * 60 + minutes, until_hours * 60 + until_minutes)

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.begins, self.ends))

    def holds(self, moment: dt.datetime) -> bool:
        """Whether a moment lies within it."""
        local = aware(moment).astimezone(BEIJING)
        minute = local.hour * 60 + local.minute
        if self.begins < self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    def first_from(self, moment: dt.datetime) -> dt.datetime:
        """The first moment from this one on that lies within it."""
        if self.holds(moment):
            return moment
        opens = midnight(beijing_day(moment)) + dt.timedelta(minutes=self.begins)
        return opens if opens >= moment else opens + DAY
