"""Reconciliation (对账): what comparing a link's two ends by their digests came to, and what was mended."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import among, conditions, region_code, since, whole_number
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.link import Link


@strawberry.type(description="A comparison of what a link's two ends hold, and what was mended (对账记录).")
class Reconciliation:
    """A row of the noun reconciliation."""

    id: int = strawberry.field(description="Its number.")
    link: str = strawberry.field(description="Key of the link.")
    province: str = strawberry.field(description="Province of the link, six digits.")
    started_at: dt.datetime = strawberry.field(description="When it began.")
    ended_at: dt.datetime = strawberry.field(description="When it ended.")
    first_day: dt.date = strawberry.field(description="The first Beijing day that was compared.")
    last_day: dt.date = strawberry.field(description="The last one.")
    as_of: Count | None = strawberry.field(
        description="The source's batch up to which it was asked; null where it broke off before."
    )
    buckets: Count = strawberry.field(
        description="Buckets that were compared: provinces, units, units' days."
    )
    bytes_read: Count = strawberry.field(description="Bytes that came from the source, packed as they came.")
    rows_read: Count = strawberry.field(description="Readings that came from the source.")
    recounted: Count = strawberry.field(
        description="Units' days whose figures here did not follow from their readings, and were counted anew (本端重算)."
    )
    missing: Count = strawberry.field(
        description="Readings that were missing here, and were booked (本端缺失已补)."
    )
    changed: Count = strawberry.field(
        description="Readings that differed, and were booked as the source says them (本端有误已改)."
    )
    newer_here: Count = strawberry.field(
        description="Readings that differ because they were corrected here since; they stay (本端较新)."
    )
    taken_back: Count = strawberry.field(
        description="Readings that stood here on a wrong day, or that the source took back, too; they hold no longer (撤回)."
    )
    gone_there: Count = strawberry.field(
        description="Readings that the source no longer has; they stay (对端缺失)."
    )
    given_back: Count = strawberry.field(
        description="Of those, readings that were given back to the source (已回补)."
    )
    differing: Count = strawberry.field(description="Units' days that differed still when it ended.")
    fault: str | None = strawberry.field(description="Why it broke off; null where it came to its end.")
    method: str | None = strawberry.field(
        description="How the ends were compared: digests, listing (all files that lie there), or window (days read again)."
    )
    share: Decimal | None = strawberry.field(
        description="How much of the days was read from the source, up to 1 (抽查比例); null where it broke off."
    )
    seed: Count | None = strawberry.field(
        description="What chose the days of a window; the same seed chooses them again."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link."
    )


NOUN = Noun("reconciliation", Reconciliation, {"id": whole_number}, order="started_at")


@strawberry.enum(description="What reconciliations can be ordered by.")
class ReconciliationOrder(Enum):
    """Values are columns."""

    STARTED_AT = strawberry.enum_value("started_at", description="By when they began.")
    DIFFERING = strawberry.enum_value("differing", description="By how much differed still.")
    LINK = strawberry.enum_value("link", description="By link.")


@strawberry.input(description="Which reconciliations.")
class ReconciliationFilter:
    """Conditions on the noun reconciliation."""

    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    started_from: dt.datetime | None = strawberry.field(description="Begun from this moment on.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("link", self.link),
            among("province", self.province, region_code),
            since("started_at", self.started_from),
        )


@strawberry.type(description="Root fields of reconciliations.")
class ReconciliationQuery:
    """Reconciliations by list and by number."""

    reconciliations: Connection[Reconciliation] = listing(
        NOUN,
        ReconciliationFilter,
        ReconciliationOrder.STARTED_AT,
        "Comparisons of links' two ends, the latest first (对账记录).",
        descending=True,
    )

    reconciliation: Reconciliation | None = by_key(
        NOUN, "The reconciliation of a number (对账记录)", id="Its number."
    )


QUERY = ReconciliationQuery
