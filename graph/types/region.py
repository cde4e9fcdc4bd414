"""Divisions (行政区划): provinces, cities and counties, and what happens in them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    After,
    Before,
    Filter,
    First,
    Last,
    Paging,
    PeriodArgument,
    among,
    conditions,
    contains,
    equal,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.past import AsOfArgument, AsOfEntered, as_of
from graph.model.period import Quarter
from graph.ports import CompletenessAsk, Condition
from graph.types._enums import Dimension, RegionLevel
from graph.types._live import COVERAGE_FIELD, LIVE_FIELD, LiveCoverage
from graph.types._related import many, one
from graph.types.agency import Agency
from graph.types.completeness import CompletenessRow, completeness_rows
from graph.types.construction_progress import ProvinceProgress, QuarterArgument, progress_of
from graph.types.link import Link
from graph.types.platform import Platform
from graph.types.quarterly_report import QuarterlyReport
from graph.types.unit import NOUN as UNIT
from graph.types.unit import Unit, UnitFilter, within

if TYPE_CHECKING:
    from graph.types._live_root import Live


async def _units(
    regions: Sequence[Region],
    info: Info,
    where: Annotated[UnitFilter | None, Filter] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Connection[Unit]]:
    asked = where.conditions() if where else ()
    wheres = [conditions(within(region.code), *asked) for region in regions]
    return await UNIT.connections(info, wheres, Paging(first, after, last, before))


async def _progress(
    regions: Sequence[Region], info: Info, quarter: QuarterArgument, entered: AsOfEntered = None
) -> list[ProvinceProgress | None]:
    provinces, said = _provinces(regions), await as_of(info, entered)
    rows = await progress_of(info, Quarter.parse(quarter), provinces, said) if provinces else []
    found = {row.province: row for row in rows}
    return [found.get(region.code) for region in regions]


async def _completeness(
    regions: Sequence[Region], info: Info, period: PeriodArgument, said: AsOfArgument = None
) -> list[CompletenessRow | None]:
    provinces = _provinces(regions)
    reach = info.context.principal.reach
    question = CompletenessAsk(
        period.period(), (Dimension.PROVINCE,), reach, provinces=provinces, as_of=await as_of(info, said)
    )
    rows = await completeness_rows(info, question) if provinces else []
    found = {row.province: row for row in rows}
    return [found.get(region.code) for region in regions]


def _provinces(regions: Sequence[Region]) -> tuple[str, ...]:
    return tuple(sorted({region.code for region in regions if region.level is RegionLevel.PROVINCE}))


@strawberry.federation.type(keys=["code"], description="A division: province, city or county (行政区划).")
class Region:
    """A row of the noun region."""

    code: str = strawberry.field(description="Division code (GB/T 2260), six digits; 90 to 99 are invented.")
    name: str = strawberry.field(description="Its name (名称).")
    short_name: str = strawberry.field(description="Its short name (简称).")
    english: str = strawberry.field(description="Its name in English.")
    level: RegionLevel = strawberry.field(description="How fine it is (区划级别).")
    parent: str | None = strawberry.field(description="The division above, six digits; null for a province.")
    province: str = strawberry.field(
        description="The province it lies in, six digits; a province's own code."
    )
    tile_column: int | None = strawberry.field(description="Column on the tile map, from 0; provinces only.")
    tile_row: int | None = strawberry.field(description="Row on the tile map, from 0; provinces only.")
    simulated: bool = strawberry.field(description="Whether it is invented and exists for simulation only.")
    abolished: int | None = strawberry.field(description="Year it ceased; null while it exists.")
    divisions: list[Region] = batched(many("region", "parent", "code"), "The divisions right below, by code.")
    agencies: list[Agency] = batched(
        many("agency", "province", "code"), "A province's agencies (部门、单位)."
    )
    platform: Platform | None = batched(
        one("platform", "code"), "A province's platform; null without a plan."
    )
    units: Connection[Unit] = batched(_units, "Units whose plant stands in it (用能单位).")
    progress: ProvinceProgress | None = batched(
        _progress, "A province's construction progress (建设进展); null out of reach and below provinces."
    )
    completeness: CompletenessRow | None = batched(
        _completeness,
        "A province's completeness in a period (完整率); null when nothing was due, and below provinces.",
    )
    quarterly_reports: list[QuarterlyReport] = batched(
        many("quarterly_report", "province", "code"), "Reports a province began (季度报告), by quarter."
    )
    links: list[Link] = batched(
        many("link", "province", "code"), "Links that bring a province's readings (链路)."
    )
    live: Annotated[Live, strawberry.lazy("graph.types._live_root")] | None = LIVE_FIELD
    live_coverage: LiveCoverage | None = COVERAGE_FIELD


NOUN = Noun("region", Region, {"code": region_code}, order="code")


@strawberry.enum(description="What divisions can be ordered by.")
class RegionOrder(Enum):
    """Values are columns."""

    CODE = strawberry.enum_value("code", description="By code.")
    NAME = strawberry.enum_value("name", description="By name.")
    ENGLISH = strawberry.enum_value("english", description="By English name.")


@strawberry.input(description="Which divisions.")
class RegionFilter:
    """Conditions on the noun region."""

    code: list[str] | None = strawberry.field(description="Any of these codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    parent: list[str] | None = strawberry.field(description="Right below any of these.")
    level: list[RegionLevel] | None = strawberry.field(description="Of any of these levels.")
    simulated: bool | None = strawberry.field(description="Invented, or not.")
    name_contains: str | None = strawberry.field(description="With this text in the name.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("code", self.code, region_code),
            among("province", self.province, region_code),
            among("parent", self.parent, region_code),
            among("level", self.level, word_of),
            equal("simulated", self.simulated),
            contains("name", self.name_contains),
        )


_PROVINCE = Condition("level", RegionLevel.PROVINCE.value)


@strawberry.type(description="Root fields of divisions.")
class RegionQuery:
    """Divisions by list and by key."""

    provinces: Connection[Region] = listing(
        NOUN,
        RegionFilter,
        RegionOrder.CODE,
        "Provinces, regions, municipalities and the Corps (省级行政区).",
        always=(_PROVINCE,),
    )

    regions: Connection[Region] = listing(
        NOUN, RegionFilter, RegionOrder.CODE, "Divisions of every level (行政区划)."
    )

    @strawberry.field(description="The province of a code; null when there is none, or the code is a city's.")
    async def province(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Its code, six digits.")]
    ) -> Region | None:
        found = await NOUN.named(info, {"code": code})
        return found if found and found.level is RegionLevel.PROVINCE else None

    region: Region | None = by_key(NOUN, "The division of a code (行政区划)", code="Its code, six digits.")


QUERY = RegionQuery
