"""Records that arrive during a commit are the next group; each is answered by its own row, once that is durable."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

from graph.errors import StoreError
from provincial_adapters._toolkit.grouping import ROWS_MAX, Full, Grouping

T = TypeVar("T")
pytestmark = pytest.mark.anyio


class Gate:
    """A store whose commits wait until they are let through, and which knows the groups it was given."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.open = threading.Semaphore(0), threading.Semaphore(0)
        self.fault: Exception | None = None

    def book(self, group: Sequence[int]) -> list[int]:
        self.groups.append(list(group))
        self.begun.release()
        self.open.acquire()
        if self.fault is not None:
            raise self.fault
        return [-one for one in group]


async def run(call: Callable[[], T]) -> T:
    return await asyncio.to_thread(call)


async def began(gate: Gate) -> None:
    await asyncio.to_thread(gate.begun.acquire)


async def test_who_comes_during_a_commit_is_the_next_group() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run)
    first = grouping.put(1)
    await began(gate)
    rest = [grouping.put(number) for number in (2, 3, 4)]
    assert not first.done()
    gate.open.release()
    assert await first == -1
    await began(gate)
    assert not any(future.done() for future in rest)
    gate.open.release()
    assert await asyncio.gather(*rest) == [-2, -3, -4]
    assert gate.groups == [[1], [2, 3, 4]]


async def test_one_alone_waits_for_nobody() -> None:
    gate = Gate()
    gate.open.release()
    assert await Grouping(gate.book, run).put(7) == -7


async def test_no_group_is_larger_than_its_receipt_can_name() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run)
    futures = [grouping.put(number) for number in range(ROWS_MAX + 500)]
    for _ in range(3):
        gate.open.release()
    assert await asyncio.gather(*futures) == [-number for number in range(ROWS_MAX + 500)]
    assert [len(group) for group in gate.groups] == [ROWS_MAX, 500]


async def test_what_the_store_raises_every_sender_of_the_group_is_told_and_the_next_group_is_not() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run)
    futures = [grouping.put(1)]
    await began(gate)
    gate.fault = StoreError("disk full")
    gate.open.release()
    with pytest.raises(StoreError):
        await futures[0]
    gate.fault = None
    gate.open.release()
    assert await grouping.put(2) == -2


async def test_a_sender_that_went_away_costs_no_other() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run)
    gone, stays = grouping.put(1), grouping.put(2)
    await began(gate)
    gone.cancel()
    gate.open.release()
    assert await stays == -2


async def test_more_than_is_kept_is_refused() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run, waiting_max=2)
    first = grouping.put(1)
    await began(gate)
    others = [grouping.put(2), grouping.put(3)]
    with pytest.raises(Full):
        grouping.put(4)
    for _ in range(2):
        gate.open.release()
    await asyncio.gather(first, *others)
    gate.open.release()
    assert await grouping.put(5) == -5


async def test_who_waits_when_the_hub_ends_is_told_so() -> None:
    gate = Gate()
    grouping = Grouping(gate.book, run)
    first = grouping.put(1)
    await began(gate)
    waits = grouping.put(2)
    assert grouping.task is not None
    grouping.task.cancel()
    gate.open.release()
    for future in (first, waits):
        with pytest.raises(RuntimeError, match="the hub ends"):
            await future


async def test_a_fault_that_nobody_foresaw_befalls_only_whoever_brought_it() -> None:
    def book(group: Sequence[int]) -> list[int]:
        if 5 in group:
            raise RecursionError("one of them")
        return [-one for one in group]

    grouping = Grouping(book, run)
    answers = await asyncio.gather(*(grouping.put(number) for number in range(9)), return_exceptions=True)
    assert isinstance(answers.pop(5), RecursionError)
    assert answers == [0, -1, -2, -3, -4, -6, -7, -8]


async def test_who_waits_behind_a_fault_when_the_hub_ends_is_told_so() -> None:
    gate = Gate()
    gate.fault = RecursionError("one of them")
    grouping = Grouping(gate.book, run)
    futures = [grouping.put(number) for number in (1, 2)]
    await began(gate)
    gate.open.release()
    await began(gate)
    assert grouping.task is not None
    grouping.task.cancel()
    gate.open.release()
    for future in futures:
        with pytest.raises(RuntimeError, match="the hub ends"):
            await future
