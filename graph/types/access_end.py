"""Access ends (接入端): how far each unit's connection has come, what is next, and who is late."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
    reached,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.model.period import beijing_day
from graph.model.progress import days_overdue
from graph.ports import Condition
from graph.types._enums import AccessEndStage, Tier
from graph.types._related import many, one
from graph.types.access_end_milestone import AccessEndMilestone

if TYPE_CHECKING:
    from graph.types.unit import Unit


@strawberry.type(description="A unit's access end (接入端), as its milestones tell; every unit has one.")
class AccessEnd:
    """A row of the noun access_end."""

    unit: str = strawberry.field(description="Credit code of the unit.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    tier: Tier = strawberry.field(description="Tier of the unit (百千万).")
    stage: AccessEndStage | None = strawberry.field(
        description="Furthest stage reached (当前阶段); null while none was."
    )
    next_stage: AccessEndStage | None = strawberry.field(
        description="The next stage in its plan (下一阶段); null when none is left."
    )
    next_planned: dt.date | None = strawberry.field(
        description="Day the next stage is planned for (计划日期)."
    )
    connected_planned: dt.date | None = strawberry.field(
        description="Day its connection is planned for (计划联通日期); null when none was planned."
    )
    connected_on: dt.date | None = strawberry.field(
        description="Day it was connected (联通日期); null while it is not."
    )
    overdue_days: int | None = strawberry.field(
        description="Days its planned day of connection is past while it is not connected (逾期天数); 0 where it is "
        "connected or not due yet, null when no day was planned."
    )
    milestones: list[AccessEndMilestone] = batched(
        many("access_end_milestone", "unit", "unit"), "Its milestones (接入端里程碑), by planned day."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )


def _with_overdue_days(table: pa.Table, info: Info) -> pa.Table:
    today = beijing_day(info.context.sources.clock.now())
    days = (table.column(name).to_pylist() for name in ("connected_planned", "connected_on"))
    found = [days_overdue(planned, actual, today) for planned, actual in zip(*days, strict=True)]
    return table.append_column("overdue_days", pa.array(found, pa.int32()))


NOUN = Noun("access_end", AccessEnd, {"unit": credit_code}, order="unit", shape=_with_overdue_days)


@strawberry.enum(description="What access ends can be ordered by.")
class AccessEndOrder(Enum):
    """Values are columns."""

    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    NEXT_PLANNED = strawberry.enum_value(
        "next_planned", description="By the day the next stage is planned for."
    )
    CONNECTED_PLANNED = strawberry.enum_value(
        "connected_planned",
        description="By the planned day of connection.",
    )
    CONNECTED_ON = strawberry.enum_value("connected_on", description="By the day they were connected.")


@strawberry.input(description="Which access ends.")
class AccessEndFilter:
    """Conditions on the noun access_end."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    tier: list[Tier] | None = strawberry.field(description="Of units of any of these tiers.")
    stage: list[AccessEndStage] | None = strawberry.field(description="That came to any of these stages.")
    next_stage: list[AccessEndStage] | None = strawberry.field(
        description="Whose next stage is any of these."
    )
    connected: bool | None = strawberry.field(
        description="Connected already, or not yet; with plannedBefore: who is overdue (逾期)."
    )
    planned_before: dt.date | None = strawberry.field(
        description="Whose connection is planned before this day."
    )

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("tier", self.tier, word_of),
            among("stage", self.stage, word_of),
            among("next_stage", self.next_stage, word_of),
            reached("connected_on", self.connected),
            before("connected_planned", self.planned_before),
        )


@strawberry.type(description="Root fields of access ends.")
class AccessEndQuery:
    """Access ends by list and by key."""

    access_ends: Connection[AccessEnd] = listing(
        NOUN, AccessEndFilter, AccessEndOrder.UNIT, "Access ends of units, one each (接入端)."
    )

    access_end: AccessEnd | None = by_key(
        NOUN, "The access end of a unit (接入端)", unit="Credit code of the unit."
    )


QUERY = AccessEndQuery
