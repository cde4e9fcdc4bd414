"""Quarterly reports (季度报告): what each province owes by the 15th after a quarter, sent or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.errors import InvalidInput
from graph.execution import arguments
from graph.execution.arguments import (
    After,
    Before,
    Descending,
    Filter,
    First,
    Last,
    OrderBy,
    Paging,
    among,
    bounded,
    conditions,
    equal,
    paging,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection, connection
from graph.execution.context import Info, ask
from graph.execution.list_coverage import Listed
from graph.execution.nouns import Noun
from graph.execution.provinces import seen_provinces
from graph.execution.selection import selects
from graph.model.period import Quarter, beijing_day
from graph.model.report import punctuality
from graph.ports import Ask, Compare, Condition, Order, Page
from graph.types._enums import ReportPunctuality, ReportState
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.region import Region


@strawberry.type(description="A province's report of one quarter (季度报告), or the lack of it.")
class QuarterlyReport:
    """A row of the noun quarterly_report; without a state where nothing was ever written."""

    province: str = strawberry.field(description="The province, six digits.")
    quarter: str = strawberry.field(description="The quarter, as 2026Q4.")
    state: ReportState | None = strawberry.field(
        description="Where it stands; null when the province has not begun it in this hub."
    )
    submitted_on: dt.date | None = strawberry.field(description="Day it was first sent (报送日期).")
    problems: str = strawberry.field(description="Problems it tells of (存在问题).")
    suggestions: str = strawberry.field(description="Suggestions it makes (工作建议).")
    due: dt.date = strawberry.field(
        description="Its due day: the 15th of the next quarter's first month (报送截止日期)."
    )
    punctuality: ReportPunctuality = strawberry.field(description="How it stands against its due day, today.")
    province_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "province"), "The province."
    )


def _with_due(table: pa.Table, info: Info) -> pa.Table:
    """The table with due day and punctuality."""
    today = beijing_day(info.context.sources.clock.now())
    quarters = [Quarter.parse(text) for text in table.column("quarter").to_pylist()]
    sent = table.column("submitted_on").to_pylist()
    found = [punctuality(quarter, day, today).value for quarter, day in zip(quarters, sent, strict=True)]
    table = table.append_column("due", pa.array([quarter.report_due for quarter in quarters], pa.date32()))
    return table.append_column("punctuality", pa.array(found, pa.string()))


NOUN = Noun(
    "quarterly_report",
    QuarterlyReport,
    {"province": region_code, "quarter": arguments.quarter},
    order="quarter",
    shape=_with_due,
)

_REPORT = pa.schema(
    [
        pa.field("province", pa.string()),
        pa.field("quarter", pa.string()),
        pa.field("state", pa.string()),
        pa.field("submitted_on", pa.date32()),
        pa.field("problems", pa.string()),
        pa.field("suggestions", pa.string()),
    ]
)


async def _of_every_province(
    info: Info, quarter: Quarter, asked: tuple[str, ...], page_of: Paging
) -> Connection[QuarterlyReport]:
    """One row for each province within reach, in order of code: its report, or a row that says there is none.

    Its coverage counts the reports that were begun.

    A unit reads no reports, so it is not told that there is none either.
    """
    registry, reach = info.context.sources.registry, info.context.principal.reach
    where = conditions(equal("quarter", str(quarter)), among("province", asked or None))
    listed = Listed(registry, Ask("quarterly_report", reach, where))
    if reach.unit is not None:
        nothing = Page(
            _with_due(_REPORT.empty_table(), info), (), has_next=False, has_previous=False, total=0
        )
        return connection(nothing, QuarterlyReport, listed)
    provinces = Ask(
        "region",
        reach,
        await seen_provinces(info, asked),
        Order("code", page_of.descending),
        want_total=selects(info, "totalCount"),
        **page_of.bounds,
    )
    page = await ask(info, registry.rows, provinces)
    codes = page.table.column("code").to_pylist()
    paged = (*where, Condition("province", tuple(codes), Compare.IN))
    sent = await ask(info, registry.rows, Ask("quarterly_report", reach, paged))
    found = {row["province"]: row for row in sent.table.select(_REPORT.names).to_pylist()}
    unsent = {"quarter": str(quarter), "problems": "", "suggestions": ""}
    rows = [found.get(code, {**unsent, "province": code}) for code in codes]
    table = _with_due(pa.Table.from_pylist(rows, _REPORT), info)
    return connection(replace(page, table=table), QuarterlyReport, listed)


@strawberry.enum(description="What quarterly reports can be ordered by.")
class QuarterlyReportOrder(Enum):
    """Values are columns."""

    QUARTER = strawberry.enum_value("quarter", description="By quarter.")
    PROVINCE = strawberry.enum_value("province", description="By province.")
    SUBMITTED_ON = strawberry.enum_value("submitted_on", description="By the day they were sent.")


@strawberry.input(description="Which quarterly reports.")
class QuarterlyReportFilter:
    """Conditions on the noun quarterly_report."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    quarter: list[str] | None = strawberry.field(description="Of any of these quarters, as 2026Q4.")
    state: list[ReportState] | None = strawberry.field(description="In any of these states.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("quarter", self.quarter, arguments.quarter),
            among("state", self.state, word_of),
        )


def _refuse_beside_a_quarter(where: QuarterlyReportFilter | None, order_by: QuarterlyReportOrder) -> None:
    """Provinces are paged, with a report or without, so reports' own columns can neither narrow nor order them."""
    if where is not None and where.quarter is not None:
        raise InvalidInput("came beside quarter, which names the only one", "filter.quarter")
    if where is not None and where.state is not None:
        raise InvalidInput(
            "came beside quarter, which lists every province; filter by both quarter and state without it",
            "filter.state",
        )
    if order_by is QuarterlyReportOrder.SUBMITTED_ON:
        raise InvalidInput("came beside quarter, which goes by province", "orderBy")


@strawberry.type(description="Root fields of quarterly reports.")
class QuarterlyReportQuery:
    """Quarterly reports by list and by key."""

    @strawberry.field(
        description="Quarterly reports (季度报告). Without `quarter` those that were begun; with it one row for "
        "each province within reach, by code, whether it sent one or not; then only the filter's province narrows "
        "it, and a filter by quarter or state or another order is refused."
    )
    async def quarterly_reports(
        self,
        info: Info,
        quarter: Annotated[
            str | None, strawberry.argument(description="Every province's report of this quarter, as 2026Q4.")
        ] = None,
        where: Annotated[QuarterlyReportFilter | None, Filter] = None,
        order_by: Annotated[QuarterlyReportOrder, OrderBy] = QuarterlyReportOrder.QUARTER,
        descending: Descending = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[QuarterlyReport]:
        page_of = paging(first, after, last, before, order_by, descending)
        if quarter is None:
            return await NOUN.connection(info, where.conditions() if where else (), page_of)
        _refuse_beside_a_quarter(where, order_by)
        asked = bounded(where.province if where else None, region_code, "province")
        return await _of_every_province(info, Quarter.parse(quarter), asked, page_of)

    quarterly_report: QuarterlyReport | None = by_key(
        NOUN,
        "The report of a province and a quarter (季度报告)",
        province="The province, six digits.",
        quarter="The quarter, as 2026Q4.",
    )


QUERY = QuarterlyReportQuery
