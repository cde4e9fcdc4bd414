"""Units (重点用能单位): who is on a province's roster, and as what."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import Tier
from graph.types.unit import NOUN, Unit


@strawberry.input(
    description="A key energy-using unit as it is to stand; what is not given keeps what stands."
)
class UnitInput:
    """Cells of the noun unit."""

    credit_code: str = strawberry.field(
        description="Its credit code (统一社会信用代码), 18 characters: which unit."
    )
    name: str | None = given("Registered name (单位名称); needed for a new unit.")
    region: str | None = given("Division the plant stands in (行政区划), six digits; needed for a new unit.")
    industry: str | None = given(
        "Industry code (行业代码, GB/T 4754-2017), such as C3110; needed for a new unit."
    )
    tier: Tier | None = given("Which government supervises it (百千万); needed for a new unit.")
    roster_batch: int | None = given(
        "Batch in which its province listed it (纳入批次); 1 for a new unit that does not say."
    )
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of units.")
class UnitMutation:
    """Decides units."""

    @saving(
        "units",
        "Save units (重点用能单位名录), by credit code. A unit's province decides them, and neither "
        "the unit nor its city or county.",
    )
    async def save_units(self, info: Info, units: Annotated[list[UnitInput], Rows]) -> list[Saved[Unit]]:
        return await saved(info, NOUN, "units", units)


MUTATION = UnitMutation
