"""A backup is a copy of the readings file taken while the hub runs, read back before it counts as one.

The copy is one transaction: it holds what was committed when it began, and batches go on being written beside it.
"""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import Conflict, StoreError
from hub.stores.readings.contents import Contents, contents, ledger_rows, walked
from hub.stores.readings.database import Database
from hub.stores.readings.manifests import FOLDER, Manifest, good_backups, manifest_of, name_of
from hub.stores.readings.wal import logs_of
from hub.stores.readings.whole_files import Told, part_of, settle, sha256_of, unheard

KEEP = 7  # a week of nightly backups
LOOK_S = 0.2  # between two looks at how far a copy has come
_COPY = "backup"  # what the copy is called while it is made


def default_folder(readings: Path) -> Path:
    """Where backups of a readings file go, unless somebody says another place."""
    return readings.parent / FOLDER


def backup(
    database: Database, folder: Path, moment: dt.datetime, keep: int = KEEP, told: Told = unheard
) -> Manifest:
    """Take a backup, read it back, and forget all but the newest `keep`.

    Any thread of a running hub may call this; only one at a time. Raises StoreError when the copy does not hold
    what the file holds, Conflict when there is a backup of this second; then everything is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of(moment)
    if path.exists():
        raise Conflict(f"{path} is there already")
    part = part_of(path)
    _check_room(database, folder)
    _sweep(folder)
    try:
        held = _copied(database, part, told)
        _verified(database, part, held)
        manifest = Manifest(
            path.name, moment, held.last_batch, held.head, held.rows, part.stat().st_size,
            sha256_of(part, told), database.encrypted,
        )  # fmt: skip
        manifest.save(folder)  # first: a backup that has its name has its manifest
        settle(part, path)
    finally:
        _remove(part)
    _forget(folder, keep)
    return manifest


def holds(database: Database, part: Path) -> Contents:
    """What a copy holds, its chain of heads recomputed. Raises StoreError when the chain does not fit."""
    with database.looked_into(part) as cursor:
        found = contents(cursor)
        walk = walked(ledger_rows(cursor))
    if walk.misfit is not None or walk.head != found.head:
        raise StoreError(f"the ledger in {part.name} does not fit from batch {walk.batches + 1} on")
    return found


def _copied(database: Database, part: Path, told: Told) -> Contents:
    with database.beside(part, _COPY) as cursor:
        cursor.begin()
        held = contents(cursor)
        name = cursor.execute("SELECT current_database()").fetchall()[0][0]
        with _watched(part, _size(database), told):
            cursor.execute(f'COPY FROM DATABASE "{name}" TO {_COPY}')
            cursor.commit()
            cursor.execute(f"CHECKPOINT {_COPY}")
    return held


def _verified(database: Database, part: Path, held: Contents) -> None:
    found = holds(database, part)
    if found != held:
        raise StoreError(f"the backup holds {found}, the readings file {held}: it was thrown away")


@contextmanager
def _watched(part: Path, size: int, told: Told) -> Iterator[None]:
    """Tell by the growing file how far a copy has come: DuckDB itself does not say."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_S):
            told("copy", min(part.stat().st_size, size), size)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _size(database: Database) -> int:
    path = database.path
    return 0 if path is None else sum(one.stat().st_size for one in (path, *logs_of(path)))


def _check_room(database: Database, folder: Path) -> None:
    needed, free = _size(database), shutil.disk_usage(folder).free
    if needed > free:
        raise StoreError(f"{folder} has {free:,} bytes free, a backup may need {needed:,}")


def _sweep(folder: Path) -> None:
    """Remove what backups that were broken off left behind: half a copy with its logs, half a manifest."""
    for unfinished in ("readings-*.duckdb.part*", "readings-*.json.part"):
        for left in folder.glob(unfinished):
            left.unlink()


def _forget(folder: Path, keep: int) -> None:
    for old in good_backups(folder)[max(keep, 1) :]:
        (folder / old.file).unlink()
        manifest_of(folder / old.file).unlink()


def _remove(part: Path) -> None:
    for left in (part, *logs_of(part)):
        left.unlink(missing_ok=True)
