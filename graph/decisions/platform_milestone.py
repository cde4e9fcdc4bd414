"""Milestones of platforms (省级平台里程碑): when a stage is planned for, and when it was reached."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import PlatformStage
from graph.types.platform_milestone import NOUN, PlatformMilestone


@strawberry.input(
    description="A stage of a platform's construction as it is to stand; what is not given keeps what stands."
)
class PlatformMilestoneInput:
    """Cells of the noun platform_milestone."""

    province: str = strawberry.field(
        description="The platform's province, six digits: with the stage, which milestone."
    )
    stage: PlatformStage = strawberry.field(description="The stage (建设阶段).")
    planned: dt.date | None = given("Day it is planned for (计划日期); needed for a new one.")
    actual: dt.date | None = given("Day it was reached (实际日期); null while it was not.")
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of platforms' milestones.")
class PlatformMilestoneMutation:
    """Decides platforms' milestones."""

    @saving(
        "platformMilestones",
        "Save milestones of provincial platforms (省级平台里程碑), by province and stage.",
    )
    async def save_platform_milestones(
        self, info: Info, platform_milestones: Annotated[list[PlatformMilestoneInput], Rows]
    ) -> list[Saved[PlatformMilestone]]:
        return await saved(info, NOUN, "platformMilestones", platform_milestones)


MUTATION = PlatformMilestoneMutation
