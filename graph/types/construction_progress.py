"""Construction progress (建设进展): platforms and access ends of every province at the end of a quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Annotated, Any

import pyarrow as pa
import strawberry

from graph.execution.arguments import bounded, region_code
from graph.execution.context import Info, ask
from graph.execution.past import CHANGES_COST, AsOfEntered, as_of, entered_by
from graph.execution.prices import COST, PAST_COST, ROWS
from graph.execution.provinces import PROVINCES_USUAL, province_names
from graph.model.period import Quarter, beijing_day
from graph.model.progress import (
    AccessEndStage,
    ConnectionProgress,
    Milestone,
    PlatformProgress,
    connection_progress,
    platform_progress,
)
from graph.ports import NOW, Ask, AsOf, Compare, Condition
from graph.types._coverage import ProvinceCoverage, coverage_of
from graph.types._enums import PlatformMode, PlatformStage
from graph.types.completeness import FIGURE_COST

QuarterArgument = Annotated[str, strawberry.argument(description="The quarter (季度), as 2026Q4.")]


@strawberry.type(description="A province's construction progress at the end of a quarter (分省建设进展).")
class ProvinceProgress:
    """One province; a province that filed nothing has a row too."""

    province: str = strawberry.field(description="The province, six digits.")
    name: str = strawberry.field(description="Its name.")
    quarter: str = strawberry.field(description="The quarter, as 2026Q4.")
    mode: PlatformMode | None = strawberry.field(
        description="How its readings reach the nation; null when no plan was filed."
    )
    stage: PlatformStage | None = strawberry.field(
        description="Furthest stage its platform had reached by the quarter's last day; null when none."
    )
    next_stage: PlatformStage | None = strawberry.field(
        description="The next stage in its plan; null when none is left."
    )
    next_planned: dt.date | None = strawberry.field(description="Day the next stage is planned for.")
    overdue_stages: list[PlatformStage] = strawberry.field(
        description="Stages planned by the quarter's last day, past on the day they are seen from, and not reached by "
        "then (逾期阶段)."
    )
    units_due: int = strawberry.field(
        description="Units planned to be connected by the quarter's last day (应联通)."
    )
    connected: int = strawberry.field(description="Units connected by the quarter's last day (已联通).")
    overdue: int = strawberry.field(
        description="Units due, not connected by then, their day past when they are seen (逾期未联通)."
    )


@strawberry.type(
    description="Construction progress at the end of a quarter, province by province (建设进展)."
)
class ConstructionProgress:
    """Rows in the provinces' order of code, and their totals."""

    asked: strawberry.Private[tuple[Quarter, tuple[str, ...], AsOf]]
    quarter: str = strawberry.field(description="The quarter, as 2026Q4.")
    last_day: dt.date = strawberry.field(description="Its last day.")
    provinces: list[ProvinceProgress] = strawberry.field(
        description="One row for each province within reach."
    )
    units_due: int = strawberry.field(description="Units planned to be connected by the last day (应联通).")
    connected: int = strawberry.field(description="Units connected by the last day (已联通).")
    overdue: int = strawberry.field(
        description="Units due, not connected by then, their day past when they are seen (逾期未联通)."
    )
    platforms_overdue: int = strawberry.field(description="Provinces whose platform has an overdue stage.")

    @strawberry.field(
        description="What has come of the readings due in the quarter, province by province (覆盖情况).",
        metadata={COST: FIGURE_COST, ROWS: PROVINCES_USUAL},
    )
    async def coverage(self, info: Info) -> list[ProvinceCoverage]:
        quarter, provinces, said = self.asked
        return await coverage_of(info, quarter.period, provinces, said)


@dataclass(frozen=True)
class _Filed:
    """What provinces filed, by province: rows of three nouns."""

    modes: Mapping[str, str]
    stages: Mapping[str, list[Milestone]]
    connections: Mapping[str, list[tuple[dt.date, dt.date | None]]]


