"""How large the readings file is and of what, how much room is left, and when it was last backed up."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from graph.model.period import UTC
from hub.stores.readings.backups import default_folder
from hub.stores.readings.contents import contents
from hub.stores.readings.database import Database
from hub.stores.readings.manifests import Manifest, good_backups
from hub.stores.readings.statements import run
from hub.stores.readings.wal import logs_of


@dataclass(frozen=True)
class TableStats:
    """One table. Small tables share blocks, so that bytes are a share of them: about, not to the byte."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Stats:
    """The file as a whole. Rows not checkpointed yet are in the log and count no bytes of the file.

    `readings` are those that hold; `readings_written` counts what was replaced, too, and bytes are shared among them.
    """

    path: Path
    encrypted: bool
    tables: tuple[TableStats, ...]
    file_bytes: int
    unused_bytes: int
    log_bytes: int
    free_disk_bytes: int
    readings: int
    readings_written: int
    bytes_per_reading: float | None
    batches: int
    head: str
    first_day: dt.date | None
    last_day: dt.date | None
    last_received: dt.datetime | None
    backup: Manifest | None


def stats(database: Database, path: Path, backups: Path | None = None) -> Stats:
    """Measure an open file. What it costs grows with the number of blocks, not of readings."""
    log_bytes = sum(log.stat().st_size for log in logs_of(path))
    file_bytes = path.stat().st_size
    with database.reading(much=True) as cursor:
        held = contents(cursor)
        (row,) = run(cursor, "stats").fetchall()
        ((block_size, unused),) = run(cursor, "block_size").fetchall()
        shares = _shares(cursor, held.rows, block_size)
    readings, written, first_day, last_day, batches, last_received = row
    return Stats(
        path=path,
        encrypted=database.encrypted,
        tables=tuple(TableStats(name, count, shares[name]) for name, count in held.rows.items()),
        file_bytes=file_bytes,
        unused_bytes=unused * block_size,
        log_bytes=log_bytes,
        free_disk_bytes=shutil.disk_usage(path.parent).free,
        readings=readings,
        readings_written=written,
        bytes_per_reading=(file_bytes + log_bytes) / written if written else None,
        batches=batches,
        head=held.head,
        first_day=first_day,
        last_day=last_day,
        last_received=last_received and last_received.replace(tzinfo=UTC),
        backup=next(iter(good_backups(backups or default_folder(path))), None),
    )


def _shares(cursor: duckdb.DuckDBPyConnection, tables: Iterable[str], block_size: int) -> Mapping[str, int]:
    """Each table's share of the blocks, by the pieces it has in them."""
    pieces = {name: dict(run(cursor, "blocks", {"table": name}).fetchall()) for name in tables}
    of_block: Counter[int] = Counter()
    for blocks in pieces.values():
        of_block.update(blocks)
    return {
        name: round(sum(block_size * count / of_block[block] for block, count in blocks.items()))
        for name, blocks in pieces.items()
    }
