"""The energy balance (能源消费量): what plants used, in native units and in coal equivalent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import strawberry

from graph.execution.arguments import (
    Descending,
    PeriodArgument,
    as_given,
    bounded,
    credit_code,
    region_code,
)
from graph.execution.context import Info, ask
from graph.execution.levels import Picked, Rows
from graph.execution.past import AsOfArgument, as_of
from graph.execution.prices import COST, ROWS
from graph.execution.provinces import PROVINCES_USUAL
from graph.execution.scalars import Count
from graph.execution.selection import selects
from graph.model.comparison import Comparison
from graph.model.energy import VARIETIES
from graph.model.ratio import change, share
from graph.ports import BalanceAsk, BalanceOrder
from graph.types._coverage import ProvinceCoverage, coverage_of
from graph.types._enums import Basis, EnergyKind, Tier
from graph.types.completeness import (
    FIGURE_COST,
    FIGURE_ROWS,
    NOT_GROUPED,
    GroupBy,
    Provinces,
    Units,
    bounded_figure,
)

RATIO = pa.decimal256(76, 6)  # a sum of 38 digits by the least there is, at the six places of a ratio


@strawberry.type(description="The same group's figure of an earlier period, and how the present one differs.")
class EarlierEnergy:
    """Columns of a comparison of graph.ports.FigureSource.balance."""

    measure: str | None = strawberry.field(
        description="Native unit of the quantity (计量单位); null where several varieties are summed."
    )
    quantity: Decimal | None = strawberry.field(
        description="Energy used then in the native unit (实物量); null where several varieties are summed."
    )
    tce: Decimal | None = strawberry.field(
        description="Energy used then in tonnes of coal equivalent (吨标准煤), by coefficients valid then; or null."
    )
    readings: Count = strawberry.field(description="Readings behind that figure.")
    change: Decimal | None = strawberry.field(
        description="Now / then - 1 of tce (增减率), to six places; null where one is null or then not above zero."
    )


@strawberry.type(description="Energy used by one group; dimensions not asked for are null.")
class EnergyBalanceRow:
    """A row of graph.ports.FigureSource.balance."""

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
    variety_name: str | None = strawberry.field(default=None, description="The variety's name in Chinese.")
    day: dt.date | None = strawberry.field(
        default=None, description="Beijing day; null also for a month said as a whole."
    )
    month: str | None = strawberry.field(default=None, description="Beijing month, as 2026-11.")
    quarter: str | None = strawberry.field(default=None, description="Quarter (季度), as 2026Q4.")
    year: str | None = strawberry.field(default=None, description="Year (年), as 2026.")
    measure: str | None = strawberry.field(
        description="Native unit of the quantity (计量单位): t, m3, kWh or GJ; null where several varieties are summed."
    )
    quantity: Decimal | None = strawberry.field(
        description="Energy used in the native unit (实物量); null where several varieties are summed."
    )
    tce: Decimal | None = strawberry.field(
        description="Energy used in tonnes of coal equivalent (吨标准煤); null where no coefficient is valid."
    )
    edition: str | None = strawberry.field(description="Editions of the coefficients used (折标系数依据).")
    readings: Count = strawberry.field(description="Readings behind the figure.")
    without_coefficient: Count = strawberry.field(
        description="Readings among them without a valid coefficient; they are not in tce."
    )
    share: Decimal | None = strawberry.field(
        default=None,
        description="tce / totalTce of the answer (占比), rounded to six places; null where tce is null or the total is 0.",
    )
    before: EarlierEnergy | None = strawberry.field(
        default=None,
        description="The group's own day, month, quarter or year before; else the period before of the same length (环比).",
    )
    year_before: EarlierEnergy | None = strawberry.field(
        default=None, description="The same group one year before (同比)."
    )


@strawberry.enum(
    description="What the groups of an energy balance can be ordered by; those without it come last."
)
class EnergyBalanceOrder(Enum):
    """Values are orders of a BalanceAsk."""

    GROUPS = strawberry.enum_value(BalanceOrder.GROUPS, description="By the dimensions they are grouped by.")
    TCE = strawberry.enum_value(BalanceOrder.TCE, description="By tonnes of coal equivalent (吨标准煤).")
    QUANTITY = strawberry.enum_value(
        BalanceOrder.QUANTITY, description="By quantity in the native unit (实物量)."
    )


@strawberry.type(
    description="Energy used by plants as a whole in a period (能源消费量); totals and coverage are of all groups, "
    "however few rows were asked for."
)
class EnergyBalance:
    """Rows and their total."""

    asked: strawberry.Private[BalanceAsk]
    basis: Basis = strawberry.field(description="Which coal equivalent (当量、等价).")
    rows: Sequence[EnergyBalanceRow] = strawberry.field(
        description="One row for each group, or for the first of them.", metadata={ROWS: FIGURE_ROWS}
    )
    total_count: Count = strawberry.field(description="Groups in all, of which the rows are the first.")
    total_tce: Decimal = strawberry.field(
        description="Sum of all groups in tonnes of coal equivalent (吨标准煤)."
    )
    readings: Count = strawberry.field(description="Readings behind all groups.")
    without_coefficient: Count = strawberry.field(
        description="Readings among them without a valid coefficient; they are not in totalTce."
    )

    @strawberry.field(
        description="What the answer rests on, province by province (覆盖情况).",
        metadata={COST: FIGURE_COST, ROWS: PROVINCES_USUAL},
    )
    async def coverage(self, info: Info) -> list[ProvinceCoverage]:
        return await coverage_of(info, self.asked.period, self.asked.provinces, self.asked.as_of)


def _with_names(table: pa.Table) -> pa.Table:
    """The variety's name where varieties were asked for; a missing count of readings without coefficient is none."""
    if "variety" in table.column_names:
        known = [VARIETIES.get(code) for code in table.column("variety").to_pylist()]
        names = pa.array([variety.name if variety else None for variety in known], pa.string())
        table = table.append_column("variety_name", names)
    place = table.schema.get_field_index("without_coefficient")
    return table.set_column(place, "without_coefficient", table.column(place).fill_null(0))


