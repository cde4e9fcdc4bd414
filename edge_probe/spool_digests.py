"""What a spool keeps, as digests by unit, data code and Beijing day: changed in the transaction that changes a reading.

Of readings of one quarter-hour the one that was written last holds. One that holds is added and one that holds no longer
taken away, so that a reading costs the same whatever its day holds already. See docs/digests.md.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from edge_probe.readings import Reading
from edge_probe.spool_rows import moment_text, reading_row, required
from edge_probe.statements import statement
from graph.errors import InvalidInput
from graph.model.digest import Digest, of_value
from graph.model.period import MICROSECOND, Granularity, beijing_day

Bucket: TypeAlias = tuple[str, str, str]  # unit, data code, Beijing day
_NOTHING = Digest()
_LANE, _SIGN = 2**64, 2**63  # SQLite's whole numbers have 64 bits with a sign


def add_readings(db: sqlite3.Connection, readings: Iterable[Reading]) -> None:
    """Write readings and what they change of their days.

    One that corrects another is newer than that even where the clock was set back, or platforms would keep the older one.
    """
    changes = defaultdict[Bucket, Digest](Digest)
    for reading in readings:
        row = reading_row(reading)
        held = db.execute(statement("holding"), row).fetchone()
        if held and row["written_at"] <= held["written_at"]:
            row["written_at"] = moment_text(required(held["written_at"]) + MICROSECOND)
        db.execute(statement("add_reading"), row)
        changes[bucket_of(row)] += digest_of(row) - (digest_of(held) if held else _NOTHING)
    _book(db, changes)


def drop_readings(db: sqlite3.Connection, query: str, values: Mapping[str, object]) -> int:
    """Thin readings by a statement that names those it deleted; how many, and what they change of their days."""
    gone = db.execute(statement(query), values).fetchall()
    newest = {(row["unit"], row["data_code"], row["start"]): row for row in sorted(gone, key=_sequence)}
    changes = defaultdict[Bucket, Digest](Digest)
    for row in newest.values():
        held = db.execute(statement("holding"), dict(row)).fetchone()
        if held is None or held["sequence"] < row["sequence"]:
            changes[bucket_of(row)] += (digest_of(held) if held else _NOTHING) - digest_of(row)
    _book(db, changes)
    if changes:
        db.execute(statement("thinned_upto"), {"day": max(day for _, _, day in changes)})
    return len(gone)


def rebuild(db: sqlite3.Connection) -> None:
    """Make all digests of the readings, for a spool that kept none."""
    db.execute("DELETE FROM digest")
    changes = defaultdict[Bucket, Digest](Digest)
    for row in db.execute(statement("all_holding")):
        changes[bucket_of(row)] += digest_of(row)
    _book(db, changes)
    oldest = db.execute("SELECT sequence, start FROM reading ORDER BY sequence LIMIT 1").fetchone()
    if oldest and oldest["sequence"] > 1:
        db.execute(statement("thinned_upto"), {"day": _day(oldest)})


def bucket_of(row: Mapping[str, Any] | sqlite3.Row) -> Bucket:
    """Where a reading's row counts."""
    return row["unit"], row["data_code"], _day(row)


def digest_of(row: Mapping[str, Any] | sqlite3.Row) -> Digest:
    """A reading's own digest; none where it is finer than any hub takes, which refuses it."""
    start, value = required(row["start"]), Decimal(row["value"])
    try:
        return of_value(row["data_code"], start, Granularity.QUARTER_HOUR, value)
    except InvalidInput:
        return _NOTHING


def digest_in(row: sqlite3.Row) -> Digest:
    """A digest as its columns keep it."""
    return Digest(row["readings"], int(row["total"]), row["lane_a"] % _LANE, row["lane_b"] % _LANE)


def _book(db: sqlite3.Connection, changes: Mapping[Bucket, Digest]) -> None:
    for (unit, data_code, day), change in changes.items():
        named = {"unit": unit, "data_code": data_code, "day": day}
        kept = db.execute(statement("digest"), named).fetchone()
        found = change + (digest_in(kept) if kept else _NOTHING)
        if found == _NOTHING:
            db.execute(statement("drop_digest"), named)
        else:
            db.execute(statement("keep_digest"), named | _columns(found))


def _columns(digest: Digest) -> dict[str, object]:
    """The sum as text: that of a day of the largest values has more than 64 bits."""
    lanes = {"lane_a": _signed(digest.lane_a), "lane_b": _signed(digest.lane_b)}
    return {"readings": digest.readings, "total": str(digest.total), **lanes}


def _signed(lane: int) -> int:
    return lane - _LANE if lane >= _SIGN else lane


def _day(row: Mapping[str, Any] | sqlite3.Row) -> str:
    day: dt.date = beijing_day(required(row["start"]))
    return day.isoformat()


def _sequence(row: sqlite3.Row) -> int:
    return int(row["sequence"])
