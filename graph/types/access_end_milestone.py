"""Milestones of access ends (接入端里程碑): when a unit is to be connected, and when it was."""

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
    reached,
    region_code,
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._enums import AccessEndStage, Tier
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.unit import Unit


@strawberry.type(description="A stage of a unit's access end with its planned and actual day (接入端里程碑).")
class AccessEndMilestone:
    """A row of the noun access_end_milestone."""

    unit: str = strawberry.field(description="Credit code of the unit.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    tier: Tier = strawberry.field(description="Tier of the unit (百千万).")
    stage: AccessEndStage = strawberry.field(description="The stage (阶段).")
    planned: dt.date = strawberry.field(description="Day it is planned for (计划日期).")
    actual: dt.date | None = strawberry.field(
        description="Day it was reached (实际日期); null while it was not."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )


NOUN = Noun(
    "access_end_milestone", AccessEndMilestone, {"unit": credit_code, "stage": words}, order="planned"
)


@strawberry.enum(description="What access-end milestones can be ordered by.")
class AccessEndMilestoneOrder(Enum):
    """Values are columns."""

    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    PLANNED = strawberry.enum_value("planned", description="By planned day.")
    ACTUAL = strawberry.enum_value("actual", description="By actual day.")


@strawberry.input(description="Which access-end milestones.")
class AccessEndMilestoneFilter:
    """Conditions on the noun access_end_milestone."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    tier: list[Tier] | None = strawberry.field(description="Of units of any of these tiers.")
    stage: list[AccessEndStage] | None = strawberry.field(description="Of any of these stages.")
    planned_before: dt.date | None = strawberry.field(description="Planned before this day.")
    actual_before: dt.date | None = strawberry.field(description="Reached before this day.")
    reached: bool | None = strawberry.field(
        description="Reached already, or not yet; with plannedBefore: what is overdue (逾期)."
    )

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("tier", self.tier, word_of),
            among("stage", self.stage, word_of),
            before("planned", self.planned_before),
            before("actual", self.actual_before),
            reached("actual", self.reached),
        )


@strawberry.type(description="Root fields of access-end milestones.")
class AccessEndMilestoneQuery:
    """Access-end milestones by list and by key."""

    access_end_milestones: Connection[AccessEndMilestone] = listing(
        NOUN,
        AccessEndMilestoneFilter,
        AccessEndMilestoneOrder.UNIT,
        "Milestones of units' access ends (接入端里程碑).",
    )

    access_end_milestone: AccessEndMilestone | None = by_key(
        NOUN,
        "The milestone of a unit's access end (接入端里程碑)",
        unit="Credit code of the unit.",
        stage="The stage (阶段).",
    )


QUERY = AccessEndMilestoneQuery