def _rows(table: pa.Table, comparisons: tuple[Comparison, ...]) -> Rows[EnergyBalanceRow]:
    """One a group, each with what it is compared with."""
    beside = {comparison.value: _earlier(table, comparison) for comparison in comparisons}
    return Rows(table, EnergyBalanceRow, beside)


def _earlier(table: pa.Table, comparison: Comparison) -> Picked[EarlierEnergy]:
    """What each row is compared with; none where nothing was read then."""
    names = ("measure", "quantity", "tce", "readings")
    then = table.select([f"{comparison.value}_{name}" for name in names]).rename_columns(names)
    figures = zip(table["tce"].to_pylist(), then["tce"].to_pylist(), strict=True)
    changes = pa.array([change(now, before) for now, before in figures], RATIO)
    read = then["readings"].is_valid()
    places = pc.subtract(pc.cumulative_sum(read.cast(pa.int64())), 1)  # among those that were
    found = Rows(then.append_column("change", changes).filter(read), EarlierEnergy)
    return Picked(found, pc.if_else(read, places, None).combine_chunks())


@dataclass(frozen=True)
class _Whole:
    """What all groups of an answer come to, whether its rows are all of them or the first."""

    groups: int
    tce: Decimal
    readings: int
    without_coefficient: int

    @classmethod
    def of(cls, table: pa.Table, *, ranked: bool) -> _Whole:
        """Said in every row of a ranked answer, else summed; nothing where there is no row."""
        names = ("tce", "readings", "without_coefficient")
        if ranked:
            first = table.slice(0, 1)
            groups, *sums = (pc.max(first[f"whole_{name}"]).as_py() for name in ("groups", *names))
        else:
            groups, sums = table.num_rows, [pc.sum(table[name]).as_py() for name in names]
        tce, readings, without_coefficient = (found or 0 for found in sums)
        return cls(groups or 0, Decimal(tce), int(readings), int(without_coefficient))


_COMPARED = {Comparison.BEFORE: "before", Comparison.YEAR_BEFORE: "yearBefore"}  # where each is selected


@strawberry.type(description="Root fields of the energy balance.")
class EnergyBalanceQuery:
    """The balance by period."""

    @strawberry.field(
        description="Energy used by plants as a whole in a period (能源消费量), sums exact.",
        metadata={COST: FIGURE_COST},
    )
    async def energy_balance(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: GroupBy = NOT_GROUPED,
        basis: Annotated[
            Basis, strawberry.argument(description="Which coal equivalent (当量、等价).")
        ] = Basis.CALORIFIC,
        provinces: Provinces = None,
        kinds: Annotated[
            list[EnergyKind] | None, strawberry.argument(description="Only these energy kinds; null for all.")
        ] = None,
        tiers: Annotated[
            list[Tier] | None, strawberry.argument(description="Only units of these tiers; null for all.")
        ] = None,
        units: Units = None,
        said: AsOfArgument = None,
        order_by: Annotated[
            EnergyBalanceOrder, strawberry.argument(description="What the rows go by; ties go by the groups.")
        ] = EnergyBalanceOrder.GROUPS,
        descending: Descending = False,
        first: Annotated[
            int | None,
            strawberry.argument(
                description="Rows at most, 1 to 10 000; null for all. Totals are of all the same."
            ),
        ] = None,
    ) -> EnergyBalance:
        question = BalanceAsk(
            period.period(),
            tuple(dict.fromkeys(group_by)),
            info.context.principal.reach,
            basis,
            bounded(provinces, region_code, "provinces"),
            bounded(kinds, as_given, "kinds"),
            bounded(tiers, as_given, "tiers"),
            bounded(units, credit_code, "units"),
            await as_of(info, said),
            tuple(c for c, field in _COMPARED.items() if selects(info, "rows", field)),
            BalanceOrder(str(order_by.value)),
            descending,
            first,
        )
        return await _balance(info, question)


async def _balance(info: Info, question: BalanceAsk) -> EnergyBalance:
    """The answer of the store, with the names of varieties, and with shares where they are selected."""
    answer = await ask(info, info.context.sources.figures.balance, question)
    bounded_figure(info, answer, question)
    table = _with_names(answer)
    whole = _Whole.of(table, ranked=question.ranked)
    if selects(info, "rows", "share"):
        shares = [share(tce, whole.tce) for tce in table["tce"].to_pylist()]
        table = table.append_column("share", pa.array(shares, RATIO))
    return EnergyBalance(
        asked=question,
        basis=question.basis,
        rows=_rows(table, question.compared),
        total_count=Count(whole.groups),
        total_tce=whole.tce,
        readings=Count(whole.readings),
        without_coefficient=Count(whole.without_coefficient),
    )


QUERY = EnergyBalanceQuery
