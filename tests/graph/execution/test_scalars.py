"""Scalars: decimals lose no digit, moments carry their offset, counts go past 32 bits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.execution.scalars import (
    COUNT_MAX,
    read_date,
    read_decimal,
    read_moment,
    write_count,
    write_date,
    write_decimal,
    write_moment,
)

DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, places=10, min_value=-(10**20), max_value=10**20
)


@given(DECIMALS)
def test_a_decimal_comes_back_as_the_same_number(value: Decimal) -> None:
    assert read_decimal(write_decimal(value)) == value


@given(DECIMALS, st.integers(0, 8))
def test_equal_decimals_are_equal_text_whatever_their_scale(value: Decimal, zeros: int) -> None:
    longer = Decimal(f"{value:f}" + "0" * zeros)
    assert write_decimal(longer) == write_decimal(value)
    assert "E" not in write_decimal(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("959636.7100", "959636.71"),
        ("0.0000", "0"),
        ("-0.0", "0"),
        ("1E+3", "1000"),
        ("1E-7", "0.0000001"),
        ("100", "100"),
    ],
)
def test_a_decimal_is_written_without_exponent_or_idle_zeros(value: str, text: str) -> None:
    assert write_decimal(Decimal(value)) == text


@given(st.datetimes(dt.datetime(1990, 1, 2), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001  # bounds are naive by Hypothesis's rule
def test_a_moment_comes_back_in_beijing_time(moment: dt.datetime) -> None:
    text = write_moment(moment)
    assert text.endswith("+08:00")
    assert read_moment(text) == moment


@given(st.dates(dt.date(1990, 1, 1), dt.date(2200, 12, 31)))
def test_a_date_comes_back_as_it_was(day: dt.date) -> None:
    assert read_date(write_date(day)) == day


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        (read_decimal, 1.5),
        (read_decimal, True),
        (read_decimal, "NaN"),
        (read_decimal, "Infinity"),
        (read_decimal, "twelve"),
        (read_decimal, None),
        (write_decimal, Decimal("NaN")),
        (write_decimal, 1.5),
        (read_date, "2026-02-30"),
        (read_date, "20261123"),
        (read_date, 20261123),
        (write_date, dt.datetime(2026, 11, 23, tzinfo=dt.UTC)),
        (read_moment, "2026-11-23T08:00:00"),
        (read_moment, "noon"),
        (read_moment, 1_764_000_000),
        (write_moment, dt.date(2026, 11, 23)),
        (write_count, -1),
        (write_count, COUNT_MAX + 1),
        (write_count, 1.0),
        (write_count, True),
    ],
)
def test_what_a_scalar_cannot_hold_is_refused(scalar: Callable[[Any], object], value: object) -> None:
    with pytest.raises(GraphQLError, match=r"annot represent|Date:"):
        scalar(value)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        (read_date, "1989-12-31"),
        (read_date, "2201-01-01"),
        (read_date, "9999-12-31"),
        (read_moment, "9999-12-31T23:59:59Z"),
        (read_moment, "0001-01-01T00:00:00+08:00"),
        (read_moment, "1989-12-31T23:59:59+08:00"),
        (read_moment, "2200-12-31T16:00:00Z"),  # the first instant of 2201 in Beijing
    ],
)
def test_a_time_of_no_year_the_model_knows_is_refused(scalar: Callable[[Any], object], value: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        scalar(value)
    assert isinstance(refused.value.original_error, InvalidInput)


def test_the_first_and_the_last_instant_the_model_knows_are_read() -> None:
    assert read_moment("1990-01-01T00:00:00+08:00") < read_moment("2200-12-31T15:59:59Z")
    assert read_date("2200-12-31") > read_date("1990-01-01")


def test_a_count_goes_past_32_bits() -> None:
    assert write_count(2**40) == 2**40


def test_a_decimal_too_long_to_be_a_figure_is_refused() -> None:
    with pytest.raises(GraphQLError, match="at most"):
        read_decimal("1" * 65)


@pytest.mark.parametrize("value", ["1e400000000", "-1e41", "1e-41", "0e-400000000", "0e99", 10**41])
def test_a_decimal_that_is_short_and_written_out_immense_is_refused(value: str | int) -> None:
    with pytest.raises(GraphQLError, match="at most 40 places"):
        read_decimal(value)


@pytest.mark.parametrize("value", ["1e40", "1e-40", "-0e-40"])
def test_a_decimal_of_as_many_places_as_a_figure_may_have_is_read(value: str) -> None:
    assert len(write_decimal(read_decimal(value))) <= 44
