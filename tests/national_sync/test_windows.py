"""Days are chosen by chance and by a seed: within the period, as many as the share asks, none twice, the same ones again."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from national_sync.windows import SEEDS, Sampling, most_that_differ

FIRST = dt.date(2026, 1, 1)
LENGTHS = st.integers(1, 500)
SHARES = st.floats(0.001, 1)
SOWN = st.integers(0, SEEDS - 1)


@given(LENGTHS, SHARES, SOWN)
def test_days_lie_in_the_period_make_up_the_share_and_none_comes_twice(
    length: int, share: float, seed: int
) -> None:
    last = FIRST + dt.timedelta(days=length - 1)
    days = Sampling(share, seed).days(FIRST, last)
    assert all(FIRST <= day <= last for day in days)
    assert list(days) == sorted(set(days))
    assert len(days) in (max(1, math.ceil(share * length)), max(1, math.ceil(share * length - 1e-9)))
    assert days == Sampling(share, seed).days(FIRST, last)


@given(LENGTHS, SHARES, SHARES, SOWN)
def test_a_larger_share_of_the_same_seed_holds_the_days_of_a_smaller_one(
    length: int, one: float, other: float, seed: int
) -> None:
    last = FIRST + dt.timedelta(days=length - 1)
    few, many = (Sampling(share, seed).days(FIRST, last) for share in sorted((one, other)))
    assert set(few) <= set(many)


def test_a_seed_that_was_told_chooses_the_same_days_in_any_program() -> None:
    days = Sampling(0.1, 7).days(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    assert [day.day for day in days] == [4, 12, 13, 29]


def test_without_a_seed_each_window_is_another() -> None:
    assert len({Sampling().sown().seed for _ in range(10)}) > 1
    assert Sampling(seed=5).sown() == Sampling(seed=5)


def test_every_day_comes_up_about_as_often_as_its_share() -> None:
    last = FIRST + dt.timedelta(days=19)
    chosen = [day for seed in range(2_000) for day in Sampling(0.1, seed).days(FIRST, last)]
    assert all(140 <= chosen.count(day) <= 260 for day in set(chosen))
    assert len(set(chosen)) == 20


@given(st.integers(1, 120), st.data())
def test_one_day_more_than_told_would_have_been_met_by_19_windows_of_20(
    days: int, data: st.DataObject
) -> None:
    read = data.draw(st.integers(1, days))
    most = most_that_differ(days, read)

    def missed(differing: int) -> float:
        return math.comb(days - differing, read) / math.comb(days, read)

    assert missed(most) > 0.05
    assert missed(most + 1) <= 0.05 or most == days


def test_of_400_days_20_that_agree_leave_few_that_can_differ() -> None:
    assert [most_that_differ(400, read) for read in (1, 20, 200, 400)] == [379, 54, 4, 0]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, math.nan])
def test_a_share_is_more_than_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(InvalidInput, match="expected more than 0 and at most 1"):
        Sampling(share)
