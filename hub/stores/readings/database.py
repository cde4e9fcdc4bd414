"""One DuckDB file, one writer at a time, a fresh cursor for every reader.

One process owns the file: while it is open for writing no second process may even read it. A cursor shared by
threads returns wrong rows, so nobody gets one twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from graph.errors import StoreError
from hub.stores.readings.statements import run

SCHEMA_VERSION = "2"
MEMORY_LIMIT = "1GB"  # a hub shares its machine; DuckDB spills beyond it
CHECKPOINT_AT = "256MB"  # a smaller WAL means a pause in every larger batch

SETTINGS: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": False,  # nothing is downloaded at run time
    "autoload_known_extensions": False,
    "memory_limit": MEMORY_LIMIT,
    "checkpoint_threshold": CHECKPOINT_AT,
}


class Database:
    """An open readings file. Raises StoreError when another process holds it or it cannot be read."""

    def __init__(self, path: Path | None) -> None:
        """Open or create `path`; None keeps everything in memory, for tests."""
        self._lock = threading.Lock()
        try:
            self._connection = duckdb.connect(str(path) if path else ":memory:", config=dict(SETTINGS))
        except duckdb.Error as fault:
            raise StoreError(f"readings file {path}: {_reason(fault)}") from fault
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with self.writing() as cursor:
            cursor.execute("SET GLOBAL TimeZone = 'UTC'")  # a moment without a zone is UTC on any machine
            run(cursor, "meta")
            found = cursor.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
            if found is None:
                cursor.execute("INSERT INTO meta VALUES ('schema', $version)", {"version": SCHEMA_VERSION})
            elif found[0] != SCHEMA_VERSION:
                raise StoreError(f"readings file has schema {found[0]}, this version reads {SCHEMA_VERSION}")
            run(cursor, "schema")
            run(cursor, "macros")

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction: committed when the block ends, rolled back when anything in it fails.

        COMMIT of an aborted transaction stores nothing and says nothing, so no statement's error is swallowed.
        """
        with self._lock:
            cursor = self._connection.cursor()
            try:
                cursor.begin()
                yield cursor
                cursor.commit()
            except duckdb.Error as fault:
                _rollback(cursor)
                raise StoreError(f"nothing was written: {fault}") from fault
            except BaseException:
                _rollback(cursor)
                raise
            finally:
                cursor.close()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own, seeing the last committed state."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        except duckdb.Error as fault:
            raise StoreError(f"a question to the readings store failed: {fault}") from fault
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the file; the WAL is merged into it."""
        with self._lock:
            self._connection.close()


def _reason(fault: duckdb.Error) -> str:
    """Why a file cannot be had, in words for whoever started a second process on it."""
    if "Could not set lock" not in str(fault):
        return str(fault)
    return "another process holds it: stop the hub that runs on it, or ask that hub (nengshu query --hub)"


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.rollback()
    except duckdb.Error:
        return  # there was no transaction left to roll back
