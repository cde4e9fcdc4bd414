"""The days, quarters and addresses a page is told."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import BEIJING, Quarter, beijing_day
from hub.dashboard.pages import DAYS_SHOWN, Days, view
from hub.dashboard.words import Language, language

ZH, EN = Language.ZH, Language.EN
MONDAY = dt.datetime(2026, 11, 23, 8, 30, tzinfo=BEIJING)


def test_without_a_quarter_the_present_one_is_shown() -> None:
    assert view(ZH, None, MONDAY).quarter == Quarter(2026, 4)


def test_the_quarter_changes_at_beijing_midnight() -> None:
    evening = dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.UTC)
    assert view(ZH, None, evening).quarter == Quarter(2026, 4)


def test_the_last_31_finished_days_are_shown() -> None:
    assert view(ZH, None, MONDAY).finished_days == Days(dt.date(2026, 10, 23), dt.date(2026, 11, 22))


def test_a_past_quarter_shows_its_own_last_days() -> None:
    assert view(ZH, "2026Q3", MONDAY).finished_days == Days(dt.date(2026, 8, 31), dt.date(2026, 9, 30))


def test_on_its_first_day_a_quarter_has_no_finished_day() -> None:
    seen = view(ZH, None, dt.datetime(2026, 10, 1, 9, tzinfo=BEIJING))
    assert seen.finished_days is None
    assert seen.has_begun


def test_a_quarter_to_come_has_not_begun_and_leads_nowhere_further() -> None:
    seen = view(ZH, "2027Q1", MONDAY)
    assert (seen.finished_days, seen.has_begun, seen.after) == (None, False, None)


def test_twelve_months_end_with_the_quarter() -> None:
    assert view(ZH, "2026Q4", MONDAY).months == Days(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_the_first_quarter_of_all_has_none_before_it() -> None:
    assert view(ZH, "1990Q1", MONDAY).before is None


def test_an_address_holds_quarter_and_language() -> None:
    seen = view(ZH, "2026Q3", MONDAY)
    assert seen.address() == "?quarter=2026Q3&lang=zh"
    assert seen.address(language=EN) == "?quarter=2026Q3&lang=en"
    assert seen.after is not None
    assert seen.address(seen.after) == "?quarter=2026Q4&lang=zh"


def test_now_is_told_in_beijing_time() -> None:
    assert view(ZH, None, MONDAY.astimezone(dt.UTC)).moment == "2026-11-23T08:30:00+08:00"


def test_chinese_comes_first_and_an_unknown_language_is_named() -> None:
    assert language(None) is ZH
    with pytest.raises(InvalidInput, match="'fr'"):
        language("fr")


@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - bounds
    st.builds(Quarter, st.integers(2000, 2100), st.integers(1, 4)),
)
def test_days_shown_are_finished_and_of_the_quarter(now: dt.datetime, quarter: Quarter) -> None:
    days = view(ZH, str(quarter), now).finished_days
    if days is None:
        assert beijing_day(now) <= quarter.first_day
    else:
        assert quarter.first_day <= days.first <= days.last <= quarter.last_day
        assert days.last < beijing_day(now)
        assert (days.last - days.first).days < DAYS_SHOWN
