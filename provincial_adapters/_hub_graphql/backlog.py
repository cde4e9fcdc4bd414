"""How far a link came with a hub's changes: everything up to a batch and, of a backlog, which days of it.

A hub that was away is asked for its newest days first. What its cursor says then: everything up to `after`, and of the
batches from there up to `upto` all days from `day` on.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import msgspec

from graph.errors import SourceMalformed
from provincial_adapters._toolkit.fetch import Answer

CURSOR_CHARACTERS_MAX = 64  # of the source's own cursor
DAYS_MAX = 100_000  # of one backlog: longer than any hub was away
FROM_THE_START = "0"
BETWEEN = "|"  # the parts of a link's cursor, and in none of the source's own
_BACKLOG = re.compile(r"(?P<after>[^|]+)\|(?P<upto>[^|]+)\|(?P<day>\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Place:
    """A link's cursor. Its texts are `after`, and `after|upto|day` while a backlog is worked off."""

    after: str
    upto: str | None = None
    day: dt.date | None = None

    @classmethod
    def parse(cls, cursor: str | None) -> Place:
        """A cursor as it was kept; what is none of ours is the source's own."""
        found = _BACKLOG.fullmatch(cursor or "")
        if found is None:
            return cls(cursor or FROM_THE_START)
        return cls(found["after"], found["upto"], dt.date.fromisoformat(found["day"]))

    def __str__(self) -> str:
        return self.after if self.day is None else BETWEEN.join((self.after, str(self.upto), str(self.day)))


class _Day(msgspec.Struct, frozen=True):
    day: dt.date
    readings: int


class Days(msgspec.Struct, frozen=True):
    """What a hub says is new: up to which batch, and how many readings of which day, the newest first."""

    upto: int
    days: tuple[_Day, ...]

    @property
    def readings(self) -> int:
        """All of them."""
        return sum(each.readings for each in self.days)

    def left(self, place: Place) -> list[dt.date]:
        """The days of it that were not taken yet."""
        return [each.day for each in self.days if place.day is None or each.day < place.day]


def days_in(answer: Answer) -> Days:
    """The answer of `GET /sync/v1/changes/days`. Raises SourceMalformed."""
    try:
        found = msgspec.json.decode(answer.body, type=Days)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise SourceMalformed(f"{answer.address}: tells no days: {fault}") from fault
    days = [each.day for each in found.days]
    if len(days) > DAYS_MAX or sorted(set(days), reverse=True) != days:
        raise SourceMalformed(
            f"{answer.address}: expected at most {DAYS_MAX} days, each once, the newest first"
        )
    return found
