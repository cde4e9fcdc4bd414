"""Completeness (完整率): of the values due, how many came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from typing import Annotated, Any

import pyarrow as pa
import strawberry

from graph.errors import TooLarge
from graph.execution.arguments import (
    PeriodArgument,
    bounded,
    credit_code,
    region_code,
)
from graph.execution.budget import spend
from graph.execution.context import Info, ask
from graph.execution.levels import Rows
from graph.execution.past import AsOfArgument, as_of
from graph.execution.prices import COST, ROWS
from graph.execution.provinces import PROVINCES_USUAL
from graph.execution.scalars import Count
from graph.model.coverage import rate
from graph.ports import CompletenessAsk
from graph.types._coverage import ProvinceCoverage, coverage_of
from graph.types._enums import Dimension, EnergyKind, Tier

FIGURE_ROWS_MAX = (
    50_000  # rows of one figure: a year of days of a city's units; finer is what exports are for
)
FIGURE_ROWS = 1_000  # assumed by the guard: a month of days of every province
FIGURE_COST = (
    10_000  # told to the guard: a figure reads all readings of a period, the fields of its rows cost less
)

GroupBy = Annotated[list[Dimension], strawberry.argument(description="By what; none for one row in all.")]
NOT_GROUPED: Any = ()  # strawberry makes a list of it for each request
Provinces = Annotated[
    list[str] | None, strawberry.argument(description="Only these provinces, six digits; null for all.")
]
Units = Annotated[list[str] | None, strawberry.argument(description="Only these credit codes; null for all.")]


@strawberry.type(description="Values due and received of one group; dimensions not asked for are null.")
class CompletenessRow:
    """A row of graph.ports.FigureSource.completeness."""

    province: str | None = strawberry.field(default=None, description="Province, six digits.")
    city: str | None = strawberry.field(default=None, description="City, six digits.")
    county: str | None = strawberry.field(
        default=None, description="Division the unit lies in (县、区), six digits."
    )
    section: str | None = strawberry.field(default=None, description="Industry section, A to T.")
    tier: Tier | None = strawberry.field(default=None, description="Tier of the units.")
    unit: str | None = strawberry.field(default=None, description="Credit code of the unit.")
    kind: EnergyKind | None = strawberry.field(default=None, description="Energy kind.")
    variety: str | None = strawberry.field(default=None, description="Energy variety, CCVVVV.")
    day: dt.date | None = strawberry.field(default=None, description="Beijing day.")
    month: str | None = strawberry.field(default=None, description="Beijing month, as 2026-11.")
    quarter: str | None = strawberry.field(default=None, description="Quarter (季度), as 2026Q4.")
    year: str | None = strawberry.field(default=None, description="Year (年), as 2026.")
    due: Count = strawberry.field(description="Values due on finished days (应传).")
    received: Count = strawberry.field(description="Values received of those due (实传), each counted once.")
    rate: float | None = strawberry.field(
        description="received / due (完整率), 0 to 1; null when nothing was due."
    )


@strawberry.type(description="Of the values due in a period, how many came (完整率).")
class Completeness:
    """Rows and their total."""

    asked: strawberry.Private[CompletenessAsk]
    rows: Sequence[CompletenessRow] = strawberry.field(
        description="One row for each group.", metadata={ROWS: FIGURE_ROWS}
    )
    due: Count = strawberry.field(description="Values due in all (应传).")
    received: Count = strawberry.field(description="Values received in all (实传).")
    rate: float | None = strawberry.field(
        description="received / due (完整率), 0 to 1; null when nothing was due."
    )

    @strawberry.field(
        description="What the answer rests on, province by province (覆盖情况).",
        metadata={COST: FIGURE_COST, ROWS: PROVINCES_USUAL},
    )
    async def coverage(self, info: Info) -> list[ProvinceCoverage]:
        return await coverage_of(info, self.asked.period, self.asked.provinces, self.asked.as_of)


async def completeness_rows(info: Info, question: CompletenessAsk) -> Rows[CompletenessRow]:
    """A question's rows with their rates. Raises TooLarge past FIGURE_ROWS_MAX."""
    table = await ask(info, info.context.sources.figures.completeness, question)
    bounded_figure(info, table, question)
    counts = zip(table.column("received").to_pylist(), table.column("due").to_pylist(), strict=True)
    rates = pa.array([rate(received, due) for received, due in counts], pa.float64())
    return Rows(table.append_column("rate", rates), CompletenessRow)


def bounded_figure(info: Info, table: pa.Table, question: Hashable) -> None:
    """Raise TooLarge for a table that is too long for an answer, or where too much was read already."""
    if table.num_rows > FIGURE_ROWS_MAX:
        raise TooLarge(f"more than {FIGURE_ROWS_MAX} rows; group coarser or ask for less", "groupBy")
    spend(info, table.num_rows, "rows of figures", "groupBy", question)


@strawberry.type(description="Root fields of completeness.")
class CompletenessQuery:
    """Completeness by period."""

    @strawberry.field(
        description="Of the values due in a period, how many came (完整率).", metadata={COST: FIGURE_COST}
    )
    async def completeness(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: GroupBy = NOT_GROUPED,
        provinces: Provinces = None,
        units: Units = None,
        said: AsOfArgument = None,
    ) -> Completeness:
        question = CompletenessAsk(
            period.period(),
            tuple(dict.fromkeys(group_by)),
            info.context.principal.reach,
            bounded(provinces, region_code, "provinces"),
            bounded(units, credit_code, "units"),
            await as_of(info, said),
        )
        found = await completeness_rows(info, question)
        due, received = sum(found.values("due")), sum(found.values("received"))
        return Completeness(
            asked=question, rows=found, due=Count(due), received=Count(received), rate=rate(received, due)
        )


QUERY = CompletenessQuery
