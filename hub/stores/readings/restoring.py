"""A backup in the readings file's place: checked first, the file that was there put aside and never deleted."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from graph.errors import Conflict, NotFound, StoreError
from graph.model.period import UTC
from hub.stores.readings.contents import contents
from hub.stores.readings.damage import why_not_opened
from hub.stores.readings.database import SETTINGS
from hub.stores.readings.manifests import Manifest, good_backups, manifest_of
from hub.stores.readings.opening import Key, attach, looked_into, opened
from hub.stores.readings.wal import logs_of
from hub.stores.readings.whole_files import Told, copy, part_of, settle, sha256_of, sync_folder, unheard


@dataclass(frozen=True)
class Restored:
    """What stands in the place now, and where the file that stood there before went."""

    manifest: Manifest
    aside: Path | None


def chosen(folder: Path, name: str | None) -> Path:
    """A backup by its path or its name in the folder; without one the last good one. Raises NotFound."""
    if name is None:
        backups = good_backups(folder)
        if not backups:
            raise NotFound(f"there is no good backup in {folder}")
        return folder / backups[0].file
    for path in (folder / name, Path(name)):
        if path.is_file():
            return path
    raise NotFound(f"there is no backup {name}, and none of that name in {folder}")


def restore(
    readings: Path, source: Path, moment: dt.datetime, key: Key | None, told: Told = unheard
) -> Restored:
    """Put a backup in the place of the readings file; an unencrypted one is encrypted where a key is given.

    Raises StoreError when the backup is not what its manifest says or a hub holds the file; then nothing was moved.
    """
    manifest = Manifest.load(manifest_of(source))
    _check_bytes(source, manifest, told)
    readings.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(readings)
    with _alone_with(readings):
        try:
            _lay_down(source, part, manifest, key, told)
            _check_contents(part, manifest, key)
            aside = _put_aside(readings, moment)
            settle(part, readings)
        finally:
            for left in (part, *logs_of(part)):
                left.unlink(missing_ok=True)
    return Restored(manifest, aside)


def _check_bytes(source: Path, manifest: Manifest, told: Told) -> None:
    size = source.stat().st_size
    if size != manifest.bytes:
        raise StoreError(
            f"{source} has {size:,} bytes, its manifest says {manifest.bytes:,}: take another backup"
        )
    found = sha256_of(source, told)
    if found != manifest.sha256:
        raise StoreError(
            f"{source} is damaged: its bytes have the SHA-256 {found}, its manifest says {manifest.sha256}: "
            "take another backup"
        )


def _lay_down(source: Path, part: Path, manifest: Manifest, key: Key | None, told: Told) -> None:
    part.unlink(missing_ok=True)
    if key is None or manifest.encrypted:
        copy(source, part, told)
        return
    told("encrypt", 0, manifest.bytes)
    try:
        _encrypt(source, part, key)
    except duckdb.Error as fault:
        raise why_not_opened(part, fault) from fault


def _encrypt(source: Path, part: Path, key: Key) -> None:
    """A plain file written anew under a key."""
    target = opened(part, key, SETTINGS)
    try:
        cursor = target.cursor()
        attach(cursor, source, "plain", None, read_only=True)
        cursor.execute(f"COPY FROM DATABASE plain TO {target.name}")
        cursor.execute("CHECKPOINT")
    finally:
        target.connection.close()


def _check_contents(part: Path, manifest: Manifest, key: Key | None) -> None:
    try:
        with looked_into(part, key if manifest.encrypted or key else None, SETTINGS) as cursor:
            found = contents(cursor)
    except duckdb.Error as fault:
        raise why_not_opened(part, fault) from fault
    if (found.rows, found.last_batch, found.head) != (manifest.rows, manifest.last_batch, manifest.head):
        raise StoreError(f"{manifest.file} holds {found}, its manifest says otherwise: take another backup")


@contextmanager
def _alone_with(readings: Path) -> Iterator[None]:
    """Hold the lock DuckDB would take, so that no hub has the file and none begins on it meanwhile.

    Windows renames no file that another process has open: there the renaming itself refuses.
    """
    if sys.platform == "win32" or not readings.exists():
        yield
        return
    import fcntl

    with readings.open("rb+") as held:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            raise StoreError(
                f"readings file {readings}: a hub holds it: stop the hub, then restore"
            ) from fault
        yield


def _put_aside(readings: Path, moment: dt.datetime) -> Path | None:
    """The file and its logs under another name. The logs go first: beside the backup they would be a stranger's.

    The file keeps its name besides until the backup takes it: a hub that begins just now must not make a new one.
    """
    logs = logs_of(readings)
    if not readings.exists() and not logs:
        return None
    aside = readings.with_name(f"{readings.name}.broken-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    if aside.exists() or logs_of(aside):
        raise Conflict(f"{aside} is there already: wait a second")
    for log in logs:
        log.rename(aside.with_name(aside.name + log.name.removeprefix(readings.name)))
    if readings.exists():
        try:
            aside.hardlink_to(readings)
        except OSError:  # a file system without second names
            readings.rename(aside)
    sync_folder(readings.parent)
    return aside
