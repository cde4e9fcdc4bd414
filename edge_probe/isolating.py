"""Finds the rows that a platform refuses among those it would take, where it takes a message whole or not at all.

A message that was refused is halved, level by level, until what is refused is a row of its own. Where none of so many parts
is taken the fault is not in a row, and nothing is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from graph.errors import SourceRefused

POSTS_MAX = 400  # of one batch: 2 000 rows with some eighteen bad ones; more is a platform that changed
WITHOUT_ONE_TAKEN_MAX = 63  # down to the 32nd part of a batch, before the fault is taken for everybody's
T = TypeVar("T")


@dataclass(frozen=True)
class Unwanted:
    """A row, by its place in the batch, that a platform refuses while it takes others, and its words."""

    place: int
    why: str


async def taken_apart(rows: Sequence[T], send: Callable[[Sequence[T]], Awaitable[None]]) -> list[Unwanted]:
    """Send rows; which of them the platform refuses for good. Raises SourceRefused where it takes none at all.

    A row found refused is sent once more at the end, in case the platform only stumbled.
    """
    waiting, unwanted = deque([(0, len(rows))]), list[Unwanted]()
    posts = taken = 0
    while waiting:
        begin, end = waiting.popleft()
        posts += 1
        try:
            await send(rows[begin:end])
        except SourceRefused as fault:
            if posts >= POSTS_MAX or (not taken and posts >= WITHOUT_ONE_TAKEN_MAX):
                raise
            if end - begin == 1:
                unwanted.append(Unwanted(begin, str(fault)))
            else:
                middle = (begin + end) // 2
                waiting += [(begin, middle), (middle, end)]
            if not taken and not waiting:
                raise
        else:
            taken += 1
    return unwanted and await _still_unwanted(rows, sorted(unwanted, key=lambda each: each.place), send)


async def _still_unwanted(
    rows: Sequence[T], unwanted: list[Unwanted], send: Callable[[Sequence[T]], Awaitable[None]]
) -> list[Unwanted]:
    try:
        await send([rows[each.place] for each in unwanted])
    except SourceRefused:
        return unwanted
    return []
