"""One DuckDB file, one writer at a time, a fresh cursor for every reader.

One process owns the file: while it is open for writing no second process may even read it. A cursor shared by
threads returns wrong rows, so nobody gets one twice. What DuckDB says of a damaged file is translated here
(damage.py), and once DuckDB has given up every later call says the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

import duckdb

from graph.errors import StoreError
from hub.stores.readings.cores import Cores
from hub.stores.readings.damage import damaged, gives_up, is_damage, lost_log, why_not_opened
from hub.stores.readings.interrupting import current
from hub.stores.readings.marked import Marked
from hub.stores.readings.opening import Key, Opened, attach, key_of_environment, looked_into, opened
from hub.stores.readings.statements import run
from hub.stores.readings.wal import lost_in

SCHEMA_VERSION = "4"
MEMORY_LIMIT = "512MB"  # with columns of batches beside it a hub stays below 1.5 GB; DuckDB spills beyond it
CHECKPOINT_AT = "256MB"  # a smaller WAL means a pause in every larger batch

SETTINGS: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": False,  # nothing is downloaded at run time
    "autoload_known_extensions": False,
    "memory_limit": MEMORY_LIMIT,
    "checkpoint_threshold": CHECKPOINT_AT,
}


T = TypeVar("T")


class Database:
    """An open readings file. Raises StoreError when another process holds it or it cannot be read."""

    def __init__(self, path: Path | None, key_of: Callable[[], Key | None] = key_of_environment) -> None:
        """Open or create `path`; None keeps everything in memory, for tests. `key_of` tells the key, if any."""
        self._lock = threading.Lock()
        self._path, self._given_up = path, ""
        self._writes = 0
        self.marked = Marked()
        self._key = key_of() if path else None
        self._opened = self._open()
        try:
            self._cores = _cores_of(self._opened)
            self._prepare()
        except BaseException:
            self._opened.connection.close()
            raise

    @property
    def path(self) -> Path | None:
        """Where the file is."""
        return self._path

    @property
    def encrypted(self) -> bool:
        """Whether the file, and whatever is copied from it, is encrypted."""
        return self._key is not None

    @property
    def writes(self) -> int:
        """How many transactions that write have ended, for better or worse, besides those that only follow the registry."""
        return self._writes

    def _open(self) -> Opened:
        if self._path is not None and (lost := lost_in(self._path, sealed=self.encrypted)):
            raise lost_log(self._path, lost)
        try:
            return opened(self._path, self._key, SETTINGS)
        except duckdb.Error as fault:
            raise why_not_opened(self._path, fault) from fault

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
            self.marked.add(run(cursor, "marked").to_arrow_table())

    @contextmanager
    def writing(self, *, follows: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction: committed when the block ends, rolled back when anything in it fails.

        COMMIT of an aborted transaction stores nothing and says nothing, so no statement's error is swallowed.
        What only `follows` the registry, before anybody reads on, is told by the registry's own version.
        """
        with self._lock, self._translated("nothing was written"), self._cursor() as cursor:
            try:
                cursor.begin()
                yield cursor
                cursor.commit()
            except BaseException:
                _rollback(cursor)
                raise
            finally:
                # After the commit: told sooner it would stand for what was before.
                self._writes += not follows

    @contextmanager
    def reading(self, *, much: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own, seeing the last committed state; stopped when whoever asks has gone.

        With `much` statements are spread over all cores meanwhile: it takes more than some ten milliseconds of them.
        Whoever hands an answer on piece by piece takes them for each piece (`on_all_cores_each`).
        """
        failed = "a question to the readings store failed"
        cores = self._cores.all() if much else nullcontext()
        with self._translated(failed), self._cursor() as cursor, current().over(cursor), cores:
            yield cursor

    def on_all_cores(self) -> AbstractContextManager[None]:
        """A part of a longer piece of work that reads much."""
        return self._cores.all()

    def on_all_cores_each(self, pieces: Iterator[T]) -> Iterator[T]:
        """Pieces of an answer that reads much; nothing is held while whoever asked is slow to take the next."""
        return self._cores.each(pieces)

    @contextmanager
    def beside(self, path: Path, name: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor beside whose file another stands as `name`, made where there is none, under the same key."""
        with self.reading(much=True) as cursor:
            attach(cursor, path, name, self._key)
            try:
                yield cursor
            finally:
                _rollback(cursor)
                with suppress(duckdb.Error):  # where DuckDB has given up nothing is attached any more
                    cursor.execute(f"DETACH {name}")

    @contextmanager
    def looked_into(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on another file under the same key, read by an engine of its own."""
        try:
            with looked_into(path, self._key, SETTINGS) as cursor:
                yield cursor
        except duckdb.Error as fault:
            raise StoreError(f"{path} cannot be read back: {fault}") from fault

    def checkpoint(self) -> None:
        """Write what the WAL holds into the file, and let go of space nothing uses."""
        failed = "the log was not written into the file"
        with self._lock, self._translated(failed), self._cursor() as cursor, self._cores.all():
            cursor.execute("CHECKPOINT")

    def close(self) -> None:
        """Let go of the file; the WAL is merged into it."""
        with self._lock:
            self._opened.connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._opened.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """DuckDB's errors as ours. Once it has given up, it is not asked again and the first sentence stands."""
        if self._given_up:
            raise StoreError(self._given_up)
        try:
            yield
        except duckdb.Error as fault:
            told = self._told(what, fault)
            if gives_up(fault):
                self._given_up = str(told)
            raise told from fault

    def _told(self, what: str, fault: duckdb.Error) -> StoreError:
        if self._path is not None and is_damage(fault):
            return damaged(self._path, str(fault))
        if gives_up(fault):
            first_line = str(fault).splitlines()[0]
            return StoreError(
                f"readings file {self._path}: DuckDB has given up on it and answers nothing more until the hub is "
                f"started again ({first_line})"
            )
        return StoreError(f"{what}: {fault}")


def _cores_of(engine: Opened) -> Cores:
    """As many as DuckDB found: those of the machine, or of the container."""
    with engine.cursor() as cursor:
        ((found,),) = cursor.execute("SELECT current_setting('threads')").fetchall()
    return Cores(engine.cursor, int(found))


@contextmanager
def one_state(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All questions of the block see the store as it is at the first of them."""
    cursor.begin()
    try:
        yield
    finally:
        _rollback(cursor)


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.rollback()
    except duckdb.Error:
        return  # there was no transaction left to roll back
