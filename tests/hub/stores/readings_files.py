"""Readings files on the disk for tests of backups, exports and damage: filled, spoilt, and left as by a crash."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from decimal import Decimal
from pathlib import Path

from graph.model.period import UTC
from hub.stores.readings.contents import contents
from hub.stores.readings.database import Database
from hub.stores.readings.mirror import CONSUMPTION_USES, Dimensions, Mirror
from hub.stores.readings.opening import Key
from hub.stores.readings.wal import log_of
from hub.stores.readings.writer import BatchWriter
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

MOMENT = dt.datetime(2026, 11, 26, 3, tzinfo=UTC)
KEY = Key("an invented key, long enough to be taken")
ROWS = 900  # of one batch; the next one corrects a third of them


def no_key() -> None:
    """The file is not encrypted."""


def the_key() -> Key:
    """The file is encrypted with KEY."""
    return KEY


def writer_of(
    database: Database, lane: Executor | None = None, registry: Dimensions | None = None
) -> BatchWriter:
    """A writer whose mirror knows the invented units."""
    mirror = Mirror(database, registry or FakeDimensions(), CONSUMPTION_USES, StillClock(MOMENT).now)
    mirror.refresh()
    return BatchWriter(database, mirror, lane)


def put(database: Database, number: int, rows: int = ROWS) -> None:
    """One batch."""
    said = [Said(n % 3, n // 3 + number * rows // 9, Decimal(n * 7 + number) / 8) for n in range(rows)]
    writer_of(database).commit(batch_of(said, f"key {number}", MOMENT))


def fill(path: Path, batches: int = 3, rows: int = ROWS, key_of: Callable[[], Key | None] = no_key) -> None:
    """A file with some batches and the mirrored registry, closed."""
    database = Database(path, key_of)
    writer_of(database)
    for number in range(batches):
        put(database, number, rows)
    database.close()


def crash(path: Path, target: Path, batches: int, key_of: Callable[[], Key | None] = no_key) -> None:
    """More batches into a file, and the file with its log as a crash would leave them, at `target`."""
    database = Database(path, key_of)
    for number in range(100, 100 + batches):
        put(database, number, 60)
    shutil.copy(path, target)
    shutil.copy(log_of(path), log_of(target))
    database.close()


def flip(path: Path, at: int) -> None:
    """One byte becomes another."""
    with path.open("rb+") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 0xFF]))


def batches(path: Path, key_of: Callable[[], Key | None] = no_key) -> int:
    """How many batches a file shows, every row of it read."""
    database = Database(path, key_of)
    try:
        with database.reading() as cursor:
            for name in contents(cursor).rows:
                cursor.execute(f"SELECT sum(hash(t)) FROM {name} AS t").fetchall()  # noqa: S608 - a name DuckDB lists
            return contents(cursor).last_batch
    finally:
        database.close()
