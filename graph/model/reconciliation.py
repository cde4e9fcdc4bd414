"""Reconciliation (对账): what a comparison of a link's two ends came to, and where they differ still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from graph.model.period import Granularity


class Method(StrEnum):
    """How two ends were compared: by digests, by all files that lie there still, or by days that were read again."""

    DIGESTS = "digests"
    LISTING = "listing"
    WINDOW = "window"


@dataclass(frozen=True)
class UnitDay:
    """A unit's day in one granularity that differs (差异): how many readings each end holds, and their exact sums."""

    unit: str
    granularity: Granularity
    day: dt.date
    here_readings: int
    here_total: Decimal
    there_readings: int
    there_total: Decimal


@dataclass(frozen=True)
class Reconciliation:
    """A comparison of a link's two ends over Beijing days, both included, and what was done about it (对账记录).

    `as_of` is the source's batch up to which it was asked. Of `recounted` units' days this hub's own figures did not follow
    from its readings. `missing` and `changed` readings were booked here, `newer_here` were corrected here since and stay,
    `taken_back` stood on a wrong day or were taken back by the source, too, and `gone_there` the source no longer has, of
    which `given_back` it has again. `left` are the unit-days that differ still.
    `fault` says why it broke off; then nothing is known of what is left.

    `share` is how much of the days was read from the source, `seed` what chose them, and `read` the units that were compared
    on each of them; None: all, on all days.
    """

    link: str
    started_at: dt.datetime
    ended_at: dt.datetime
    first_day: dt.date
    last_day: dt.date
    as_of: int | None = None
    buckets: int = 0
    bytes_read: int = 0
    rows_read: int = 0
    recounted: int = 0
    missing: int = 0
    changed: int = 0
    newer_here: int = 0
    taken_back: int = 0
    gone_there: int = 0
    given_back: int = 0
    left: tuple[UnitDay, ...] = ()
    fault: str | None = None
    method: Method | None = None
    share: Decimal | None = None
    seed: int | None = None
    read: Mapping[dt.date, frozenset[str]] | None = None

    def has_read(self, unit: str, day: dt.date) -> bool:
        """Whether a unit's day was compared, so that what was found of it before is settled or found again."""
        return self.read is None or unit in self.read.get(day, frozenset())
