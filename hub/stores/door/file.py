"""The door's file: one connection that writes for all who wait, and one that only looks.

A commit is on the disk when it is acknowledged, a power cut included (`synchronous = FULL`). That is a wait of the disk's
own time, so whoever comes while it lasts shares the next one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, Select, event

from graph.errors import StoreError
from hub.stores.registry.database import migrate, open_engine, refusing, writer_of

T = TypeVar("T")
Work = Callable[[Connection], T]

STORE = "the door"  # as a refusal calls it
MIGRATIONS = "hub.stores.door:migrations"
TOGETHER_MAX = 256  # pieces of work of one transaction: none waits for more than these, some 30 ms


def open_door(path: Path) -> Engine:
    """An engine over the file, with its tables in place. Raises StoreError."""
    engine = open_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _outlive_power_cuts)
    migrate(engine, MIGRATIONS, STORE)
    return engine


def _outlive_power_cuts(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = FULL")


class _Piece(Generic[T]):
    """A piece of work, and what came of it."""

    def __init__(self, work: Work[T]) -> None:
        self.work = work
        self.is_done = False
        self._result: T | None = None
        self._fault: StoreError | None = None

    def settle(self, result: T) -> None:
        self._result, self.is_done = result, True

    def fail(self, fault: StoreError) -> None:
        self._fault, self.is_done = fault, True

    @property
    def result(self) -> T:
        if self._fault is not None:
            raise StoreError(str(self._fault)) from self._fault
        return self._result  # type: ignore[return-value]  # what the work returned, which may be None


class Writer:
    """Commits the work of all who wait in one transaction: whoever's turn it is takes along what has come meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._turn = engine, threading.Lock()
        self._waiting: deque[_Piece[Any]] = deque()
        self._connection: Connection | None = None  # kept: to take one of the pool's costs as much as a row

    def run(self, work: Work[T]) -> T:
        """What a piece of work returns, once it is on the disk. Raises StoreError, and then nothing of it is."""
        piece = _Piece(work)
        self._waiting.append(piece)
        with self._turn:
            while not piece.is_done:
                self._take()
        return piece.result

    def _take(self) -> None:
        pieces = [self._waiting.popleft() for _ in range(min(len(self._waiting), TOGETHER_MAX))]
        try:
            self._commit(pieces)
        except StoreError:
            for piece in pieces:  # none of them fails for another's fault
                self._alone(piece)
        finally:
            for piece in pieces:
                if not piece.is_done:  # something went wrong that is no store's fault
                    piece.fail(StoreError(f"{STORE} was interrupted, nothing was written"))

    def _alone(self, piece: _Piece[Any]) -> None:
        try:
            self._commit([piece])
        except StoreError as fault:
            piece.fail(fault)

    def _commit(self, pieces: Sequence[_Piece[Any]]) -> None:
        with refusing(STORE):
            if self._connection is None:
                self._connection = writer_of(self._engine)
            with self._connection.begin():
                results = [piece.work(self._connection) for piece in pieces]
        for piece, result in zip(pieces, results, strict=True):
            piece.settle(result)

    def close(self) -> None:
        """Let go of the connection."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class Looks:
    """One connection for answers that take microseconds: a statement, its rows as SQLite holds them, no transaction kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._connection: PoolProxiedConnection | None = None

    def text_of(self, statement: Select[Any]) -> str:
        """The statement as SQLite reads it; its bound values are given by their places."""
        return str(statement.compile(dialect=self._engine.dialect))

    def rows(self, text: str, *values: object) -> list[Any]:
        """All rows. Raises StoreError."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.raw_connection()
                    self._connection.detach()  # none of the pool's: it is never begun and never given back
                return list(self._connection.cursor().execute(text, values).fetchall())
            except sqlite3.Error as fault:
                raise StoreError(f"{STORE} could not answer: {fault}") from fault

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
