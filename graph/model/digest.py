"""A digest (摘要) of readings, so that two ends can compare what they hold without sending it: docs/digests.md.

No order changes it, and adding or taking away a reading costs the same whatever it already holds. It is 128 bits, and
guards against accidents: who wants two sets of readings to have one digest can make them.

Source: ours; the mixing function is the finaliser of splitmix64 (Steele, Lea and Flood 2014, read).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from graph.errors import InvalidInput
from graph.model.period import MICROSECOND, UTC, Granularity

SEEDS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)  # of lane a and lane b
SCALE = 4  # decimals of a value that count
NAME_LETTERS = 18  # of a credit code, taken as three numbers of six letters each
_BITS = 2**64 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Digest:
    """Of some readings how many they are, their exact sum in ten-thousandths, and two lanes of 64 bits."""

    readings: int = 0
    total: int = 0
    lane_a: int = 0
    lane_b: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.lane_a <= _BITS and 0 <= self.lane_b <= _BITS):
            raise InvalidInput(f"lanes {self.lane_a} and {self.lane_b}, expected 64 bits each", "digest")

    def __add__(self, other: Digest) -> Digest:
        return Digest(
            self.readings + other.readings,
            self.total + other.total,
            (self.lane_a + other.lane_a) & _BITS,
            (self.lane_b + other.lane_b) & _BITS,
        )

    def __sub__(self, other: Digest) -> Digest:
        return Digest(
            self.readings - other.readings,
            self.total - other.total,
            (self.lane_a - other.lane_a) & _BITS,
            (self.lane_b - other.lane_b) & _BITS,
        )

    @property
    def hex(self) -> str:
        """Both lanes as 32 hexadecimal digits, lane a first."""
        return f"{self.lane_a:016x}{self.lane_b:016x}"


def of_reading(data_code: int, start_us: int, granularity: int, value: int) -> Digest:
    """Of one reading: its data code as a number, microseconds since 1970 UTC, granularity's number, ten-thousandths."""
    moment = start_us * 8 + granularity
    lane_a, lane_b = (reduce(_mixed, (moment, value), _mix((seed + data_code) & _BITS)) for seed in SEEDS)
    return Digest(1, value, lane_a, lane_b)


def of_value(data_code: str, start: dt.datetime, granularity: Granularity, value: Decimal) -> Digest:
    """Of one reading as people write it. Raises InvalidInput for a value that is finer than SCALE."""
    scaled = value.scaleb(SCALE)
    if scaled != scaled.to_integral_value():
        raise InvalidInput(f"{value} has more than {SCALE} decimals", "value")
    digits = data_code.replace("-", "")
    return of_reading(int(digits), (start - _EPOCH) // MICROSECOND, granularity.number, int(scaled))


def summed(digests: Iterable[Digest]) -> Digest:
    """Of all of these together."""
    return sum(digests, Digest())


def named(name: str, digest: Digest) -> Digest:
    """What a unit's digest adds to that of its province: a reading that went to another unit changes it.

    A unit without readings adds nothing. Raises InvalidInput for a name that is no 18 letters of ASCII.
    """
    if digest.readings == 0 and digest.lane_a == 0 and digest.lane_b == 0:
        return digest
    numbers = name_numbers(name)
    lanes = zip(SEEDS, (digest.lane_a, digest.lane_b), strict=True)
    lane_a, lane_b = (_mixed(reduce(_mixed, numbers, seed), lane) for seed, lane in lanes)
    return Digest(digest.readings, digest.total, lane_a, lane_b)


def name_numbers(name: str) -> tuple[int, ...]:
    """A unit's credit code as three numbers: six letters each, the first the most significant byte."""
    if len(name) != NAME_LETTERS or not name.isascii():
        raise InvalidInput(f"{name!r:.40} is not {NAME_LETTERS} letters", "unit")
    letters = name.encode()
    return tuple(int.from_bytes(letters[at : at + 6]) for at in range(0, NAME_LETTERS, 6))


def _mixed(before: int, number: int) -> int:
    return _mix((before + number) & _BITS)


def _mix(z: int) -> int:
    """The finaliser of splitmix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _BITS
    return z ^ (z >> 31)
