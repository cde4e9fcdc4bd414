"""Laws of instruments and of the data points they feed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.data_code import DataCode
from graph.model.instrument import DataPoint, Instrument, MeteringLevel, PointState
from graph.model.period import Granularity
from tests.graph.model.values import UNIT, dates

CODE = DataCode.parse("00-00-0000-023300-11")
DAY = dt.date(2026, 11, 23)


def _instrument(calibrated_on: dt.date | None = None, until: dt.date | None = None) -> Instrument:
    return Instrument(UNIT, "E-01", "15260000", MeteringLevel.UNIT_BOUNDARY, "0.5S", calibrated_on, until)


def _point(
    since: dt.date, until: dt.date | None = None, low: str | None = None, high: str | None = None
) -> DataPoint:
    low_bound, high_bound = (None if bound is None else Decimal(bound) for bound in (low, high))
    return DataPoint(UNIT, CODE, Granularity.DAY, since, until, low_bound, high_bound)


@given(dates, dates, dates)
def test_a_calibration_covers_its_first_day_and_not_its_last(
    begun: dt.date, until: dt.date, day: dt.date
) -> None:
    if until <= begun:
        with pytest.raises(InvalidInput, match="calibration ends"):
            _instrument(begun, until)
        return
    instrument = _instrument(begun, until)
    assert instrument.is_valid_on(day) == (begun <= day < until)
    assert instrument.is_valid_on(begun)
    assert not instrument.is_valid_on(until)


@given(dates)
def test_an_instrument_without_a_calibration_is_never_valid(day: dt.date) -> None:
    assert not _instrument().is_valid_on(day)
    assert not _instrument(calibrated_on=day).is_valid_on(day)


@pytest.mark.parametrize("number", ["", "  "])
def test_an_instrument_needs_its_number(number: str) -> None:
    with pytest.raises(InvalidInput, match="needs its number"):
        Instrument(UNIT, number, "15260000", MeteringLevel.EQUIPMENT, "1.0")


@given(dates, dates)
def test_a_point_ends_after_it_begins(since: dt.date, until: dt.date) -> None:
    if until > since:
        assert _point(since, until).until == until
        return
    with pytest.raises(InvalidInput, match=f"{CODE}: ends"):
        _point(since, until)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False))
def test_low_is_not_above_high(low: Decimal, high: Decimal) -> None:
    if low <= high:
        assert _point(DAY, low=str(low), high=str(high)).low == low
        return
    with pytest.raises(InvalidInput, match="is above high"):
        _point(DAY, low=str(low), high=str(high))


@pytest.mark.parametrize(("low", "high"), [("NaN", None), (None, "NaN"), ("-Infinity", "0"), ("NaN", "sNaN")])
def test_a_bound_that_is_no_number_is_refused(low: str | None, high: str | None) -> None:
    with pytest.raises(InvalidInput, match="is not a number"):
        _point(DAY, low=low, high=high)


def test_a_point_counts_from_the_start_unless_said_otherwise() -> None:
    assert _point(DAY).state is PointState.ACTIVE


def _measured_in(measure: str | None, code: DataCode = CODE) -> DataPoint:
    return DataPoint(UNIT, code, Granularity.DAY, DAY, measure=measure)


@pytest.mark.parametrize("measure", [None, "kWh"])
def test_a_variety_of_the_tables_is_kept_in_its_native_unit(measure: str | None) -> None:
    assert _measured_in(measure).measure == measure


@pytest.mark.parametrize("measure", ["MWh", "kwh", "t", ""])
def test_a_variety_of_the_tables_in_another_unit_is_refused(measure: str) -> None:
    with pytest.raises(InvalidInput, match=f"{CODE}: electricity is kept in kWh, came {measure}"):
        _measured_in(measure)


@pytest.mark.parametrize("measure", [None, "t", "吨/小时", "%"])
def test_a_variety_of_no_table_is_kept_in_whatever_unit_its_point_says(measure: str | None) -> None:
    assert _measured_in(measure, DataCode("0000000003010011")).measure == measure


def test_metering_levels_keep_the_numbers_of_the_standard() -> None:
    assert [level.value for level in MeteringLevel] == [1, 2, 3]
