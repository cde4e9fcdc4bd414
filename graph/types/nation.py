"""The nation (全国): the figures a first screen shows."""

from __future__ import annotations

import datetime as dt

import strawberry

from graph.execution.context import Info
from graph.execution.list_coverage import COVERAGE_COST, ListCoverage, Listed, list_coverage
from graph.execution.past import CHANGES_COST, AsOfEntered, AsOfInput, as_of, entered_by
from graph.execution.prices import COST, PAST_COST, ROWS
from graph.execution.provinces import PROVINCES_USUAL, seen_provinces
from graph.execution.rows import rows
from graph.model.period import beijing_day
from graph.model.progress import AccessEndStage
from graph.ports import Ask, Compare, Condition, Order
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


async def _moment(info: Info, given: AsOfInput | None) -> dt.datetime | None:
    return await entered_by(info, await as_of(info, given))


@strawberry.type(description="The whole that the asker may see: the nation, or the part within reach.")
class Nation:
    """Figures, each asked for only when selected."""

    @strawberry.field(description="Key energy-using units (用能单位数).", metadata={PAST_COST: CHANGES_COST})
    async def units_total(self, info: Info, entered: AsOfEntered = None) -> int:
        counts = await UNIT.counts(info, "tier", await _moment(info, entered))
        return sum(counts.values())

    @strawberry.field(
        description="Units by tier (百千万), every tier with a row.", metadata={PAST_COST: CHANGES_COST}
    )
    async def units_by_tier(self, info: Info, entered: AsOfEntered = None) -> list[TierCount]:
        counts = await UNIT.counts(info, "tier", await _moment(info, entered))
        return [TierCount(tier=tier, units=counts.get(tier.value, 0)) for tier in Tier]

    @strawberry.field(
        description="Units whose access end is connected as of today, or as of the day of `asOf` (已联通).",
        metadata={PAST_COST: CHANGES_COST},
    )
    async def units_connected(self, info: Info, entered: AsOfEntered = None) -> int:
        moment = await _moment(info, entered)
        today = beijing_day(moment or info.context.sources.clock.now())
        stage = Condition("stage", AccessEndStage.CONNECTED.value)
        reached = Condition("actual", today + dt.timedelta(days=1), Compare.LT)
        counts = await ACCESS_END_MILESTONE.counts(info, "stage", moment, [stage, reached])
        return sum(counts.values())

    @strawberry.field(
        description="What the counts of units rest on now, province by province (覆盖情况).",
        metadata={COST: COVERAGE_COST, ROWS: PROVINCES_USUAL},
    )
    async def coverage(self, info: Info) -> list[ListCoverage]:
        asked = Ask(UNIT.name, info.context.principal.reach)
        return await list_coverage(info, Listed(UNIT.source(info), asked))

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
