"""What another hub has not seen yet: current readings of whole batches after its cursor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from graph.errors import InvalidInput
from graph.model.principal import Reach
from hub.stores.readings.database import Database, one_state
from hub.stores.readings.figures import within
from hub.stores.readings.holding import exchanged
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.statements import run

ROWS_PER_ANSWER_MAX = 1_000_000  # a puller comes back for more


@dataclass(frozen=True)
class Changes:
    """One answer: pieces of EXCHANGED, the cursor to come back with, and whether there is more."""

    pieces: Generator[pa.RecordBatch]
    cursor: int
    has_more: bool


@dataclass(frozen=True)
class Stretch:
    """Which of what is new is asked for: all of it, or no more than a last batch has, or one Beijing day up to that."""

    last: int | None = None
    day: dt.date | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.last is None:
            raise InvalidInput("came without a last batch: a day has no end of its own", "day")


WHOLE = Stretch()


@dataclass(frozen=True)
class Backlog:
    """What is new up to a batch, by the Beijing day it speaks of: (day, readings), the newest day first."""

    upto: int
    days: tuple[tuple[dt.date, int], ...]


def changes(
    database: Database, mirror: Mirror, reach: Reach, after: int, limit: int, stretch: Stretch = WHOLE
) -> Changes:
    """Readings within `reach` of the batches after `after`, at most about `limit` rows but at least one batch."""
    mirror.refresh()
    asked = {
        "after": after,
        "limit": max(1, min(limit, ROWS_PER_ANSWER_MAX)),
        "last": stretch.last,
        "day": stretch.day,
    }
    with database.reading() as cursor:
        upto, newest = _bounds(cursor, asked)
    values = {**within(reach), **asked, "upto": upto}
    return Changes(exchanged(database, "changes", values), upto, upto < newest)


def flagged(database: Database, reach: Reach, after: int, upto: int) -> pa.Table:
    """Which of these changes was flagged as invalid by who sent it: unit, data_code, granularity, start."""
    with database.reading() as cursor:
        return run(cursor, "flagged", {**within(reach), "after": after, "upto": upto}).to_arrow_table()


def _bounds(cursor: duckdb.DuckDBPyConnection, asked: Mapping[str, Any]) -> tuple[int, int]:
    """The last batch of this answer, and the last there is."""
    statement = "changes_upto" if asked["day"] is None else "changes_of_day_upto"
    found = run(cursor, statement, asked).fetchone()
    return found or (asked["after"], asked["after"])


def backlog(database: Database, mirror: Mirror, reach: Reach, after: int) -> Backlog:
    """What a hub that saw everything up to a batch has not seen, by days."""
    mirror.refresh()
    with database.reading() as cursor, one_state(cursor):
        everything = {"after": after, "limit": 1, "last": None, "day": None}
        _, newest = _bounds(cursor, everything)
        found = run(cursor, "changes_days", {**within(reach), "after": after, "last": newest}).fetchall()
    return Backlog(newest, tuple((day, rows) for day, rows in found))
