"""Quarterly reports (季度报告): what a province owes by the 15th of the next quarter's first month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from graph.errors import InvalidInput
from graph.model.period import Quarter
from graph.model.region import RegionCode


class ReportState(StrEnum):
    """Where a report stands (草稿、已报送、退回、已接收)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"

    @property
    def next(self) -> frozenset[ReportState]:
        """What may follow: what is accepted can still be sent back, and nothing becomes a draft again."""
        return _NEXT[self]

    @property
    def is_review(self) -> bool:
        """Whether those it is sent to say so, and not its province."""
        return self in (ReportState.RETURNED, ReportState.ACCEPTED)


_NEXT = {
    ReportState.DRAFT: frozenset({ReportState.SUBMITTED}),
    ReportState.SUBMITTED: frozenset({ReportState.RETURNED, ReportState.ACCEPTED}),
    ReportState.RETURNED: frozenset({ReportState.SUBMITTED}),
    ReportState.ACCEPTED: frozenset({ReportState.RETURNED}),
}


Standing: TypeAlias = tuple[ReportState, dt.date | None]  # a report's state and the day it was submitted on


def standing_after_pull(held: Standing | None, came: Standing) -> Standing:
    """How a report stands once its province's hub was asked: drafts and submissions are the province's word.

    A review is not: what was decided here stays until the report is submitted anew, on another day, and what a
    province's hub reviewed itself is no more than submitted.
    """
    state, day = came
    if held is not None and held[0].is_review and day in (None, held[1]):
        return held
    return (ReportState.SUBMITTED, day) if state.is_review else came


class ReportPunctuality(StrEnum):
    """A report against its due day (按时、逾期报送、未到期、逾期未报)."""

    ON_TIME = "on_time"
    LATE = "late"
    PENDING = "pending"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class QuarterlyReport:
    """A province's report of one quarter. `submitted_on` is the day it was first sent."""

    region: RegionCode
    quarter: Quarter
    state: ReportState = ReportState.DRAFT
    submitted_on: dt.date | None = None
    problems: str = ""
    suggestions: str = ""

    def __post_init__(self) -> None:
        if (self.state is ReportState.DRAFT) != (self.submitted_on is None):
            raise InvalidInput(
                f"a {self.state.value} report with submission day {self.submitted_on}", "submittedOn"
            )

    @property
    def due(self) -> dt.date:
        """Its due day."""
        return self.quarter.report_due

    def punctuality_on(self, today: dt.date) -> ReportPunctuality:
        """How it stands against its due day, seen from `today`."""
        return punctuality(self.quarter, self.submitted_on, today)


def punctuality(quarter: Quarter, submitted_on: dt.date | None, today: dt.date) -> ReportPunctuality:
    """On time, late, not yet due, or overdue; a day after today is not yet known."""
    if submitted_on is not None and submitted_on <= today:
        return ReportPunctuality.ON_TIME if submitted_on <= quarter.report_due else ReportPunctuality.LATE
    return ReportPunctuality.PENDING if today <= quarter.report_due else ReportPunctuality.OVERDUE
