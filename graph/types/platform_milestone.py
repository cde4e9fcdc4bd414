"""Milestones of provincial platforms (省级平台里程碑): stages of construction, planned and actual."""

from __future__ import annotations

import datetime as dt
from enum import Enum

import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    reached,
    region_code,
    word_of,
    words,
)
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._enums import PlatformStage


@strawberry.type(
    description="A stage of a platform's construction with its planned and actual day (省级平台里程碑)."
)
class PlatformMilestone:
    """A row of the noun platform_milestone."""

    province: str = strawberry.field(description="The platform's province, six digits.")
    stage: PlatformStage = strawberry.field(description="The stage (建设阶段).")
    planned: dt.date = strawberry.field(description="Day it is planned for (计划日期).")
    actual: dt.date | None = strawberry.field(
        description="Day it was reached (实际日期); null while it was not."
    )


NOUN = Noun(
    "platform_milestone", PlatformMilestone, {"province": region_code, "stage": words}, order="planned"
)


@strawberry.enum(description="What platform milestones can be ordered by.")
class PlatformMilestoneOrder(Enum):
    """Values are columns."""

    PROVINCE = strawberry.enum_value("province", description="By province.")
    PLANNED = strawberry.enum_value("planned", description="By planned day.")
    ACTUAL = strawberry.enum_value("actual", description="By actual day.")


@strawberry.input(description="Which platform milestones.")
class PlatformMilestoneFilter:
    """Conditions on the noun platform_milestone."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    stage: list[PlatformStage] | None = strawberry.field(description="Of any of these stages.")
    planned_before: dt.date | None = strawberry.field(description="Planned before this day.")
    actual_before: dt.date | None = strawberry.field(description="Reached before this day.")
    reached: bool | None = strawberry.field(description="Reached already, or not yet.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("stage", self.stage, word_of),
            before("planned", self.planned_before),
            before("actual", self.actual_before),
            reached("actual", self.reached),
        )


@strawberry.type(description="Root fields of platform milestones.")
class PlatformMilestoneQuery:
    """Platform milestones by list and by key."""

    platform_milestones: Connection[PlatformMilestone] = listing(
        NOUN,
        PlatformMilestoneFilter,
        PlatformMilestoneOrder.PROVINCE,
        "Milestones of provincial platforms (省级平台里程碑).",
    )

    platform_milestone: PlatformMilestone | None = by_key(
        NOUN,
        "The milestone of a province's platform (省级平台里程碑)",
        province="The platform's province, six digits.",
        stage="The stage (建设阶段).",
    )


QUERY = PlatformMilestoneQuery
