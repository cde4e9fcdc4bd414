"""Completeness by hop (分段完整率): what became of each value that was due, and where one that is missing was lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import PeriodArgument, bounded, credit_code, data_code, region_code
from graph.execution.context import Info, ask
from graph.execution.levels import Rows
from graph.execution.past import AsOfArgument, as_of
from graph.execution.prices import COST, ROWS
from graph.execution.scalars import Count
from graph.model.coverage import rate
from graph.model.hop import SlotState
from graph.ports import HopAsk
from graph.types._hop_enums import HopDimension, MissingAt
from graph.types.completeness import FIGURE_COST, FIGURE_ROWS, NOT_GROUPED, Provinces, Units, bounded_figure

FACTS = 100  # assumed by the guard: what is known of a unit's day

GroupBy = Annotated[list[HopDimension], strawberry.argument(description="By what; none for one row in all.")]
DataCodes = Annotated[
    list[str] | None, strawberry.argument(description="Only points of these data codes; null for all.")
]


@strawberry.type(
    description="Values due of one group by what became of them; dimensions not asked for are null."
)
class HopRow:
    """A row of graph.ports.FigureSource.hops. The states together are due."""

    province: str | None = strawberry.field(default=None, description="Province, six digits.")
    unit: str | None = strawberry.field(default=None, description="Credit code of the unit.")
    data_code: str | None = strawberry.field(default=None, description="Data code of the point, 16 digits.")
    day: dt.date | None = strawberry.field(default=None, description="Beijing day.")
    due: Count = strawberry.field(
        description="Values due on finished days (应传), as completeness counts them."
    )
    received: Count = strawberry.field(
        description="Values received of those due (实传): on time, late, estimated."
    )
    rate: float | None = strawberry.field(
        description="received / due (完整率), 0 to 1; null when nothing was due."
    )
    on_time: Count = strawberry.field(
        description="Measured, and come within a day of their period's end (按时)."
    )
    late: Count = strawberry.field(description="Measured, and come later than that (迟到).")
    estimated: Count = strawberry.field(
        description="Shared out over a gap instead of measured, whenever they came (估算)."
    )
    estimated_on_time: Count = strawberry.field(description="Those of the estimated that came in time.")
    missing_at_meter: Count = strawberry.field(
        description="Missing: the unit's probe reported that the meter gave nothing then (缺在表计)."
    )
    missing_at_probe: Count = strawberry.field(
        description="Missing: the probe did not run then, or nothing came from the unit's own end (缺在采集端)."
    )
    missing_at_province: Count = strawberry.field(
        description="Missing: the province's platform was asked since and does not hold them either (缺在省级)."
    )
    missing_at_link: Count = strawberry.field(
        description="Missing: the province's platform holds them, or it was not asked with success since (缺在链路)."
    )
    missing_unexplained: Count = strawberry.field(
        description="Missing, and nothing that is known says where (原因不明)."
    )


@strawberry.type(description="Of the values due in a period, what became of each (分段完整率).")
class CompletenessByHop:
    """Rows and their total."""

    rows: Sequence[HopRow] = strawberry.field(
        description="One row for each group.", metadata={ROWS: FIGURE_ROWS}
    )
    total: HopRow = strawberry.field(description="All groups together.")


@strawberry.type(description="One thing that is known of a unit's missing values (缺失依据).")
class HopFact:
    """A row of graph.ports.FigureSource.evidence."""

    hop: MissingAt = strawberry.field(description="Which hop it speaks of.")
    data_code: str | None = strawberry.field(
        description="Data code of the point; null for all of the unit's."
    )
    what: str = strawberry.field(description="What was said.")
    begins: dt.datetime = strawberry.field(description="From when it speaks.")
    ends: dt.datetime = strawberry.field(description="Until when.")
    source: str = strawberry.field(
        description="Who said it: the client of a probe, a link's key, or this hub's ledger."
    )
    reported_at: dt.datetime | None = strawberry.field(
        description="When it was said; null for what was not said but not heard."
    )


@strawberry.type(description="What is known of a unit's missing values (缺失依据).")
class CompletenessEvidence:
    """Facts; a value that none of them speaks of is unexplained."""

    facts: list[HopFact] = strawberry.field(
        description="One thing that is known each, by its beginning; the first thousand.",
        metadata={ROWS: FACTS},
    )


@strawberry.type(description="Root fields of completeness by hop.")
class CompletenessByHopQuery:
    """Completeness by hop, and what it rests on."""

    @strawberry.field(
        description="Of the values due in a period, what became of each: on time, late, estimated, or missing at a hop "
        "(分段完整率). Adds up to what completeness says.",
        metadata={COST: FIGURE_COST},
    )
    async def completeness_by_hop(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: GroupBy = NOT_GROUPED,
        provinces: Provinces = None,
        units: Units = None,
        data_codes: DataCodes = None,
        said: AsOfArgument = None,
    ) -> CompletenessByHop:
        question = HopAsk(
            period.period(),
            tuple(dict.fromkeys(group_by)),
            info.context.principal.reach,
            bounded(provinces, region_code, "provinces"),
            bounded(units, credit_code, "units"),
            bounded(data_codes, data_code, "dataCodes"),
            await as_of(info, said),
        )
        table = await ask(info, info.context.sources.figures.hops, question)
        bounded_figure(info, table, question)
        rows = Rows(_with_rates(table), HopRow)
        return CompletenessByHop(rows=rows, total=_total(table))

    @strawberry.field(
        description="What is known of a unit's missing values in a period, by its beginning (缺失依据).",
        metadata={COST: FIGURE_COST},
    )
    async def completeness_evidence(
        self,
        info: Info,
        unit: Annotated[str, strawberry.argument(description="Credit code of the unit.")],
        period: PeriodArgument,
        data_codes: DataCodes = None,
    ) -> CompletenessEvidence:
        question = HopAsk(
            period.period(),
            reach=info.context.principal.reach,
            units=(credit_code(unit),),
            data_codes=bounded(data_codes, data_code, "dataCodes"),
        )
        table = await ask(info, info.context.sources.figures.evidence, question)
        facts = [HopFact(**{**row, "hop": MissingAt(row["hop"])}) for row in table.to_pylist()]
        return CompletenessEvidence(facts=facts)


def _with_rates(table: pa.Table) -> pa.Table:
    counts = zip(table.column("received").to_pylist(), table.column("due").to_pylist(), strict=True)
    return table.append_column(
        "rate", pa.array([rate(received, due) for received, due in counts], pa.float64())
    )


def _total(table: pa.Table) -> HopRow:
    names = ("due", "received", *SlotState, "estimated_on_time")
    summed = pa.table({str(name): [sum(table.column(name).to_pylist())] for name in names})
    return Rows(_with_rates(summed), HopRow).made[0]


QUERY = CompletenessByHopQuery
