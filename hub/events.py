"""What happens in this process, told to those who listen in it: stores' threads tell, the server's loop listens."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress

from graph.errors import TooLarge
from graph.ports import Event


class Broadcast:
    """Events of one process (graph.ports.Events); several hub processes on one store do not hear of each other's."""

    def __init__(self, listeners_max: int, waiting_max: int) -> None:
        self._listeners_max, self._waiting_max = listeners_max, waiting_max
        self._lock = threading.Lock()
        self._listeners: set[_Listener] = set()

    @property
    def listening(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def publish(self, event: Event) -> None:
        """Tell it to all who listen to its noun, from any thread."""
        with self._lock:
            listeners = [listener for listener in self._listeners if listener.noun == event.noun]
        for listener in listeners:
            listener.hear(event)

    @contextmanager
    def listen(self, noun: str) -> Iterator[AsyncIterator[Sequence[Event]]]:
        """What is told of a noun from now on; to be asked in the running loop.

        Raises TooLarge where too many listen already.
        """
        listener = _Listener(noun, self._waiting_max)
        with self._lock:
            if len(self._listeners) >= self._listeners_max:
                raise TooLarge(f"at most {self._listeners_max} subscriptions at once; ask again later")
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)


class _Listener:
    """Keeps what one listener has not heard yet, and no more of it than it may; the loop is woken once for many."""

    def __init__(self, noun: str, waiting_max: int) -> None:
        self.noun = noun
        self._max = waiting_max
        self._lock = threading.Lock()
        self._waiting: deque[Event] = deque()
        self._is_over = False
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Keep an event; the one too many ends the listening and lets go of all that is kept."""
        with self._lock:
            if self._is_over:
                return
            self._waiting.append(event)
            if len(self._waiting) > self._max:
                self._is_over = True
                self._waiting.clear()
            wakes = self._is_over or len(self._waiting) == 1
        if wakes:
            with suppress(RuntimeError):  # the loop has ended, and with it the listener
                self._loop.call_soon_threadsafe(self._came.set)

    def __aiter__(self) -> AsyncIterator[Sequence[Event]]:
        return self

    async def __anext__(self) -> Sequence[Event]:
        """All that has come, at least one. Raises TooLarge once more came than is kept."""
        events: Sequence[Event] = ()
        while not events:  # what woke us may have been taken with what came before
            await self._came.wait()
            events = self._taken()
        return events

    def _taken(self) -> Sequence[Event]:
        with self._lock:
            if self._is_over:
                raise TooLarge(
                    f"more than {self._max} events came before they were taken, and some are lost; ask for what is "
                    "there now and subscribe again"
                )
            self._came.clear()
            events = tuple(self._waiting)
            self._waiting.clear()
        return events
