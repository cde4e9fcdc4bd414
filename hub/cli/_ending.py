"""Ctrl-C and SIGTERM for a command that has much to put away: heard once, and never in the midst of a step."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType, TracebackType

import typer

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """While it is open, the first of these signals cancels the work, and later ones change nothing.

    What the work says while it is broken off is not told: the command ends in silence, with 128 and the signal's
    number as its exit code.
    """

    def __init__(self) -> None:
        self._heard = 0
        self._cancel: Callable[[], object] | None = None
        self._before: dict[signal.Signals, signal.Handlers | Callable[..., object] | int | None] = {}

    def __enter__(self) -> Ending:
        self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._heard:
            raise typer.Exit(128 + self._heard) from None

    def cancels_this_task(self) -> None:
        """From now on the current task is what is cancelled, at once where a signal came already."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is None:
            return
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)  # which wakes a loop that waits
        if self._heard:
            task.cancel()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if self._heard:
            return
        self._heard = number
        if self._cancel is not None:
            self._cancel()
