"""Months' own values beside the sums of their days: what differs, by what factor, whose word each is, as of then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput, TooLarge
from graph.model.credit_code import CreditCode
from graph.model.monthly import MonthSpan, Tolerance
from graph.model.period import Granularity, Month
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import AsOf, MonthlyAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import QUARTER_HOUR, UNITS, FakeDimensions, Said, StillClock
from tests.hub.stores.readings_months import BOTH, DAYS, FEBRUARY, HOUR, JAN_SPAN, JANUARY, T0, Told, told


class Efficiencies(FakeDimensions):
    """Points whose values do not add up."""

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The tables with other codes."""
        at, units, points, coefficients = super().dimensions()
        codes = pa.array(["0000000008000011", "0000000008010011", "0000000008000011"])
        return (
            at,
            units,
            points.set_column(points.column_names.index("data_code"), "data_code", codes),
            coefficients,
        )


FACTORS = [Decimal(10) ** power for power in (1, 2, 3, 4, -1, -2, -3, -4)]


def test_a_month_is_compared_with_the_sum_of_its_days_and_both_name_their_sources() -> None:
    both = told()
    both.days(2, days=range(20))
    both.days(2, days=range(20, 31), source="by hand")
    batch = both.month(62)
    assert both.row() == {
        "province": "970000", "unit": UNITS[0], "data_code": "0000000002330011", "month": "2026-01",
        "monthly": Decimal("62.0000"), "daily": Decimal("62.0000"), "days": 31, "month_days": 31, "coverage": 1.0,
        "complete": True, "deviation": 0.0, "beyond_tolerance": False, "factor": None, "source": "statement",
        "batch": batch, "day_sources": "by hand; device", "independent": True,
    }  # fmt: skip


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_between_both_is_found_and_named(factor: Decimal) -> None:
    both = told()
    both.days(100)
    both.month(3100 * factor)
    row = both.row()
    assert (row["beyond_tolerance"], row["factor"]) == (True, float(factor))


@pytest.mark.parametrize(
    ("month", "beyond"), [("105", False), ("105.0001", True), ("95", False), ("94.9999", True)]
)
def test_both_may_lie_as_far_apart_as_the_tolerance_says_and_no_further(month: str, beyond: bool) -> None:
    both = told()
    both.days(0, days=range(1, 31))
    both.days(100, days=[0])
    both.month(month)
    assert both.row()["beyond_tolerance"] is beyond


def test_the_tolerance_is_the_hubs_to_set() -> None:
    both = told(Tolerance(Decimal("0.2")))
    both.days(100)
    both.month(3100 * Decimal("1.19"))
    assert both.row()["beyond_tolerance"] is False


def test_of_a_month_that_lacks_a_day_its_deviation_is_shown_and_no_verdict() -> None:
    both = told()
    both.days(1, days=range(3))
    both.month(30)
    row = both.row()
    assert (row["days"], row["complete"], row["coverage"]) == (3, False, pytest.approx(3 / 31))
    assert (row["deviation"], row["beyond_tolerance"], row["factor"]) == (9.0, None, None)
    assert both.rows(beyond=True) == both.rows(beyond=False) == []


def test_one_missing_day_is_enough_for_that_however_small_its_share() -> None:
    both = told()
    both.days(1, days=range(30))
    both.month(300)
    row = both.row()
    assert (row["days"], row["coverage"] > 0.95, row["complete"], row["factor"]) == (30, True, False, None)


def test_an_efficiency_has_no_sum_and_is_compared_with_none() -> None:
    both = Told(ReadingsStore(None, Efficiencies(), StillClock()))
    both.days(0.9)
    both.month(0.9)
    assert both.rows() == []


def test_one_quarter_hour_does_not_stand_for_its_day() -> None:
    both = told()
    both.days(1, days=range(28))
    both.say(
        [Said(0, 96 * day, Decimal(1)) for day in range(28, 31)],
        "device",
        Granularity.QUARTER_HOUR,
        QUARTER_HOUR,
    )
    both.month(100)
    row = both.row()
    assert (row["days"], row["complete"], row["beyond_tolerance"]) == (31, False, None)


def test_a_quarter_hour_lost_each_day_is_no_missing_day() -> None:
    both = told()
    slots = [96 * day + slot for day in DAYS for slot in range(1, 96)]
    both.say([Said(0, slot, Decimal(1)) for slot in slots], "device", Granularity.QUARTER_HOUR, QUARTER_HOUR)
    both.month(96 * 31)
    row = both.row()
    assert (row["daily"], row["complete"], row["beyond_tolerance"]) == (95 * 31, True, False)


def test_days_are_what_the_stores_own_rule_makes_of_finer_values() -> None:
    both = told()
    both.days(5)
    hours = [Said(0, hour, Decimal(1)) for hour in range(24)]
    both.say(hours, "device", Granularity.HOUR, HOUR)
    both.month(30 * 5 + 24)
    assert (both.row()["daily"], both.row()["deviation"]) == (174, 0.0)


def test_nothing_but_zeros_beside_a_month_is_beyond_and_has_no_deviation() -> None:
    both = told()
    both.days(0)
    both.month(500)
    row = both.row()
    assert (row["deviation"], row["beyond_tolerance"], row["factor"]) == (None, True, None)
    both.month(0)
    assert both.row()["beyond_tolerance"] is False


