"""What arrives while others are being committed forms the next group: no timer, and nobody answered too early.

One alone is committed at once. While that lasts, whoever comes waits together, and is the next commit. So the faster
they come the larger the groups are, and a commit costs little more for a thousand than for one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from graph.errors import NengshuError
from graph.model.sync_run import REJECTED_NAMED_MAX
from graph.ports import RunBlocking

ROWS_MAX = REJECTED_NAMED_MAX  # of a group: its receipt names every refused row, so that each sender hears of its own
WAITING_MAX = 20_000  # records of some 500 bytes: ten seconds of what is taken, and 20 MB

S = TypeVar("S")
A = TypeVar("A")


class Full(Exception):
    """More waits than is kept: come again later."""


class Grouping(Generic[S, A]):
    """Hands things over a group at a time, and each sender what became of its own; lives on one event loop.

    `book` answers a group in its order and is called in a thread, one call at a time. A NengshuError of its every sender of
    the group is told; what else it raises, only whoever it befalls alone: the others are booked again. A group has at most
    `group_max`, and at most `waiting_max` wait.
    """

    def __init__(
        self,
        book: Callable[[Sequence[S]], Sequence[A]],
        run: RunBlocking,
        waiting_max: int = WAITING_MAX,
        group_max: int = ROWS_MAX,
    ) -> None:
        self._book, self._run, self._waiting_max, self._group_max = book, run, waiting_max, group_max
        self._waiting: deque[tuple[S, asyncio.Future[A]]] = deque()
        self.task: asyncio.Task[None] | None = None

    def put(self, one: S) -> asyncio.Future[A]:
        """Hand one over; the future has its answer once its group is durable. Raises Full."""
        if len(self._waiting) >= self._waiting_max:
            raise Full
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self.task is None:
            self.task = asyncio.create_task(self._until_nobody_waits())
        return answer

    async def _until_nobody_waits(self) -> None:
        try:
            while self._waiting:
                some = min(len(self._waiting), self._group_max)
                await self._answer([self._waiting.popleft() for _ in range(some)])
        finally:
            self.task = None
            if self._waiting:  # the hub ends
                _tell(list(self._waiting), RuntimeError("nothing was written: the hub ends"))
                self._waiting.clear()

    async def _answer(self, group: Sequence[tuple[S, asyncio.Future[A]]]) -> None:
        try:
            await self._booked(group)
        except BaseException:
            _tell(group, RuntimeError("nobody knows whether this was written: the hub ends"))
            raise

    async def _booked(self, group: Sequence[tuple[S, asyncio.Future[A]]]) -> None:
        """A fault that nobody foresaw is of one of them: halved, the group finds which, and the others are answered."""
        ones = [one for one, _ in group]
        try:
            answers = await self._run(lambda: self._book(ones))
        except Exception as fault:  # noqa: BLE001 - it is handed to whoever waits, who would wait for ever else
            if isinstance(fault, NengshuError) or len(group) == 1:
                _tell(group, fault)
                return
            middle = len(group) // 2
            await self._booked(group[:middle])
            await self._booked(group[middle:])
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if not future.done():  # its sender may have gone
                future.set_result(answer)


def _tell(group: Sequence[tuple[S, asyncio.Future[A]]], fault: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(fault)
