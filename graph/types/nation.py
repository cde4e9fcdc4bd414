"""The nation (全国): the figures a first screen shows."""

from __future__ import annotations

import datetime as dt
from asyncio import gather

import strawberry

from graph.execution.arguments import before
from graph.execution.context import Info
from graph.execution.provinces import seen_provinces
from graph.execution.rows import rows
from graph.model.period import beijing_day
from graph.model.progress import AccessEndStage
from graph.ports import Condition, Order
from graph.types._enums import Tier
from graph.types.access_end_milestone import NOUN as ACCESS_END_MILESTONE
from graph.types.batch import NOUN as BATCH
from graph.types.batch import Batch
from graph.types.region import NOUN as REGION
from graph.types.unit import NOUN as UNIT


@strawberry.type(description="Units of one tier.")
class TierCount:
    """How many units a tier has."""

    tier: Tier = strawberry.field(description="The tier (百千万).")
    units: int = strawberry.field(description="Units of this tier.")


async def _latest_batch(info: Info) -> Batch | None:
    page = await BATCH.page(info, (), order=Order("id", descending=True), first=1)
    found = rows(page.table, Batch)
    return found[0] if found else None


@strawberry.type(description="The whole that the asker may see: the nation, or the part within reach.")
class Nation:
    """Figures, each asked for only when selected."""

    @strawberry.field(description="Key energy-using units (用能单位数).")
    async def units_total(self, info: Info) -> int:
        return await UNIT.total(info)

    @strawberry.field(description="Units by tier (百千万), every tier with a row.")
    async def units_by_tier(self, info: Info) -> list[TierCount]:
        wheres = [[Condition("tier", tier.value)] for tier in Tier]
        counts = await gather(*(UNIT.total(info, where) for where in wheres))
        return [TierCount(tier=tier, units=units) for tier, units in zip(Tier, counts, strict=True)]

    @strawberry.field(description="Units whose access end is connected as of today (已联通).")
    async def units_connected(self, info: Info) -> int:
        tomorrow = beijing_day(info.context.sources.clock.now()) + dt.timedelta(days=1)
        reached = before("actual", tomorrow)
        stage = Condition("stage", AccessEndStage.CONNECTED.value)
        return await ACCESS_END_MILESTONE.total(info, [stage, reached] if reached else [stage])

    @strawberry.field(description="Provinces, regions and municipalities within reach, the Corps included.")
    async def provinces_count(self, info: Info) -> int:
        return await REGION.total(info, await seen_provinces(info))

    @strawberry.field(description="The latest batch within reach (最新批次); null before the first.")
    async def latest_batch(self, info: Info) -> Batch | None:
        return await _latest_batch(info)

    @strawberry.field(
        description='Version of the readings: the ledger\'s chain value, "0" before the first batch.'
    )
    async def data_version(self, info: Info) -> str:
        batch = await _latest_batch(info)
        return batch.head if batch else "0"


@strawberry.type(description="Root field of the nation.")
class NationQuery:
    """The nation."""

    @strawberry.field(description="The whole that the asker may see (全国).")
    def nation(self) -> Nation:
        return Nation()


QUERY = NationQuery