def test_a_month_of_the_days_own_source_is_not_independent() -> None:
    both = told()
    both.days(1)
    both.month(310, source="device")
    assert both.row()["independent"] is False
    assert both.rows(independent=True) == []
    assert both.rows(independent=False) == both.rows(beyond=True) == [both.row()]


def test_a_month_without_any_day_is_told_where_its_point_owes_finer_values() -> None:
    both = told()
    both.month(31)
    row = both.row()
    assert (row["daily"], row["days"], row["complete"], row["independent"]) == (None, 0, False, False)
    monthly = Told(ReadingsStore(None, FakeDimensions(granularity="month"), StillClock()))
    monthly.month(31)
    assert monthly.rows() == []
    monthly.days(1)
    assert monthly.row()["complete"] is True


def test_a_correction_moves_the_comparison_and_as_of_before_shows_the_former() -> None:
    both = told()
    both.days(1)
    before = both.month(31)
    both.days(11, days=[30])
    assert both.row()["beyond_tolerance"] is True
    then = both.row(as_of=AsOf(batch=before))
    assert (then["daily"], then["beyond_tolerance"]) == (31, False)
    assert both.row(as_of=AsOf(moment=T0 + HOUR * before)) == then
    assert both.rows(as_of=AsOf(batch=1)) == []


def test_only_what_is_within_reach_and_asked_for_is_compared() -> None:
    both = told()
    for point in (0, 1, 2):
        both.days(1, point)
        both.month(62, point)
    first, second = ([UNITS[0]] * 2, [UNITS[1]])
    jia, city = Reach(RegionCode("970000")), Reach(RegionCode("980100"))
    for asked, units in (
        ({}, [*first, *second]),
        ({"reach": jia}, first),
        ({"reach": city}, second),
        ({"reach": Reach(RegionCode("980200"))}, []),
        ({"reach": Reach(unit=CreditCode(UNITS[1]))}, second),
        ({"provinces": ("980000",)}, second),
        ({"units": (UNITS[0],)}, first),
        ({"reach": jia, "units": (UNITS[1],)}, []),
    ):
        ask = MonthlyAsk(JAN_SPAN, **asked)
        assert both.store.monthly(ask).table["unit"].to_pylist() == units
        assert sum(both.store.monthly_by_province(ask)["rows"].to_pylist()) == len(units)


def test_the_last_month_that_anything_was_said_of_is_compared_unless_others_are_asked_for() -> None:
    both = told()
    assert both.rows(span=None) == []
    both.month(1)
    february = both.month(2, month=FEBRUARY)
    assert [row["month"] for row in both.rows(span=None)] == ["2026-02"]
    assert [row["month"] for row in both.rows(span=BOTH)] == ["2026-01", "2026-02"]
    assert [row["month"] for row in both.rows(span=None, as_of=AsOf(batch=february - 1))] == ["2026-01"]


def test_which_month_was_the_last_is_a_matter_of_who_asks_and_of_whom() -> None:
    both = told()
    both.month(1, point=2)
    both.month(2, month=FEBRUARY)
    second = UNITS[1]
    for asked in ({"reach": Reach(unit=CreditCode(second))}, {"reach": Reach(RegionCode("980000"))},
                  {"reach": Reach(RegionCode("980100"))}, {"provinces": ("980000",)}, {"units": (second,)}):  # fmt: skip
        assert [row["month"] for row in both.rows(span=None, **asked)] == ["2026-01"]


def test_a_span_is_no_longer_than_a_year_and_does_not_end_before_it_begins() -> None:
    assert MonthSpan(JANUARY, Month(2026, 12)).period.first_day == dt.date(2026, 1, 1)
    with pytest.raises(TooLarge, match="at most 12 months"):
        MonthSpan(JANUARY, Month(2027, 1))
    with pytest.raises(InvalidInput, match="holds no month"):
        MonthSpan(FEBRUARY, JANUARY)


@pytest.mark.parametrize("share", ["0", "1", "-0.1", "0.0000001"])
def test_a_tolerance_is_a_share_of_six_places(share: str) -> None:
    with pytest.raises(InvalidInput, match="expected"):
        Tolerance(Decimal(share))


amounts = st.integers(-(10**17), 10**17).map(lambda number: Decimal(number) / 10_000)


@settings(max_examples=25, deadline=None)
@given(st.lists(amounts, min_size=31, max_size=31), amounts, st.sampled_from([None, *FACTORS]))
def test_what_is_beyond_and_by_what_factor_is_exact(
    days: list[Decimal], other: Decimal, factor: Decimal | None
) -> None:
    exact = sum(days, Decimal(0))
    month = other if factor is None else (exact * factor).quantize(Decimal("0.0001"))
    if abs(month) >= 10**14:
        return
    both = told()
    both.say([Said(0, day, value) for day, value in enumerate(days)], "device")
    both.month(month)
    row, share = both.row(), Decimal("0.05")
    near = [each for each in FACTORS if exact and abs(month - each * exact) <= share * abs(each * exact)]
    assert row["daily"] == exact
    assert row["beyond_tolerance"] == (abs(month - exact) > share * abs(exact))
    assert row["factor"] == (float(near[0]) if near else None)
