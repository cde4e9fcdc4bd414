"""Milestones of access ends (接入端里程碑): when a unit is to be connected, and when it was."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import AccessEndStage
from graph.types.access_end_milestone import NOUN, AccessEndMilestone


@strawberry.input(
    description="A stage of a unit's access end as it is to stand; what is not given keeps what stands."
)
class AccessEndMilestoneInput:
    """Cells of the noun access_end_milestone."""

    unit: str = strawberry.field(description="Credit code of the unit: with the stage, which milestone.")
    stage: AccessEndStage = strawberry.field(description="The stage (阶段).")
    planned: dt.date | None = given("Day it is planned for (计划日期); needed for a new one.")
    actual: dt.date | None = given("Day it was reached (实际日期); null while it was not.")
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of access ends' milestones.")
class AccessEndMilestoneMutation:
    """Decides access ends' milestones."""

    @saving("accessEndMilestones", "Save milestones of units' access ends (接入端里程碑), by unit and stage.")
    async def save_access_end_milestones(
        self, info: Info, access_end_milestones: Annotated[list[AccessEndMilestoneInput], Rows]
    ) -> list[Saved[AccessEndMilestone]]:
        return await saved(info, NOUN, "accessEndMilestones", access_end_milestones)


MUTATION = AccessEndMilestoneMutation
