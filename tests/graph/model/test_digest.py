"""The digest two ends compare: no order changes it, every accident does, and its vectors are those of the page."""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.digest import Digest, named, of_reading, of_value, summed
from graph.model.period import UTC, Granularity

PAGE = Path(__file__).parents[3] / "docs" / "digests.md"
POWER, GAS = "00-00-0000-023300-11", "00-00-0000-011500-11"
START = dt.datetime(2026, 1, 1, tzinfo=UTC)
A, B = "91970100MA00000018", "91980100MA00000029"

readings = st.builds(
    of_reading,
    st.integers(0, 10**16 - 1),
    st.integers(-(2**60), 2**60),
    st.integers(1, 5),
    st.integers(-(10**18), 10**18),
)
many = st.lists(readings, max_size=20)


def day(value: str, number: int = 0, code: str = POWER) -> Digest:
    return of_value(code, START + dt.timedelta(days=number), Granularity.DAY, Decimal(value))


@given(many, st.randoms(use_true_random=False))
def test_no_order_and_no_split_changes_a_digest(one: list[Digest], chance: random.Random) -> None:
    other = one.copy()
    chance.shuffle(other)
    middle = len(one) // 2
    assert summed(other) == summed(one) == summed(one[:middle]) + summed(one[middle:])


@given(many, readings)
def test_what_is_taken_away_again_was_never_there(one: list[Digest], reading: Digest) -> None:
    assert summed(one) + reading - reading == summed(one)
    assert summed(one) - summed(one) == Digest()


ACCIDENTS = {
    "two values swapped": [day("2"), day("1", 1)],
    "a value doubled": [day("1"), day("1"), day("2", 1)],
    "a value twice as large": [day("2"), day("2", 1)],
    "a value moved to another day": [day("1", 2), day("2", 1)],
    "a value moved to another point": [day("1", code=GAS), day("2", 1)],
    "a sign flipped": [day("-1"), day("2", 1)],
    "both signs flipped": [day("-1"), day("-2", 1)],
    "a value lost": [day("2", 1)],
    "a zero more": [day("1"), day("2", 1), day("0", 2)],
    "one more and the other less": [day("1.5"), day("1.5", 1)],
    "said of another granularity": [
        of_value(POWER, START, Granularity.HOUR, Decimal(1)),
        day("2", 1),
    ],
    "eight hours later": [
        of_value(POWER, START + dt.timedelta(hours=8), Granularity.DAY, Decimal(1)),
        day("2", 1),
    ],
}


@pytest.mark.parametrize("readings", ACCIDENTS.values(), ids=list(ACCIDENTS))
def test_an_accident_changes_both_lanes(readings: list[Digest]) -> None:
    right, wrong = day("1") + day("2", 1), summed(readings)
    assert wrong.lane_a != right.lane_a
    assert wrong.lane_b != right.lane_b


@given(readings, readings)
def test_a_reading_of_another_unit_changes_what_the_province_comes_to(one: Digest, other: Digest) -> None:
    together = named(A, one + other)
    apart = named(A, one) + named(B, other)
    assert together.hex != apart.hex
    assert (together.readings, together.total) == (apart.readings, apart.total)
    assert named(A, one).hex != named(B, one).hex


def test_a_unit_without_readings_adds_nothing() -> None:
    assert named(A, Digest()) == Digest()


def test_what_cannot_be_digested_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than 4 decimals"):
        day("0.00001")
    with pytest.raises(InvalidInput, match="not 18 letters"):
        named("91970100", day("1"))
    with pytest.raises(InvalidInput, match="64 bits"):
        replace(day("1"), lane_a=2**64)


def test_the_vectors_of_the_page_are_what_it_says() -> None:
    table = PAGE.read_text("utf-8").partition("## Test vectors")[2]
    found = re.findall(r"^\| `(\S+)` \| `(\S+)` \| (\w+) \| `(\S+)` \| `(\w{32})` \|$", table, re.MULTILINE)
    assert len(found) >= 8
    for code, start, granularity, value, digest in found:
        moment = dt.datetime.fromisoformat(start)
        assert of_value(code, moment, Granularity[granularity.upper()], Decimal(value)).hex == digest
    each = [
        of_value(code, dt.datetime.fromisoformat(start), Granularity[grain.upper()], Decimal(value))
        for code, start, grain, value, _ in found
    ]
    (whole,) = re.findall(r"^all of them together: `(\w{32})`$", table, re.MULTILINE)
    (unit,) = re.findall(
        r"^the same as those of unit `(\w{18})` in their province: `(\w{32})`$", table, re.MULTILINE
    )
    assert summed(each).hex == whole
    assert named(unit[0], summed(each)).hex == unit[1]
