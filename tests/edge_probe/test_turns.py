"""A line that devices share has one of them at a time, and who answers goes before who does not."""

from __future__ import annotations

import asyncio

import pytest

from edge_probe.turns import Turns

pytestmark = pytest.mark.anyio


async def let_others_come() -> None:
    """Let tasks that were begun come to where they wait: the loop runs each that is ready once in a round."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_was_silent_last_time_waits_behind_all_others() -> None:
    turns, order = Turns(), list[str]()

    async def take(name: str, behind: bool) -> None:
        async with turns.take(behind=behind):
            order.append(name)

    async with asyncio.TaskGroup() as group, turns.take():
        for name, behind in [("dead", True), ("a", False), ("b", False)]:
            group.create_task(take(name, behind))
            await let_others_come()
        assert order == []
    assert order == ["a", "b", "dead"]
    assert not turns.taken


@pytest.mark.parametrize("given", [False, True])
async def test_who_gives_up_waiting_does_not_keep_the_line(given: bool) -> None:
    turns = Turns()

    async def take() -> None:
        async with turns.take():
            raise AssertionError

    line = turns.take()
    await line.__aenter__()
    gives_up = asyncio.create_task(take())
    await let_others_come()
    if given:  # the turn is handed over, and given up before it is taken
        await line.__aexit__(None, None, None)
        gives_up.cancel()
    else:
        gives_up.cancel()
        await asyncio.sleep(0)
        await line.__aexit__(None, None, None)
    with pytest.raises(asyncio.CancelledError):
        await gives_up
    assert not turns.taken
    async with turns.take():
        assert turns.taken


async def test_who_waited_in_vain_goes_before_the_others_next_time_and_a_dead_one_no_more_than_with_them() -> (
    None
):
    turns, order = Turns(), list[str]()

    async def take(name: str, behind: bool = False) -> None:
        async with turns.take(name, behind=behind):
            order.append(name)

    async with turns.take("long"):
        in_vain = [asyncio.create_task(take("late")), asyncio.create_task(take("dead", True))]
        await let_others_come()
        for task in in_vain:
            task.cancel()
        await asyncio.gather(*in_vain, return_exceptions=True)
    for _ in range(2):
        async with asyncio.TaskGroup() as group, turns.take("long"):
            for name in ("a", "dead", "b", "late"):
                group.create_task(take(name, name == "dead"))
                await let_others_come()
    assert order == ["late", "a", "dead", "b", "a", "b", "late", "dead"]


async def test_who_had_the_line_too_late_to_be_done_goes_first_next_time() -> None:
    turns, order, has_it = Turns(), list[str](), asyncio.Event()

    async def take(name: str) -> None:
        async with turns.take(name):
            order.append(name)
            has_it.set()
            await asyncio.Event().wait()

    async def passes(name: str) -> None:
        async with turns.take(name):
            order.append(name)

    async with turns.take("long"):
        cut_off = asyncio.create_task(take("late"))
        await let_others_come()
    await has_it.wait()
    cut_off.cancel()
    await asyncio.gather(cut_off, return_exceptions=True)
    async with asyncio.TaskGroup() as group, turns.take("long"):
        for name in ("a", "late"):
            group.create_task(passes(name))
            await let_others_come()
    assert order == ["late", "late", "a"]
