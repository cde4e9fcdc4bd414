"""Waivers (暂缓接入): energies a unit may add later, as its province's department grants."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import EnergyKind
from graph.types.waiver import NOUN, Waiver


@strawberry.input(description="A waiver as it is to stand; what is not given keeps what stands.")
class WaiverInput:
    """Cells of the noun waiver."""

    unit: str = strawberry.field(description="Credit code of the unit: with the energy, which waiver.")
    energy: EnergyKind = strawberry.field(description="The energy that may wait (能源种类).")
    grantor: str | None = given("Department that grants it (批准部门); needed for a new one.")
    granted_on: dt.date | None = given("Day it was granted (批准日期); needed for a new one.")
    until: dt.date | None = given("First day it no longer holds; null for none.")
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of waivers.")
class WaiverMutation:
    """Decides waivers."""

    @saving(
        "waivers",
        "Save waivers (暂缓接入), by unit and energy. A unit's province grants them, and none of electricity.",
    )
    async def save_waivers(
        self, info: Info, waivers: Annotated[list[WaiverInput], Rows]
    ) -> list[Saved[Waiver]]:
        return await saved(info, NOUN, "waivers", waivers)


MUTATION = WaiverMutation
