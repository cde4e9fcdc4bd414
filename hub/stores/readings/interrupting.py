"""Statements that somebody else may stop: a question whose asker has gone should not keep a core busy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from graph.errors import StoreError


class Interruptible(Protocol):
    """A cursor whose running statement can be stopped from another thread."""

    def interrupt(self) -> None:
        """Make the running statement fail."""
        ...


class Interrupt:
    """Stops what runs under it, and lets nothing begin once it was fired.

    DuckDB stops the statement that runs and forgets an interrupt that finds none. What begins without a `check` is
    stopped by firing again.
    """

    def __init__(self) -> None:
        self._running: set[Interruptible] = set()
        self._fired = False
        self._lock = threading.Lock()

    @property
    def fired(self) -> bool:
        """Whether the asker has gone."""
        return self._fired

    def check(self) -> None:
        """Raise StoreError where the asker has gone."""
        if self._fired:
            raise StoreError("nobody waits for the answer")

    def fire(self) -> None:
        """Stop every statement that runs; harmless when none does, and as often as one likes."""
        with self._lock:
            self._fired = True
            for cursor in self._running:
                cursor.interrupt()

    @contextmanager
    def over(self, cursor: Interruptible) -> Iterator[None]:
        """Let `fire` stop this cursor while the block runs. Raises StoreError where it was fired before."""
        with self._lock:
            self.check()
            self._running.add(cursor)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(cursor)


_NEVER = Interrupt()
_current: ContextVar[Interrupt] = ContextVar("interrupt", default=_NEVER)


@contextmanager
def interruptible_by(stop: Interrupt) -> Iterator[None]:
    """Whatever the block asks of the store, in this thread, is stopped when `stop` is fired, and asks no more."""
    token = _current.set(stop)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Interrupt:
    """What may stop a question asked here and now."""
    return _current.get()
