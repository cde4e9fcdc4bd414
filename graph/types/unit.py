"""Units (重点用能单位): who uses the energy."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    as_given,
    conditions,
    contains,
    credit_code,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.model.region import RegionCode, RegionLevel
from graph.model.unit import SECTIONS
from graph.ports import Condition
from graph.types._enums import Tier
from graph.types._related import many, one
from graph.types.access_end import AccessEnd
from graph.types.access_end_milestone import AccessEndMilestone
from graph.types.credit_entry import CreditEntry
from graph.types.data_point import DataPoint
from graph.types.duty import Duty
from graph.types.inspection import Inspection
from graph.types.instrument import Instrument
from graph.types.rectification_order import RectificationOrder
from graph.types.waiver import Waiver

if TYPE_CHECKING:
    from graph.types.region import Region


@strawberry.federation.type(keys=["creditCode"], description="A key energy-using unit (重点用能单位).")
class Unit:
    """A row of the noun unit."""

    credit_code: str = strawberry.field(
        description="Unified social credit code (统一社会信用代码), 18 characters."
    )
    name: str = strawberry.field(description="Registered name (单位名称).")
    region: str = strawberry.field(description="Division the plant stands in (行政区划), six digits.")
    province: str = strawberry.field(description="Province of that division, six digits.")
    city: str | None = strawberry.field(
        description="City of that division, six digits; null if it lies in none."
    )
    industry: str = strawberry.field(description="Industry code (行业代码, GB/T 4754-2017), such as C3110.")
    section: str = strawberry.field(description="Industry section (门类), one letter A to T.")
    section_name: str = strawberry.field(description="The section's name in Chinese (门类名称).")
    tier: Tier = strawberry.field(description="Which government supervises it (百千万).")
    roster_batch: int = strawberry.field(
        description="Batch in which its province listed it (纳入批次), from 1."
    )
    region_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "region"), "The division the plant stands in."
    )
    instruments: list[Instrument] = batched(
        many("instrument", "unit", "credit_code"), "Its measuring instruments (计量器具), by number."
    )
    data_points: list[DataPoint] = batched(
        many("data_point", "unit", "credit_code"), "Its data points (采集点), by code."
    )
    access_end: AccessEnd | None = batched(
        one("access_end", "credit_code"), "Its access end (接入端), as its milestones tell."
    )
    access_end_milestones: list[AccessEndMilestone] = batched(
        many("access_end_milestone", "unit", "credit_code"), "Milestones of its access end (接入端里程碑)."
    )
    waivers: list[Waiver] = batched(
        many("waiver", "unit", "credit_code"), "Energies it may add later (暂缓接入)."
    )

    inspections: list[Inspection] = batched(
        many("inspection", "unit", "credit_code"), "Inspections of it (监督检查), by day."
    )

    rectification_orders: list[RectificationOrder] = batched(
        many("rectification_order", "unit", "credit_code"), "Orders to it to mend something (责令限期整改)."
    )

    credit_entries: list[CreditEntry] = batched(
        many("credit_entry", "unit", "credit_code"),
        "Its entries for the national credit platform (失信记录).",
    )

    duties: list[Duty] = batched(
        many("duty", "unit", "credit_code"), "What it owes by a day (任务时限), by due day."
    )


def _with_section_name(table: pa.Table, _: Info) -> pa.Table:
    names = [SECTIONS[section][0] for section in table.column("section").to_pylist()]
    return table.append_column("section_name", pa.array(names, pa.string()))


NOUN = Noun("unit", Unit, {"credit_code": credit_code}, order="credit_code", shape=_with_section_name)


@strawberry.enum(description="What units can be ordered by.")
class UnitOrder(Enum):
    """Values are columns."""

    CREDIT_CODE = strawberry.enum_value("credit_code", description="By credit code.")
    NAME = strawberry.enum_value("name", description="By name.")
    REGION = strawberry.enum_value("region", description="By division.")
    INDUSTRY = strawberry.enum_value("industry", description="By industry code.")
    TIER = strawberry.enum_value("tier", description="By tier, as text.")
    ROSTER_BATCH = strawberry.enum_value("roster_batch", description="By roster batch.")


@strawberry.input(description="Which units.")
class UnitFilter:
    """Conditions on the noun unit."""

    credit_code: list[str] | None = strawberry.field(description="Any of these credit codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    region: str | None = strawberry.field(description="In this province, city or county.")
    industry: list[str] | None = strawberry.field(description="Of any of these industry codes.")
    section: list[str] | None = strawberry.field(description="Of any of these sections, A to T.")
    tier: list[Tier] | None = strawberry.field(description="Of any of these tiers.")
    roster_batch: list[int] | None = strawberry.field(description="Listed in any of these batches.")
    name_contains: str | None = strawberry.field(description="With this text in the name.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("credit_code", self.credit_code, credit_code),
            among("province", self.province, region_code),
            within(self.region),
            among("industry", self.industry),
            among("section", self.section),
            among("tier", self.tier, word_of),
            among("roster_batch", self.roster_batch, as_given),
            contains("name", self.name_contains),
        )


_COLUMN_OF_LEVEL = {
    RegionLevel.PROVINCE: "province",
    RegionLevel.CITY: "city",
    RegionLevel.COUNTY: "region",
}


def within(region: str | None) -> Condition | None:
    """In a division of any level."""
    if region is None:
        return None
    return Condition(_COLUMN_OF_LEVEL[RegionCode(region).level], region)


@strawberry.type(description="Root fields of units.")
class UnitQuery:
    """Units by list and by key."""

    units: Connection[Unit] = listing(
        NOUN, UnitFilter, UnitOrder.CREDIT_CODE, "Key energy-using units (重点用能单位)."
    )

    unit: Unit | None = by_key(
        NOUN,
        "The unit of a credit code (用能单位)",
        credit_code="Its credit code.",
    )


QUERY = UnitQuery
