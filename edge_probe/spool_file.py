"""The file of a spool: how it is opened, brought to its present form, found damaged and set aside.

A damaged file is never deleted: it is renamed, a new one begins in its place, and what can still be read of it is taken
over: readings under their own numbers, counters, records of meters, what platforms acknowledged. Only its identity is
another, as numbers that could not be read may be given again.
"""

from __future__ import annotations

import datetime as dt
import errno
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from edge_probe.spool_digests import rebuild
from edge_probe.statements import statement
from graph.errors import StoreError

BUSY_SECONDS = 5.0  # `status` reads beside the probe; neither holds the file longer
VERSION = 5
_FORMS_BEFORE = (0, 1, 2, 3, 4)  # the schema adds what they lack
_SIDES = ("", "-wal", "-shm")  # a SQLite file and what lies beside it
TAKEN_OVER = (
    "reading",
    "counter",
    "meter_event",
    "part",
    "event",
    "uplink",
    "taken",
    "platform",
    "refused",
    "again",
)


class SpoolFull(StoreError):
    """There is no room on the disk, or the file has come to the size it may have."""


class SpoolDamaged(StoreError):
    """The file is none of SQLite's, or is damaged."""


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """SQLite's errors and the disk's as ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as fault:
        raise _kind_of(fault)(f"spool {file}: {fault}") from fault


def connected(file: Path) -> sqlite3.Connection:
    """The file, made where there is none. What is committed is on the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    except BaseException:
        db.close()
        raise
    db.row_factory = sqlite3.Row
    return db


def prepare(db: sqlite3.Connection, file: Path) -> None:
    """Bring it to its present form. Raises StoreError for one of a later version."""
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    if found == VERSION:
        return
    if found not in _FORMS_BEFORE:
        raise StoreError(f"spool {file}: made by another version ({found}), expected {VERSION}")
    db.executescript(statement("schema"))
    db.execute("BEGIN IMMEDIATE")
    try:
        if "pieces" not in {row["name"] for row in db.execute("PRAGMA table_info(counter)")}:
            db.execute("ALTER TABLE counter ADD COLUMN pieces TEXT")
        db.execute("INSERT OR IGNORE INTO about VALUES ('identity', ?)", (secrets.token_hex(8),))
        rebuild(db)
        db.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def damage(file: Path) -> str | None:
    """What is wrong with the file, in SQLite's words; None: nothing, or there is none yet."""
    if not file.is_file():
        return None
    try:
        with closing(connected(file)) as db:
            said = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as fault:
        if _kind_of(fault) is SpoolDamaged:
            return str(fault)
        raise StoreError(f"spool {file}: {fault}") from fault
    return None if said == ["ok"] else " ".join(said[0].split())


def set_aside(file: Path, at: dt.datetime) -> Path:
    """Rename a file with what lies beside it; where it is now."""
    stamp = at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (
        file.with_name(f"{file.name}.damaged-{stamp}{n}") for n in ("", *(f"-{k}" for k in range(1, 100)))
    )
    aside = next((name for name in names if not name.exists()), None)
    if aside is None:
        raise StoreError(f"spool {file}: a hundred damaged ones lie beside it already")
    with translated(file):
        moved(file, aside)
    return aside


def moved(file: Path, to: Path) -> None:
    """Give a file, with what lies beside it, another name."""
    for side in _SIDES:
        beside = file.with_name(f"{file.name}{side}")
        if beside.exists():
            beside.rename(to.with_name(f"{to.name}{side}"))


def take_over(db: sqlite3.Connection, aside: Path) -> dict[str, int]:
    """Copy what can be read of a damaged file into an empty one; how many rows of each table."""
    found = dict[str, int]()
    with suppress(sqlite3.Error), closing(sqlite3.connect(aside, timeout=BUSY_SECONDS)) as old:
        old.row_factory = sqlite3.Row
        for table in TAKEN_OVER:
            found[table] = _copied(old, db, table)
    db.execute("DELETE FROM sqlite_sequence WHERE name = 'reading'")
    db.execute(statement("number_onward"))
    db.execute("UPDATE uplink SET claimed = acknowledged")
    rebuild(db)
    return {table: count for table, count in found.items() if count}


def _copied(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> int:
    """From the first row up to one that cannot be read, then from the last one back to it."""
    count = 0
    for order in ("ASC", "DESC"):
        try:
            key = ", ".join(f"{name} {order}" for name in _key(db, table))
            for row in old.execute(f"SELECT * FROM {table} ORDER BY {key}"):  # noqa: S608 - names of our own schema
                count += _put(db, table, row)
        except sqlite3.Error:
            continue
        break
    return count


def _put(db: sqlite3.Connection, table: str, row: sqlite3.Row) -> int:
    columns = ", ".join(row.keys())
    places = ", ".join("?" * len(row))
    try:
        put = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names of our own schema
        return db.execute(put, tuple(row)).rowcount
    except sqlite3.IntegrityError:
        return 0


def _key(db: sqlite3.Connection, table: str) -> list[str]:
    rows = db.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
    return [row["name"] for row in rows]


def _kind_of(fault: Exception) -> Callable[[str], StoreError]:
    code = getattr(fault, "sqlite_errorcode", None)
    if (
        code == sqlite3.SQLITE_FULL
        or getattr(fault, "errno", None) == errno.ENOSPC
        or code == sqlite3.SQLITE_IOERR_WRITE
    ):
        return SpoolFull
    return SpoolDamaged if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else StoreError
