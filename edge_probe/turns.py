"""Whose turn it is on a line that devices share: those who answer go first, so that a dead one keeps nobody waiting."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A lock with two queues: who was silent last time waits until nobody else does."""

    def __init__(self) -> None:
        self._taken = False
        self._order = itertools.count()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []

    @property
    def taken(self) -> bool:
        """Whether somebody has the line."""
        return self._taken

    @asynccontextmanager
    async def take(self, *, behind: bool = False) -> AsyncIterator[None]:
        """Have the line; `behind` all who are not."""
        if self._taken:
            await self._wait(behind)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, behind: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (behind, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it was ours already, and nobody else knows
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
