"""Statements that somebody else may stop: a question whose asker has gone should not keep a core busy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Interruptible(Protocol):
    """A cursor whose running statement can be stopped from another thread."""

    def interrupt(self) -> None:
        """Make the running statement fail."""
        ...


class Interrupt:
    """Stops what runs under it, and whatever begins after it was fired."""

    def __init__(self) -> None:
        self._running: set[Interruptible] = set()
        self._fired = False
        self._lock = threading.Lock()

    @property
    def fired(self) -> bool:
        """Whether the asker has gone."""
        return self._fired

    def fire(self) -> None:
        """Stop every statement that runs; harmless when none does."""
        with self._lock:
            self._fired = True
            for cursor in self._running:
                cursor.interrupt()

    @contextmanager
    def over(self, cursor: Interruptible) -> Iterator[None]:
        """Let `fire` stop this cursor while the block runs."""
        with self._lock:
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
    """Whatever asks the store within the block, in this thread, is stopped when `stop` is fired."""
    token = _current.set(stop)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Interrupt:
    """What may stop a question asked here and now."""
    return _current.get()
