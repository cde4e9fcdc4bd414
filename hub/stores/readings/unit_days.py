"""A unit and a day in one number, and sieves of such numbers that a scan can try each of them on once.

The rows of a unit's day lie together in `reading`, so DuckDB keeps the number once for a hundred of them and applies a
condition on that column alone to that one. Sieves are such a condition: together they let pass all that is looked for and
little else. Five small ones, for a scan copies what it tries again and again, and what it lets pass by chance it fetches in
vain: of what was not looked for a quarter passes each and two in a thousand all five. Of more than some fifty thousand
numbers more passes, but then nearly all is fetched anyway.
"""

from __future__ import annotations

from functools import cache
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.stores.readings.lanes import integers

SIEVES = 5  # as sql/around_points.sql names them
_DAY_AT = 32
_ROOM = 3_000  # places for each thousand numbers looked for
_SIZE_MIN, _SIZE_MAX = 4_000, 130_000  # beyond it, copying costs more than it saves


def unit_days(rows: pa.Table) -> npt.NDArray[np.int64]:
    """The numbers of rows that have unit_id and day."""
    numbers: npt.NDArray[np.int64] = (integers(rows["day"]) << _DAY_AT) | integers(rows["unit_id"])
    return numbers


def sieves(numbers: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What a statement needs to let pass these numbers: each `sieve_<n>`, a text of bits, with its length `size_<n>`."""
    made: dict[str, Any] = {}
    for place, size in enumerate(_sizes(len(numbers)), 1):
        bits = np.full(size, ord("0"), np.uint8)
        bits[numbers % size] = ord("1")
        made |= {f"sieve_{place}": bits.tobytes().decode("ascii"), f"size_{place}": size}
    return made


@cache  # of few sizes: they are rounded
def _primes_below(most: int) -> tuple[int, ...]:
    """The largest ones: numbers that share a place in one sieve are apart in the others."""
    found: list[int] = []
    while len(found) < SIEVES:
        most -= 1
        if all(most % divisor for divisor in range(2, isqrt(most) + 1)):
            found.append(most)
    return tuple(found)


def _sizes(count: int) -> tuple[int, ...]:
    wanted = -(-count // 1_000) * _ROOM
    return _primes_below(min(max(wanted, _SIZE_MIN), _SIZE_MAX))
