"""Earlier periods: whole months as whole months, other days as the same days of the month, ratios exact."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.model.comparison import A_YEAR, Stride, is_whole_months
from graph.model.period import Month, Period
from graph.model.ratio import change, share

dates = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
sums = st.decimals("-1e24", "1e24", places=13, allow_nan=False)


def days(text: str) -> Period:
    """From one day to another."""
    first, last = text.split(" to ")
    return Period.of_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("2026-03-01 to 2026-03-31", "2026-02-01 to 2026-02-28"),
        ("2024-03-01 to 2024-03-31", "2024-02-01 to 2024-02-29"),
        ("2026-02-01 to 2026-02-28", "2026-01-01 to 2026-01-31"),
        ("2026-01-01 to 2026-03-31", "2025-10-01 to 2025-12-31"),
        ("2024-01-01 to 2024-12-31", "2023-01-01 to 2023-12-31"),
        ("2026-01-01 to 2026-02-28", "2025-11-01 to 2025-12-31"),
        ("2026-03-01 to 2026-03-30", "2026-01-30 to 2026-02-28"),  # not a whole month: thirty days
        ("2026-01-01 to 2026-01-01", "2025-12-31 to 2025-12-31"),
    ],
)
def test_the_period_before_is_as_many_whole_months_or_else_as_many_days(asked: str, before: str) -> None:
    assert Stride.over(days(asked)).before(days(asked)) == days(before)


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        ("2025-02-01 to 2025-02-28", "2024-02-01 to 2024-02-29"),
        ("2024-02-01 to 2024-02-29", "2023-02-01 to 2023-02-28"),
        ("2024-02-10 to 2024-02-28", "2023-02-10 to 2023-02-28"),
        ("2024-02-28 to 2024-02-29", "2023-02-28 to 2023-02-28"),
        ("2025-03-01 to 2025-03-01", "2024-03-01 to 2024-03-01"),
        ("2025-02-28 to 2025-02-28", "2024-02-28 to 2024-02-28"),
        ("2025-02-22 to 2025-02-28", "2024-02-22 to 2024-02-28"),
        ("2024-02-29 to 2024-03-01", "2023-03-01 to 2023-03-01"),
        ("1990-01-01 to 1990-12-31", "1989-01-01 to 1989-12-31"),
    ],
)
def test_a_year_before_goes_by_the_calendar(asked: str, before: str) -> None:
    assert A_YEAR.before(days(asked)) == days(before)


def test_the_29th_of_february_and_the_31st_of_march_have_no_counterpart() -> None:
    assert A_YEAR.before(days("2024-02-29 to 2024-02-29")) is None
    assert Stride(months=1).before(days("2026-03-31 to 2026-03-31")) is None
    assert Stride(months=1).before(days("2025-04-16 to 2025-04-30")) == days("2025-03-16 to 2025-03-30")
    assert Stride(months=1).before(days("2026-03-28 to 2026-03-31")) == days("2026-02-28 to 2026-02-28")


@given(dates, st.integers(1, 36))
def test_the_period_before_ends_where_the_asked_one_begins(first: dt.date, months: int) -> None:
    month = Month.of(first)
    whole = Period(month.period.start, month.shift(months - 1).period.end)
    before = Stride.over(whole).before(whole)
    assert before == Period(month.shift(-months).period.start, month.period.start)
    some = Period.of_days(first, first + dt.timedelta(days=months))
    found = Stride.over(some).before(some)
    assert found is not None
    assert found.end == some.start


@given(dates, st.integers(1, 24), st.integers(1, 24), st.integers(1, 24))
def test_neighbouring_whole_months_have_neighbouring_periods_before(
    day: dt.date, one: int, other: int, back: int
) -> None:
    first, middle, end = Month.of(day), Month.of(day).shift(one), Month.of(day).shift(one + other)
    periods = [(first, middle), (middle, end), (first, end)]
    parts = [Stride(months=back).before(Period(low.period.start, high.period.start)) for low, high in periods]
    assert all(parts)
    left, right, whole = (part for part in parts if part)
    assert (left.start, left.end, right.end) == (whole.start, right.start, whole.end)


@given(dates, st.integers(0, 90), st.integers(1, 24))
def test_a_part_of_months_is_compared_from_the_first_to_the_last_day_that_answers_one_of_it(
    first: dt.date, length: int, months: int
) -> None:
    asked = [first + dt.timedelta(days=number) for number in range(length + 1)]
    period = Period.of_days(first, asked[-1])
    assume(not is_whole_months(period))
    back = [Month.of(day).shift(-months) for day in asked]
    found = [month.first_day + dt.timedelta(days=day.day - 1) for month, day in zip(back, asked, strict=True)]
    then = [day for month, day in zip(back, found, strict=True) if Month.of(day) == month]
    assert Stride(months=months).before(period) == (Period.of_days(then[0], then[-1]) if then else None)


@given(sums, sums)
def test_a_share_is_the_exact_quotient_rounded_once(part: Decimal, whole: Decimal) -> None:
    found = share(part, whole)
    if not whole:
        assert found is None
    else:
        exact = round(Fraction(part) / Fraction(whole) * 10**6)  # half to even too
        assert found is not None
        assert Fraction(found) * 10**6 == exact


def test_a_change_is_from_something() -> None:
    assert change(Decimal(3), Decimal(4)) == Decimal("-0.25")
    assert change(Decimal(2), Decimal(3)) == Decimal("-0.333333")
    assert [change(Decimal(1), Decimal(0)), change(Decimal(1), Decimal(-1))] == [None, None]
    assert [change(None, Decimal(1)), change(Decimal(1), None), share(None, Decimal(1))] == [None] * 3
