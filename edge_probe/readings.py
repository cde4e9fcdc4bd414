"""What the probe writes down: readings of a quarter-hour, and events that somebody may want to look into."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

QUARTER_HOUR = dt.timedelta(minutes=15)
GRANULARITY = "quarter_hour"  # graph.model.reading's word; that module needs Arrow
INSTRUMENT, MANUAL, ESTIMATED = "instrument", "manual", "estimated"  # likewise graph.model.reading.Origin's
DOUBTFUL = "doubtful"  # ours alone: it goes to platforms as an estimate
_WORST_FIRST = (DOUBTFUL, ESTIMATED, MANUAL, INSTRUMENT)


def worst_of(origins: Collection[str]) -> str:
    """What a value is that was made of values of these origins: no better than the worst of them."""
    return next((origin for origin in _WORST_FIRST if origin in origins), INSTRUMENT)


@dataclass(frozen=True)
class Reading:
    """Energy used in the quarter-hour that begins at `start` (UTC), in the variety's native unit.

    `unit` is a credit code, `data_code` 16 digits; they are kept with each value, as a later configuration may differ.
    `origin` tells a value between two sampled boundaries (instrument, or manual where people typed them) from a share of a
    longer gap (estimated) and from one written while a clock or a counter was in doubt (doubtful), which a person may want
    to look into.
    """

    unit: str
    data_code: str
    start: dt.datetime
    value: Decimal
    origin: str
    written_at: dt.datetime


@dataclass(frozen=True)
class Spooled:
    """A reading with its number in the spool: numbers rise by the order of writing and are never used again.

    `again` numbers what goes to a platform once more, likewise; 0 where it goes there as it was written.
    """

    sequence: int
    reading: Reading
    again: int = 0


@dataclass(frozen=True)
class Event:
    """Something the probe could not do as asked: when, at which device or platform, what, and the particulars."""

    at: dt.datetime
    source: str
    kind: str
    detail: str