async def progress_of(
    info: Info, quarter: Quarter, asked: Sequence[str] = (), said: AsOf = NOW
) -> list[ProvinceProgress]:
    """One row for each province within reach, or for those asked for; one question a noun. Seen from the day of `said`."""
    names = await province_names(info, asked)
    entered = await entered_by(info, said)
    filed = await _filed(info, asked, entered)
    today = beijing_day(entered or info.context.sources.clock.now())
    return [_row(code, name, quarter, filed, today) for code, name in names.items()]


async def _filed(info: Info, asked: Sequence[str], entered: dt.datetime | None) -> _Filed:
    within = [Condition("province", tuple(asked), Compare.IN)] if asked else []
    connected = Condition("stage", AccessEndStage.CONNECTED.value)
    platforms = await _table(info, "platform", within, entered)
    stages = await _table(info, "platform_milestone", within, entered)
    ends = await _table(info, "access_end_milestone", [*within, connected], entered)
    modes = zip(*(platforms.column(name).to_pylist() for name in ("province", "mode")), strict=True)
    return _Filed(
        dict(modes),
        _grouped(stages, lambda stage, planned, actual: Milestone(PlatformStage(stage), planned, actual)),
        _grouped(ends, lambda _, planned, actual: (planned, actual)),
    )


def _grouped(table: pa.Table, make: Any) -> dict[str, list[Any]]:
    """What is made of each row's stage, planned and actual day, by province."""
    groups: dict[str, list[Any]] = {}
    names = ("province", "stage", "planned", "actual")
    for province, *rest in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        groups.setdefault(province, []).append(make(*rest))
    return groups


def _row(code: str, name: str, quarter: Quarter, filed: _Filed, today: dt.date) -> ProvinceProgress:
    last = quarter.last_day
    platform: PlatformProgress = platform_progress(filed.stages.get(code, []), last, today)
    units = connection_progress(filed.connections.get(code, []), last, today)
    mode = filed.modes.get(code)
    return ProvinceProgress(
        province=code,
        name=name,
        quarter=str(quarter),
        mode=None if mode is None else PlatformMode(mode),
        stage=platform.stage,
        next_stage=PlatformStage(platform.next.stage) if platform.next else None,
        next_planned=platform.next.planned if platform.next else None,
        overdue_stages=list(platform.overdue),
        units_due=units.due,
        connected=units.connected,
        overdue=units.overdue,
    )


async def _table(info: Info, noun: str, where: Sequence[Condition], entered: dt.datetime | None) -> pa.Table:
    """All rows of a noun within reach as columns; inside the hub, never of a size a query chose."""
    question = Ask(noun, info.context.principal.reach, tuple(where), as_of=entered)
    return (await ask(info, info.context.sources.registry.rows, question)).table


@strawberry.type(description="Root fields of construction progress.")
class ConstructionProgressQuery:
    """Progress by quarter."""

    @strawberry.field(
        description="Construction progress at the end of a quarter (建设进展), as entered now and seen from today, or as "
        "it was entered then and seen from that day.",
        metadata={PAST_COST: CHANGES_COST},
    )
    async def construction_progress(
        self,
        info: Info,
        quarter: QuarterArgument,
        provinces: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these provinces, six digits; null for all."),
        ] = None,
        entered: AsOfEntered = None,
    ) -> ConstructionProgress:
        asked, named = Quarter.parse(quarter), bounded(provinces, region_code, "provinces")
        said = await as_of(info, entered)
        rows = await progress_of(info, asked, named, said)
        units = reduce(add, (_units(row) for row in rows), ConnectionProgress())
        return ConstructionProgress(
            asked=(asked, named, said),
            quarter=str(asked),
            last_day=asked.last_day,
            provinces=rows,
            units_due=units.due,
            connected=units.connected,
            overdue=units.overdue,
            platforms_overdue=sum(bool(row.overdue_stages) for row in rows),
        )


def _units(row: ProvinceProgress) -> ConnectionProgress:
    return ConnectionProgress(row.units_due, row.connected, row.overdue)


QUERY = ConstructionProgressQuery
