"""Denials on their way into the record of access: nobody waits for them, and an orderly end loses none."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import structlog
from anyio import CapacityLimiter, to_thread

from hub.access.log import Entry

WAITING_MAX = (
    1_000  # entries of some kilobyte: what a busy disk holds up; what comes beyond is counted in memory
)
TURN_MAX = 100  # written by one thread's turn: who asks waits in the same lane

log = structlog.get_logger("hub.endpoints")


class Record(Protocol):
    """The record of access."""

    def note(self, entry: Entry) -> None:
        """Write an entry."""

    def postpone(self, entry: Entry) -> None:
        """Count an entry in memory."""


class WaitingDenials:
    """What waits, and the one task that writes it, which lives as long as anything waits."""

    def __init__(self, record: Record, lane: CapacityLimiter) -> None:
        self._record, self._lane = record, lane
        self._waiting: deque[Entry] = deque()
        self._writer: asyncio.Task[None] | None = None

    def put(self, entry: Entry) -> None:
        """Have an entry written soon; where too many wait it is counted."""
        if len(self._waiting) >= WAITING_MAX:
            self._record.postpone(entry)
            return
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_all())

    async def drain(self) -> None:
        """Come back once nothing waits any longer."""
        if self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(len(self._waiting), TURN_MAX))]
            await to_thread.run_sync(self._write, some, limiter=self._lane)

    def _write(self, entries: list[Entry]) -> None:
        for entry in entries:
            try:
                self._record.note(entry)
            except Exception:
                log.exception("not recorded yet", subject=entry.subject, code=entry.code)
                self._record.postpone(entry)
