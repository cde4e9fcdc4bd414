"""Makes the readings file small again without changing an answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from graph.model.period import beijing_day, midnight
from hub.stores.readings.database import Database
from hub.stores.readings.moments import kept
from hub.stores.readings.statements import run


@dataclass(frozen=True)
class Folded:
    """How many rows told of provinces there were, and how many are left."""

    before: int
    after: int


def fold(database: Database, now: dt.datetime) -> Folded:
    """Sum what provinces were told on each finished Beijing day, and write the WAL into the file.

    A question as of a moment inside a folded day is answered with the same figures from the units' own rows.
    """
    today = kept(midnight(beijing_day(now)))
    with database.writing() as cursor, database.on_all_cores():
        before = _rows(cursor)
        run(cursor, "fold_provinces", {"before": today})
        after = _rows(cursor)
    database.checkpoint()
    return Folded(before, after)


def _rows(cursor: duckdb.DuckDBPyConnection) -> int:
    found = cursor.execute("SELECT count(*) FROM province_energy").fetchall()
    return int(found[0][0])
