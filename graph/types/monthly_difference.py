"""Monthly difference (月值与日值之差): a month's own value beside the sum of its days, whose word each is, how far apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    After,
    Before,
    Descending,
    Filter,
    First,
    Last,
    Paging,
    among,
    bounded,
    conditions,
    credit_code,
    paging,
    region_code,
)
from graph.execution.batched import batched
from graph.execution.budget import spend
from graph.execution.connection import Connection, connection
from graph.execution.context import Info, ask
from graph.execution.list_coverage import Listed
from graph.execution.past import AsOfArgument, as_of
from graph.execution.prices import COST
from graph.model.monthly import MonthSpan
from graph.model.period import Month
from graph.ports import Ask, AsOf, FigureSource, MonthlyAsk, MonthlyOrder
from graph.types._related import one
from graph.types.completeness import FIGURE_COST

if TYPE_CHECKING:
    from graph.types.unit import Unit

NAME = "monthly"  # of what is read, in graph.model.rights


@strawberry.type(
    description="A month of a data point that has a value of its own, beside the sum of its days (月值与日值之差)."
)
class MonthlyDifference:
    """A row of graph.ports.FigureSource.monthly."""

    province: str = strawberry.field(description="Province of the unit, six digits.")
    unit: str = strawberry.field(description="Credit code of the unit.")
    data_code: str = strawberry.field(description="Data code of the point, sixteen digits (数据编码).")
    month: str = strawberry.field(description="The Beijing month, as 2026-11.")
    monthly: Decimal = strawberry.field(
        description="The month's own value (月值), in the variety's native unit."
    )
    daily: Decimal | None = strawberry.field(
        description="Exact sum of its days (日值之和), of days made of finer values too; null where nothing finer was said."
    )
    days: int = strawberry.field(description="Days of the month with a value.")
    month_days: int = strawberry.field(description="Days that the month has.")
    coverage: float = strawberry.field(
        description="Share of the month's quarter-hours that these values stand for (覆盖率), 0 to 1."
    )
    complete: bool = strawberry.field(
        description="Whether every day has a value, and quarter-hours are missing of no larger share than both may differ; "
        "of any other month nothing is judged."
    )
    deviation: float | None = strawberry.field(
        description="monthly / daily - 1 (偏差), to six places, also where days are missing; null without days, and where "
        "they sum up to 0."
    )
    beyond_tolerance: bool | None = strawberry.field(
        description="Whether both lie further apart than the hub allows, a share of the sum (超差); null of a month that is "
        "not complete."
    )
    factor: float | None = strawberry.field(
        description="The factor that both lie apart by, within what the hub allows (倍率): 10, 100, 1000, 10000 or 0.1, "
        "0.01, 0.001, 0.0001, as where a unit of measure was mistaken; null where there is none, and unless complete."
    )
    source: str | None = strawberry.field(
        description="Who brought the month's own value (来源): a client, a link or a device; null to who sees no links: a "
        "city or a unit."
    )
    batch: int = strawberry.field(description="Number of the batch that brought it (批次).")
    day_sources: str | None = strawberry.field(
        description="Who brought the values of its days, with '; ' between; null without days, and to who sees no links."
    )
    independent: bool = strawberry.field(
        description="Whether the month came another way than its days (独立来源): from nobody who brought any of them."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit, where this hub knows it."
    )


@strawberry.enum(
    description="What monthly differences can be ordered by; ties go by unit, data code and month."
)
class MonthlyDifferenceOrder(Enum):
    """Values are orders of a MonthlyAsk."""

    UNIT = strawberry.enum_value(MonthlyOrder.UNIT.value, description="By unit, data code and month.")
    MONTH = strawberry.enum_value(MonthlyOrder.MONTH.value, description="By month.")
    DEVIATION = strawberry.enum_value(
        MonthlyOrder.DEVIATION.value,
        description="By how far they lie apart, either way; without a deviation last.",
    )


@strawberry.input(description="Which monthly differences.")
class MonthlyDifferenceFilter:
    """Conditions of a MonthlyAsk."""

    province: list[str] | None = strawberry.field(default=None, description="Of any of these provinces.")
    unit: list[str] | None = strawberry.field(default=None, description="Of any of these units.")
    month_from: str | None = strawberry.field(
        default=None,
        description="From this Beijing month on, as 2026-11, 12 at most; null for `monthTo` alone, or without either for "
        "the last month of which a value of its own holds.",
    )
    month_to: str | None = strawberry.field(
        default=None, description="Up to this month, included; null for `monthFrom` alone."
    )
    beyond_tolerance: bool | None = strawberry.field(
        default=None,
        description="Only those that lie too far apart, or only those that do not; of complete months alone.",
    )
    independent: bool | None = strawberry.field(
        default=None, description="Only months that came another way than their days, or only others."
    )

    def span(self) -> MonthSpan | None:
        """The months, where any are named. Raises InvalidInput, and TooLarge for too many."""
        named = [Month.parse(month) for month in (self.month_from, self.month_to) if month is not None]
        return MonthSpan(named[0], named[-1]) if named else None


@dataclass(frozen=True)
class _Counted:
    """How many rows of the whole list lie in each province, as its coverage asks."""

    figures: FigureSource
    asked: MonthlyAsk

    def counts(self, _ask: Ask, _by: str, _latest: str | None = None) -> pa.Table:
        """Rows by province."""
        return self.figures.monthly_by_province(self.asked)


async def _page(
    info: Info, where: MonthlyDifferenceFilter, page_of: Paging, said: AsOf
) -> Connection[MonthlyDifference]:
    reach, figures = info.context.principal.reach, info.context.sources.figures
    asked = MonthlyAsk(
        where.span(),
        reach,
        bounded(where.province, region_code, "province"),
        bounded(where.unit, credit_code, "unit"),
        where.beyond_tolerance,
        where.independent,
        said,
        MonthlyOrder(page_of.column or MonthlyOrder.UNIT),
        page_of.descending,
        **page_of.bounds,
    )
    found = await ask(info, figures.monthly, asked)
    spend(info, found.table.num_rows, "rows of figures", "first", asked)
    narrowed = conditions(among("province", where.province, region_code))
    return connection(found, MonthlyDifference, Listed(_Counted(figures, asked), Ask(NAME, reach, narrowed)))


@strawberry.type(description="Root fields of monthly differences.")
class MonthlyDifferenceQuery:
    """Monthly differences by list."""

    @strawberry.field(
        description="Months of data points that have a value of their own, beside the sums of their days "
        "(月值与日值核对).",
        metadata={COST: FIGURE_COST},
    )
    async def monthly_differences(
        self,
        info: Info,
        where: Annotated[MonthlyDifferenceFilter | None, Filter] = None,
        said: AsOfArgument = None,
        order_by: Annotated[
            MonthlyDifferenceOrder, strawberry.argument(description="What the list goes by.")
        ] = MonthlyDifferenceOrder.DEVIATION,
        descending: Descending = True,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MonthlyDifference]:
        page_of = paging(first, after, last, before, order_by, descending)
        return await _page(info, where or MonthlyDifferenceFilter(), page_of, await as_of(info, said))


QUERY = MonthlyDifferenceQuery
