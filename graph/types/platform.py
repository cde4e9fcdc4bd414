"""Provincial platforms (省级平台): plan, way of connection, upkeep."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._enums import PlatformMode
from graph.types._related import many, one
from graph.types.platform_milestone import PlatformMilestone

if TYPE_CHECKING:
    from graph.types.region import Region


@strawberry.federation.type(keys=["province"], description="A province's platform plan (省级平台建设方案).")
class Platform:
    """A row of the noun platform."""

    province: str = strawberry.field(description="Its province, six digits.")
    name: str = strawberry.field(description="Its name (平台名称).")
    mode: PlatformMode = strawberry.field(description="How readings reach the nation (接入方式).")
    operation_assured: bool = strawberry.field(
        description="Whether upkeep is funded and staffed (运维保障机制)."
    )
    filed_on: dt.date | None = strawberry.field(description="Day the plan was filed (报送日期).")
    milestones: list[PlatformMilestone] = batched(
        many("platform_milestone", "province", "province"), "Its milestones (建设里程碑), by planned day."
    )
    province_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "province"), "Its province."
    )


NOUN = Noun("platform", Platform, {"province": region_code}, order="province")


@strawberry.enum(description="What platforms can be ordered by.")
class PlatformOrder(Enum):
    """Values are columns."""

    PROVINCE = strawberry.enum_value("province", description="By province.")
    NAME = strawberry.enum_value("name", description="By name.")
    FILED_ON = strawberry.enum_value("filed_on", description="By the day the plan was filed.")


@strawberry.input(description="Which platforms.")
class PlatformFilter:
    """Conditions on the noun platform."""

    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    mode: list[PlatformMode] | None = strawberry.field(description="Connected in any of these ways.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("province", self.province, region_code),
            among("mode", self.mode, word_of),
        )


@strawberry.type(description="Root fields of platforms.")
class PlatformQuery:
    """Platforms by list and by key."""

    platforms: Connection[Platform] = listing(
        NOUN, PlatformFilter, PlatformOrder.PROVINCE, "Provincial platforms (省级平台)."
    )

    platform: Platform | None = by_key(
        NOUN,
        "The platform of a province (省级平台)",
        province="Its province, six digits.",
    )


QUERY = PlatformQuery
