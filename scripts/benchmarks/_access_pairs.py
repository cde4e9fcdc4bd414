"""Two ways of the same thing in turn, and what one takes more than the other: a pair a round, the other first in each next.

What else the machine does meets both of a pair, so differences and ratios are taken of pairs, and their median counts. An
interval beside it says how far the noise of a run lets that be known: whatever the pairs are spread like, it misses the true
median in no more than one run of twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import TypeVar

DOUBT = 0.05  # of one run in twenty

T = TypeVar("T")


@dataclass(frozen=True)
class Pace:
    """How often each pair is asked; the warming rounds come first and do not count."""

    rounds: int
    warming: int


@dataclass(frozen=True)
class Middle:
    """The median of what was measured, which may truly lie anywhere from `least` to `most`."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Middle:
        """Of one or more numbers; of five or fewer they do not tell, and all of them are the interval."""
        ordered = sorted(values)
        beyond = _beyond(len(ordered))
        return cls(ordered[beyond], median(ordered), ordered[-1 - beyond])


def in_turn(prepared: Callable[[], tuple[Callable[[], T], Callable[[], T]]], pace: Pace) -> list[tuple[T, T]]:
    """What both of a pair take in each round, which is prepared anew."""
    found: list[tuple[T, T]] = []
    for number in range(pace.warming + pace.rounds):
        one, other = prepared()
        if number % 2:
            second = other()
            first = one()
        else:
            first = one()
            second = other()
        found.append((first, second))
    return found[pace.warming :]


def _beyond(count: int) -> int:
    """How many numbers lie beyond the interval at either end: each number is on either side of the true median by chance."""
    seen, beyond = 1, 0
    while beyond < count // 2 and 2 * (seen := seen + comb(count, beyond + 1)) <= DOUBT * 2**count:
        beyond += 1
    return beyond
