"""A damaged readings file is recognised, and whoever meets it is told which backup to put in its place."""

from __future__ import annotations

import shlex
from pathlib import Path

import duckdb

from graph.errors import StoreError
from hub.settings import READINGS_KEY
from hub.stores.readings.manifests import FOLDER, good_backups
from hub.stores.readings.wal import log_of

HELD = "Could not set lock"
_DAMAGE = (
    "Corrupt database file",
    "Corrupt WAL file",
    "not a valid DuckDB database file",
    "AES tag differs",
    "LEB128",
    "eserializ",  # DuckDB writes it with a large letter and a small one
    "WAL checkpoint iteration",
)
_GIVEN_UP = "has been invalidated"  # after this DuckDB answers nothing more, whatever is asked
_OF_LOG = "replaying WAL"

# DuckDB's word about a key -> ours, which names what to do.
_KEYS = {
    "Wrong encryption key": f"it is encrypted with another key than {READINGS_KEY} holds",
    "without a key": f"it is encrypted: set {READINGS_KEY} to its key",
    "is explicitly specified": f"it is not encrypted, and {READINGS_KEY} is set: unset it, or encrypt the store "
    "by restoring an unencrypted backup under the key (docs/store.md)",
}


def gives_up(fault: duckdb.Error) -> bool:
    """Whether DuckDB answers nothing more after this."""
    return isinstance(fault, duckdb.FatalException | duckdb.InternalException) or _GIVEN_UP in str(fault)


def is_damage(fault: duckdb.Error) -> bool:
    """Whether the file is at fault, not the question."""
    text = str(fault)
    of_log = _OF_LOG in text and isinstance(fault, duckdb.InternalException)
    return of_log or isinstance(fault, duckdb.SerializationException) or any(w in text for w in _DAMAGE)


def why_not_opened(path: Path | None, fault: duckdb.Error) -> StoreError:
    """The sentence for a file that cannot be opened, in words for whoever started something on it."""
    text = str(fault)
    if HELD in text:
        why = (
            "another process holds it: stop the hub that runs on it and run this again, "
            "or ask that hub (nengshu query --hub)"
        )
        return StoreError(f"readings file {path}: {why}")
    for word, ours in _KEYS.items():
        if word in text:
            return StoreError(f"readings file {path}: {ours}")
    if path is not None and (is_damage(fault) or isinstance(fault, duckdb.InternalException)):
        return damaged(path, text)
    return StoreError(f"readings file {path}: {text}")


def damaged(path: Path, why: str) -> StoreError:
    """The sentence for a damaged file: which, what is wrong, and the last good backup with the words to restore it."""
    what = f"its write-ahead log {log_of(path)}" if _OF_LOG in why else "it"
    first_line = why.strip().splitlines()[0].rstrip(".")
    return StoreError(f"readings file {path}: {what} is damaged ({first_line}). {_way_back(path.parent)}")


def lost_log(path: Path, why: str) -> StoreError:
    """The sentence for a log that DuckDB would have forgotten in silence."""
    return damaged(path, f"replaying WAL would lose acknowledged batches: {why}")


def _way_back(folder: Path) -> str:
    backups = good_backups(folder / FOLDER)
    if not backups:
        return f"There is no backup in {folder / FOLDER}; one elsewhere: nengshu store restore FILE"
    last = backups[0]
    command = f"nengshu store restore {last.file} --data {shlex.quote(str(folder))}"
    return (
        f"The last good backup is {last.file} of {last.moment:%Y-%m-%d %H:%M:%S} UTC up to batch "
        f"{last.last_batch}: {command}"
    )
