"""How many cores a statement is spread over: one, and all of them while anybody reads much.

DuckDB knows only one setting for all statements. Spread over two cores a page's question takes half as much of them again
and is answered no sooner, and readers beside full ingest wait for each other (docs/adr/0019). A long scan is done in half
the time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Protocol, TypeVar

import duckdb

T = TypeVar("T")


class Cursor(Protocol):
    """Something that executes a statement, as a cursor of DuckDB does."""

    def execute(self, query: str) -> object:
        """Execute it."""
        ...

    def close(self) -> None:
        """Let go of the engine."""
        ...


class Cores:
    """The cores of one engine, of which `cursor` makes cursors."""

    def __init__(self, cursor: Callable[[], Cursor], most: int) -> None:
        self._cursor, self._most = cursor, most
        self._lock = threading.Lock()
        self._reading = 0  # who reads much just now
        self._set(1)

    @contextmanager
    def all(self) -> Iterator[None]:
        """All of them while the block runs, or other blocks like it."""
        with self._lock:
            if self._reading == 0:
                self._set(self._most)
            self._reading += 1
        try:
            yield
        finally:
            with self._lock:
                self._reading -= 1
                if self._reading == 0:
                    self._set(1)

    def each(self, pieces: Iterator[T]) -> Iterator[T]:
        """Every piece made on all cores; between two of them, however long, nobody has them for it."""
        while True:
            with self.all():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def _set(self, threads: int) -> None:
        gone = (
            duckdb.FatalException,
            duckdb.ConnectionException,
        )  # given up, closed: it says so to whoever asks it
        with suppress(*gone), closing(self._cursor()) as cursor:
            cursor.execute(f"SET GLOBAL threads = {threads}")
