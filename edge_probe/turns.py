"""Whose turn it is on a line that devices share: those who answer go first, so that a dead one keeps nobody waiting.

Where a line has more devices than time, who waited in vain goes before the others next time, so that none is left out.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A lock with queues: who was silent last time waits until nobody else does; who waited in vain is one queue ahead."""

    def __init__(self) -> None:
        self._taken = False
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._in_vain: set[str] = set()

    @property
    def taken(self) -> bool:
        """Whether somebody has the line."""
        return self._taken

    @asynccontextmanager
    async def take(self, who: str = "", *, behind: bool = False) -> AsyncIterator[None]:
        """Have the line; `behind` all who are not."""
        has_waited = self._taken
        if self._taken:
            await self._wait(who, behind)
        self._in_vain.discard(who)
        self._taken = True
        try:
            yield
        except asyncio.CancelledError:
            if has_waited:
                self._in_vain.add(who)
            raise
        finally:
            self._pass_on()

    async def _wait(self, who: str, behind: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (behind - (who in self._in_vain), next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            self._in_vain.add(who)
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
