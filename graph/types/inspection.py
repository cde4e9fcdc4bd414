"""Inspections (监督检查): what departments found at units."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
    region_code,
    since,
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._related import many, one
from graph.types._supervision_enums import InspectionOutcome
from graph.types.agency import Agency
from graph.types.rectification_order import RectificationOrder

if TYPE_CHECKING:
    from graph.types.unit import Unit


@strawberry.type(description="An inspection of a unit by a department (监督检查).")
class Inspection:
    """A row of the noun inspection."""

    key: str = strawberry.field(description="Its key (检查编号).")
    unit: str = strawberry.field(description="Credit code of the unit inspected.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    agency: str = strawberry.field(description="Key of the agency that inspected (检查机构).")
    held_on: dt.date = strawberry.field(description="Day it was held (检查日期).")
    basis: str = strawberry.field(description="Clause it stands on (检查依据).")
    findings: str = strawberry.field(description="What was found, in words (检查情况).")
    outcome: InspectionOutcome = strawberry.field(description="What came of it (检查结果).")
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )
    agency_detail: Agency | None = batched(
        one("agency", "agency"), "The agency; null where it is out of the asker's reach."
    )
    orders: list[RectificationOrder] = batched(
        many("rectification_order", "inspection", "key"), "Rectification orders that followed (责令限期整改)."
    )


NOUN = Noun("inspection", Inspection, {"key": words}, order="held_on")


@strawberry.enum(description="What inspections can be ordered by.")
class InspectionOrder(Enum):
    """Values are columns."""

    HELD_ON = strawberry.enum_value("held_on", description="By the day they were held.")
    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    AGENCY = strawberry.enum_value("agency", description="By the agency's key.")
    KEY = strawberry.enum_value("key", description="By key.")


@strawberry.input(description="Which inspections.")
class InspectionFilter:
    """Conditions on the noun inspection."""

    unit: list[str] | None = strawberry.field(description="Of any of these units, by credit code.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    agency: list[str] | None = strawberry.field(description="By any of these agencies, by key.")
    outcome: list[InspectionOutcome] | None = strawberry.field(description="With any of these outcomes.")
    held_from: dt.date | None = strawberry.field(description="Held on this day or later.")
    held_before: dt.date | None = strawberry.field(description="Held before this day.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("agency", self.agency),
            among("outcome", self.outcome, word_of),
            since("held_on", self.held_from),
            before("held_on", self.held_before),
        )


@strawberry.type(description="Root fields of inspections.")
class InspectionQuery:
    """Inspections by list and by key."""

    inspections: Connection[Inspection] = listing(
        NOUN, InspectionFilter, InspectionOrder.HELD_ON, "Inspections of units (监督检查)."
    )

    inspection: Inspection | None = by_key(NOUN, "The inspection of a key (监督检查)", key="Its key.")


QUERY = InspectionQuery
