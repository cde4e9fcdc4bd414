"""Laws of quarterly reports: one state of punctuality at a time, and no way back to a better one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import Quarter
from graph.model.region import RegionCode
from graph.model.report import (
    QuarterlyReport,
    ReportPunctuality,
    ReportState,
    punctuality,
    standing_after_pull,
)
from tests.graph.model.values import quarters

PROVINCE = RegionCode("910000")
FOLLOWS = {
    ReportPunctuality.PENDING: set(ReportPunctuality),
    ReportPunctuality.OVERDUE: {ReportPunctuality.OVERDUE, ReportPunctuality.LATE},
    ReportPunctuality.ON_TIME: {ReportPunctuality.ON_TIME},
    ReportPunctuality.LATE: {ReportPunctuality.LATE},
}


def around(quarter: Quarter) -> st.SearchStrategy[dt.date]:
    """Days near a report's due day."""
    return st.integers(-40, 40).map(lambda count: quarter.report_due + dt.timedelta(days=count))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Quarter, dt.date | None, dt.date, dt.date]:
    """A quarter, the day its report was sent if it was, and two days of looking, in order."""
    quarter = draw(quarters)
    early, late = sorted(draw(st.lists(around(quarter), min_size=2, max_size=2)))
    return quarter, draw(st.none() | around(quarter)), early, late


@given(cases())
def test_exactly_one_state_holds(case: tuple[Quarter, dt.date | None, dt.date, dt.date]) -> None:
    quarter, sent, today, _ = case
    is_sent = sent is not None and sent <= today
    in_time = (sent if sent is not None and is_sent else today) <= quarter.report_due
    holding = {
        ReportPunctuality.ON_TIME: is_sent and in_time,
        ReportPunctuality.LATE: is_sent and not in_time,
        ReportPunctuality.PENDING: not is_sent and in_time,
        ReportPunctuality.OVERDUE: not is_sent and not in_time,
    }
    assert [state for state, holds in holding.items() if holds] == [punctuality(quarter, sent, today)]


@given(cases())
def test_as_days_pass_a_state_only_gives_way_to_those_that_can_follow(
    case: tuple[Quarter, dt.date | None, dt.date, dt.date],
) -> None:
    quarter, sent, early, late = case
    assert punctuality(quarter, sent, late) in FOLLOWS[punctuality(quarter, sent, early)]


@given(cases())
def test_a_submission_still_to_come_is_not_known_yet(
    case: tuple[Quarter, dt.date | None, dt.date, dt.date],
) -> None:
    quarter, sent, today, _ = case
    if sent is None or sent > today:
        assert punctuality(quarter, sent, today) == punctuality(quarter, None, today)


@given(quarters)
def test_the_due_day_itself_is_in_time_and_the_next_is_not(quarter: Quarter) -> None:
    due, after = quarter.report_due, quarter.report_due + dt.timedelta(days=1)
    assert punctuality(quarter, due, due) is ReportPunctuality.ON_TIME
    assert punctuality(quarter, after, after) is ReportPunctuality.LATE
    assert punctuality(quarter, None, due) is ReportPunctuality.PENDING
    assert punctuality(quarter, None, after) is ReportPunctuality.OVERDUE


@pytest.mark.parametrize("state", ReportState)
def test_a_draft_has_no_submission_day_and_every_other_state_has_one(state: ReportState) -> None:
    quarter = Quarter(2019, 1)
    right, wrong = (None, quarter.report_due) if state is ReportState.DRAFT else (quarter.report_due, None)
    assert QuarterlyReport(PROVINCE, quarter, state, right).submitted_on == right
    with pytest.raises(InvalidInput, match="submittedOn"):
        QuarterlyReport(PROVINCE, quarter, state, wrong)


@given(cases())
def test_a_report_tells_its_own_punctuality(case: tuple[Quarter, dt.date | None, dt.date, dt.date]) -> None:
    quarter, sent, today, _ = case
    state = ReportState.DRAFT if sent is None else ReportState.SUBMITTED
    report = QuarterlyReport(PROVINCE, quarter, state, sent)
    assert report.due == quarter.report_due
    assert report.punctuality_on(today) is punctuality(quarter, sent, today)


@st.composite
def standings(draw: st.DrawFn) -> tuple[ReportState, dt.date | None]:
    """A state and the day of submission it may have."""
    state = draw(st.sampled_from(ReportState))
    days = st.sampled_from([dt.date(2026, 10, 12), dt.date(2026, 10, 20)])
    return state, None if state is ReportState.DRAFT else draw(days)


@given(st.none() | standings(), standings())
def test_a_pull_neither_reviews_a_report_nor_undoes_a_review(
    held: tuple[ReportState, dt.date | None] | None, came: tuple[ReportState, dt.date | None]
) -> None:
    stands = standing_after_pull(held, came)
    assert standing_after_pull(stands, came) == stands
    QuarterlyReport(PROVINCE, Quarter(2026, 3), *stands)  # it is a report
    if stands[0].is_review:
        assert stands == held
    elif held is not None and held[0].is_review:
        assert (stands[0], stands[1]) == (ReportState.SUBMITTED, came[1])
        assert stands[1] != held[1]
