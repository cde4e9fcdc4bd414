"""Difference (差异): a unit's day of which a link's two ends do not hold the same, until they do."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    conditions,
    credit_code,
    happened,
    region_code,
    since,
    whole_number,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._enums import Granularity
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.link import Link
    from graph.types.unit import Unit


@strawberry.type(description="A unit's day of which a link's two ends do not hold the same (差异).")
class Difference:
    """A row of the noun difference."""

    id: int = strawberry.field(description="Its number.")
    link: str = strawberry.field(description="Key of the link.")
    province: str = strawberry.field(description="Province of the link, six digits.")
    unit: str = strawberry.field(description="Credit code of the unit.")
    granularity: Granularity = strawberry.field(description="Of which readings.")
    day: dt.date = strawberry.field(description="The Beijing day.")
    here_readings: Count = strawberry.field(description="Readings that this hub holds of it.")
    here_total: str = strawberry.field(description="Their exact sum, over all points, in their native units.")
    there_readings: Count = strawberry.field(description="Readings that the source holds of it.")
    there_total: str = strawberry.field(description="Their exact sum.")
    first_seen: dt.datetime = strawberry.field(description="When a reconciliation found it first.")
    last_seen: dt.datetime = strawberry.field(description="When one found it last.")
    settled_at: dt.datetime | None = strawberry.field(
        description="When one found that both ends agree; null while it is unresolved."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit, where this hub knows it."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link."
    )


NOUN = Noun("difference", Difference, {"id": whole_number}, order="last_seen")


@strawberry.enum(description="What differences can be ordered by.")
class DifferenceOrder(Enum):
    """Values are columns."""

    LAST_SEEN = strawberry.enum_value("last_seen", description="By when they were found last.")
    FIRST_SEEN = strawberry.enum_value("first_seen", description="By when they were found first.")
    DAY = strawberry.enum_value("day", description="By day.")
    UNIT = strawberry.enum_value("unit", description="By unit.")


@strawberry.input(description="Which differences.")
class DifferenceFilter:
    """Conditions on the noun difference."""

    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    unit: list[str] | None = strawberry.field(description="Of any of these units.")
    granularity: list[Granularity] | None = strawberry.field(description="Of any of these granularities.")
    settled: bool | None = strawberry.field(description="Settled, or unresolved.")
    seen_from: dt.datetime | None = strawberry.field(description="Found from this moment on.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("link", self.link),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            among("granularity", self.granularity, word_of),
            happened("settled_at", self.settled),
            since("last_seen", self.seen_from),
        )


@strawberry.type(description="Root fields of differences.")
class DifferenceQuery:
    """Differences by list and by number."""

    differences: Connection[Difference] = listing(
        NOUN,
        DifferenceFilter,
        DifferenceOrder.LAST_SEEN,
        "Units' days of which links' two ends do not hold the same, found last first (差异).",
        descending=True,
    )

    difference: Difference | None = by_key(NOUN, "The difference of a number (差异)", id="Its number.")


QUERY = DifferenceQuery
