"""Quarterly reports (季度报告): written and sent by a province, sent back or accepted by those it is sent to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import ReportState
from graph.types.quarterly_report import NOUN, QuarterlyReport


@strawberry.input(
    description="A province's report of a quarter as it is to stand; what is not given keeps what stands."
)
class QuarterlyReportInput:
    """Cells of the noun quarterly_report."""

    province: str = strawberry.field(description="The province, six digits: with the quarter, which report.")
    quarter: str = strawberry.field(description="The quarter, as 2026Q4.")
    state: ReportState | None = given("Where it stands; a draft for a new one that does not say.")
    submitted_on: dt.date | None = given(
        "Day it was first sent (报送日期): none of a draft; today, in Beijing, of one submitted without it. It stays when a "
        "report is sent again, and its province says no other."
    )
    problems: str | None = given("Problems it tells of (存在问题).")
    suggestions: str | None = given("Suggestions it makes (工作建议).")
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of quarterly reports.")
class QuarterlyReportMutation:
    """Decides quarterly reports."""

    @saving(
        "quarterlyReports",
        "Save quarterly reports (季度报告), by province and quarter. A draft is submitted, what was submitted is returned "
        "or accepted, what was returned is submitted again, and what was accepted may still be returned; a province "
        "reviews none.",
    )
    async def save_quarterly_reports(
        self, info: Info, quarterly_reports: Annotated[list[QuarterlyReportInput], Rows]
    ) -> list[Saved[QuarterlyReport]]:
        return await saved(info, NOUN, "quarterlyReports", quarterly_reports)


MUTATION = QuarterlyReportMutation
