"""Column drift (来源变化): how the columns of a link's source differ from its mapping, until somebody mends one of them."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import among, conditions, happened, region_code, since, whole_number, word_of
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._quarantine_enums import DriftKind
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.link import Link


@strawberry.type(description="A column of a source that is not as its mapping expects (来源变化).")
class ColumnDrift:
    """A row of the noun column_drift."""

    id: int = strawberry.field(description="Its number.")
    link: str = strawberry.field(description="Key of the link.")
    province: str = strawberry.field(description="Province of the link, six digits.")
    column: str = strawberry.field(description="The column as the source or the mapping calls it.")
    kind: DriftKind = strawberry.field(description="What happened to it.")
    came: str | None = strawberry.field(description="The type it came with; null where it is missing.")
    first_seen: dt.datetime = strawberry.field(description="When a delivery showed it first.")
    last_seen: dt.datetime = strawberry.field(description="When a delivery showed it last.")
    rows: Count = strawberry.field(description="Rows of the source in deliveries that showed it.")
    settled_at: dt.datetime | None = strawberry.field(
        description="Since when it is none any longer, or no news; null while it is open."
    )
    settled_by: str | None = strawberry.field(
        description="What settled it: a run that showed it no more, a replay, or the link's first run."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link."
    )


NOUN = Noun("column_drift", ColumnDrift, {"id": whole_number}, order="last_seen")


@strawberry.enum(description="What column drift can be ordered by.")
class ColumnDriftOrder(Enum):
    """Values are columns."""

    LAST_SEEN = strawberry.enum_value("last_seen", description="By when it was seen last.")
    FIRST_SEEN = strawberry.enum_value("first_seen", description="By when it was seen first.")
    LINK = strawberry.enum_value("link", description="By link.")


@strawberry.input(description="Which column drift.")
class ColumnDriftFilter:
    """Conditions on the noun column_drift."""

    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    kind: list[DriftKind] | None = strawberry.field(description="Of any of these kinds.")
    settled: bool | None = strawberry.field(description="Settled, or open.")
    seen_from: dt.datetime | None = strawberry.field(description="Seen from this moment on.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("link", self.link),
            among("province", self.province, region_code),
            among("kind", self.kind, word_of),
            happened("settled_at", self.settled),
            since("last_seen", self.seen_from),
        )


@strawberry.type(description="Root fields of column drift.")
class ColumnDriftQuery:
    """Column drift by list and by number."""

    column_drifts: Connection[ColumnDrift] = listing(
        NOUN,
        ColumnDriftFilter,
        ColumnDriftOrder.LAST_SEEN,
        "Columns of sources that are not as their mappings expect, the latest first (来源变化).",
        descending=True,
    )

    column_drift: ColumnDrift | None = by_key(
        NOUN, "The column drift of a number (来源变化)", id="Its number."
    )


QUERY = ColumnDriftQuery
