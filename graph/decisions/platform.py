"""Platform plans (省级平台建设方案): how a province's readings are to reach the nation."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import PlatformMode
from graph.types.platform import NOUN, Platform


@strawberry.input(
    description="A province's platform plan as it is to stand; what is not given keeps what stands."
)
class PlatformInput:
    """Cells of the noun platform."""

    province: str = strawberry.field(description="Its province, six digits: which platform.")
    name: str | None = given("Its name (平台名称); needed for a new one.")
    mode: PlatformMode | None = given("How readings reach the nation (接入方式); needed for a new one.")
    operation_assured: bool | None = given(
        "Whether upkeep is funded and staffed (运维保障机制); false where a new one does not say."
    )
    filed_on: dt.date | None = given("Day the plan was filed (报送日期); null for none.")
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of platform plans.")
class PlatformMutation:
    """Decides platform plans."""

    @saving("platforms", "Save platform plans (省级平台建设方案), by province.")
    async def save_platforms(
        self, info: Info, platforms: Annotated[list[PlatformInput], Rows]
    ) -> list[Saved[Platform]]:
        return await saved(info, NOUN, "platforms", platforms)


MUTATION = PlatformMutation
