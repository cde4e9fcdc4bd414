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
