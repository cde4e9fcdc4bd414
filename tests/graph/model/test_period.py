"""Laws of periods, days, months and quarters: half-open, tiling, Beijing at the border."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import (
    BEIJING,
    FIRST_YEAR,
    LAST_YEAR,
    MICROSECOND,
    UTC,
    Day,
    Granularity,
    Month,
    Period,
    Quarter,
    aware,
    beijing_day,
    midnight,
    runs_of,
    slot_at,
    widened,
)
from tests.graph.model.values import dates, days, moments, months, periods, quarters

LAST_QUARTER = Quarter(LAST_YEAR, 4)


@given(periods())
def test_a_period_holds_its_start_and_not_its_end(period: Period) -> None:
    assert period.start in period
    assert period.end - MICROSECOND in period
    assert period.end not in period
    assert period.start - MICROSECOND not in period


@given(periods())
def test_a_period_is_kept_in_utc(period: Period) -> None:
    assert period.start.utcoffset() == period.end.utcoffset() == dt.timedelta(0)


@given(moments, moments)
def test_a_period_that_does_not_end_after_it_starts_is_refused(one: dt.datetime, other: dt.datetime) -> None:
    with pytest.raises(InvalidInput, match="ends after it starts"):
        Period(max(one, other), min(one, other))


@given(periods(), periods(), moments)
def test_an_overlap_holds_just_what_both_hold(one: Period, other: Period, moment: dt.datetime) -> None:
    both = one.overlap(other)
    assert (both is not None and moment in both) == (moment in one and moment in other)
    assert both == other.overlap(one)


@given(periods(), st.integers(1, 10**9))
def test_periods_that_only_touch_do_not_overlap(period: Period, microseconds: int) -> None:
    after = Period(period.end, period.end + microseconds * MICROSECOND)
    assert period.overlap(after) is None


@given(periods())
def test_the_days_of_a_period_cover_it(period: Period) -> None:
    covering = Period.of_days(period.first_day, period.last_day)
    assert covering.overlap(period) == period


@given(dates, st.integers(0, 400))
def test_days_from_first_to_last_are_both_included(first: dt.date, count: int) -> None:
    last = first + dt.timedelta(days=count)
    period = Period.of_days(first, last)
    assert (period.first_day, period.last_day) == (first, last)
    assert period.end - period.start == dt.timedelta(days=count + 1)


@pytest.mark.parametrize("naive", [dt.datetime(2026, 11, 23), dt.datetime(1, 1, 1)])  # noqa: DTZ001 (the wrong side)
def test_a_naive_moment_is_refused_everywhere(naive: dt.datetime) -> None:
    for use in (aware, beijing_day, lambda moment: Period(moment, dt.datetime.now(UTC))):
        with pytest.raises(InvalidInput, match="no offset from UTC"):
            use(naive)


class _NoOffset(dt.tzinfo):
    """A zone that does not know its offset: its moments are naive all the same."""

    def utcoffset(self, _: dt.datetime | None) -> None:
        return None

    def dst(self, _: dt.datetime | None) -> None:
        return None

    def tzname(self, _: dt.datetime | None) -> None:
        return None


def test_a_zone_without_an_offset_is_naive_too() -> None:
    with pytest.raises(InvalidInput, match="no offset from UTC"):
        aware(dt.datetime(2026, 11, 23, tzinfo=_NoOffset()))


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(dt.timedelta(hours=-8))),
        dt.datetime(1, 1, 1, tzinfo=BEIJING),
        dt.datetime(9999, 12, 31, 23, tzinfo=UTC),
    ],
)
def test_a_moment_that_no_calendar_holds_is_invalid_input(moment: dt.datetime) -> None:
    with pytest.raises(InvalidInput, match="outside of the years"):
        beijing_day(moment)


@given(moments)
def test_a_moment_stays_the_same_instant_in_utc(moment: dt.datetime) -> None:
    assert aware(moment) == moment
    assert aware(aware(moment)) == aware(moment)


@given(dates)
def test_beijing_midnight_is_sixteen_hours_utc_of_the_day_before(day: dt.date) -> None:
    assert midnight(day) == dt.datetime.combine(day - dt.timedelta(days=1), dt.time(16), tzinfo=UTC)
    assert beijing_day(midnight(day)) == day
    assert beijing_day(midnight(day) - MICROSECOND) == day - dt.timedelta(days=1)


@given(moments)
def test_every_moment_lies_in_its_beijing_day(moment: dt.datetime) -> None:
    day = beijing_day(moment)
    assert moment in Period.of_days(day, day)


@given(days)
def test_a_day_is_24_hours_whatever_the_season(day: Day) -> None:
    assert day.period.end - day.period.start == dt.timedelta(hours=24)


@given(days, months, quarters)
def test_written_forms_round_trip(day: Day, month: Month, quarter: Quarter) -> None:
    assert Day.parse(str(day)) == day
    assert Month.parse(str(month)) == month
    assert Quarter.parse(str(quarter)) == quarter
    assert Quarter.parse(str(quarter).lower().replace("q", "-q")) == quarter


@pytest.mark.parametrize(
    "text", ["", "2026-11", "20261123", "2026-W48-1", "2026-02-30", "２０２６-11-23", "23/11/2026"]
)
def test_another_form_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a day, expected one such as 2026-11-23"):
        Day.parse(text)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-00", "2026-13", "２０２６-11", "1989-12", "2201-01"]
)
def test_another_form_of_a_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Month.parse(text)


@pytest.mark.parametrize("text", ["", "2026", "2026Q0", "2026Q5", "2026 Q1", "26Q1", "2026Q１", "1989Q4"])
def test_another_form_of_a_quarter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Quarter.parse(text)


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1])
def test_a_year_that_can_only_be_a_typing_error_is_refused(year: int) -> None:
    for make in (lambda: Day(dt.date(year, 1, 1)), lambda: Month(year, 1), lambda: Quarter(year, 1)):
        with pytest.raises(InvalidInput, match="year must be between"):
            make()


@given(quarters)
def test_the_months_tile_the_quarter(quarter: Quarter) -> None:
    tiles = [month.period for month in quarter.months]
    assert all(one.end == two.start for one, two in pairwise(tiles))
    assert (tiles[0].start, tiles[-1].end) == (quarter.period.start, quarter.period.end)


@given(st.integers(FIRST_YEAR, LAST_YEAR))
def test_the_quarters_tile_the_year(year: int) -> None:
    tiles = [Quarter(year, number).period for number in (1, 2, 3, 4)]
    assert all(one.end == two.start for one, two in pairwise(tiles))
    assert (tiles[0].first_day, tiles[-1].last_day) == (dt.date(year, 1, 1), dt.date(year, 12, 31))


@given(dates)
def test_a_day_lies_in_its_month_and_quarter_and_in_no_neighbour(day: dt.date) -> None:
    noon = midnight(day) + dt.timedelta(hours=12)
    month, quarter = Month.of(day), Quarter.of(day)
    assert noon in month.period
    assert noon in quarter.period
    assert month in quarter.months
    assert quarter.first_day <= day <= quarter.last_day


@given(months, st.integers(-40, 40), st.integers(-40, 40))
def test_shifts_of_months_add_up(month: Month, one: int, other: int) -> None:
    assume(FIRST_YEAR + 10 < month.year < LAST_YEAR - 10)
    assert month.shift(one).shift(other) == month.shift(one + other)
    assert (month.shift(one) > month) == (one > 0)


@given(quarters, st.integers(-20, 20))
def test_a_quarter_shifts_as_its_first_month_by_three(quarter: Quarter, count: int) -> None:
    assume(FIRST_YEAR + 10 < quarter.year < LAST_YEAR - 10)
    assert quarter.shift(count).months[0] == quarter.months[0].shift(3 * count)
    assert quarter.shift(count).shift(-count) == quarter


@given(quarters)
def test_a_report_is_due_on_the_15th_of_the_next_quarters_first_month(quarter: Quarter) -> None:
    the_day_after = quarter.last_day + dt.timedelta(days=1)
    assert quarter.report_due == the_day_after.replace(day=15)


def test_the_report_of_the_first_quarter_of_2019_was_due_on_the_15th_of_april() -> None:
    assert Quarter.parse("2019Q1").report_due == dt.date(2019, 4, 15)
    assert Quarter.parse("2019Q4").report_due == dt.date(2020, 1, 15)


def test_the_last_quarter_we_know_still_has_an_end_and_a_due_day() -> None:
    assert LAST_QUARTER.last_day == dt.date(LAST_YEAR, 12, 31)
    assert LAST_QUARTER.report_due == dt.date(LAST_YEAR + 1, 1, 15)
    with pytest.raises(InvalidInput, match="year must be between"):
        LAST_QUARTER.shift(1)


@given(moments, st.sampled_from(list(Granularity)))
def test_every_instant_lies_in_one_slot_of_each_granularity(
    moment: dt.datetime, granularity: Granularity
) -> None:
    assume(FIRST_YEAR < moment.year < LAST_YEAR - 1)
    slot = slot_at(moment, granularity)
    assert moment in slot
    assert slot_at(slot.start, granularity) == slot
    assert slot_at(slot.end, granularity).start == slot.end


@given(moments, st.integers(1, 10**6), st.sampled_from(list(Granularity)))
def test_a_widened_period_is_whole_and_holds_what_it_was(
    start: dt.datetime, minutes: int, granularity: Granularity
) -> None:
    assume(FIRST_YEAR < start.year < LAST_YEAR - 3)
    period = Period(start, start + dt.timedelta(minutes=minutes))
    wide = widened(period, granularity)
    assert wide.overlap(period) == period
    assert widened(wide, granularity) == wide
    assert slot_at(wide.start, granularity).start == wide.start


@given(st.lists(st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1)), unique=True).map(sorted))
def test_stretches_hold_just_the_days_and_none_that_could_be_one_touch(days: list[dt.date]) -> None:
    found = list(runs_of(days))
    held = [first + dt.timedelta(days=n) for first, last in found for n in range((last - first).days + 1)]
    assert held == days
    assert all((later[0] - before[1]).days > 1 for before, later in pairwise(found))
