"""Quarantined rows (隔离批): what of a delivery could not be booked and waits as it came; counted here, and not shown."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
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
from graph.types._quarantine_enums import QuarantineState
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.link import Link


@strawberry.type(description="The rows of one delivery that could not be booked, as they came (隔离批).")
class Quarantined:
    """A row of the noun quarantined."""

    id: int = strawberry.field(description="Its number, by which it is replayed.")
    link: str = strawberry.field(description="Key of the link.")
    province: str = strawberry.field(description="Province of the link, six digits.")
    unit: str | None = strawberry.field(
        description="Credit code of the unit whose device sent them; null where no device did."
    )
    batch: int = strawberry.field(
        description="Number of the batch that these rows came with; 0 for those of a device, which came with none."
    )
    received_at: dt.datetime = strawberry.field(
        description="When they came last: the version of values whose source gives none."
    )
    bytes: Count = strawberry.field(description="Bytes they take on the disk.")
    rows: Count = strawberry.field(description="Rows of the source that were kept, booked ones among them.")
    waiting: Count = strawberry.field(description="How many of them wait at most.")
    state: QuarantineState = strawberry.field(description="Whether they wait.")
    replayed_at: dt.datetime | None = strawberry.field(description="When they were last replayed.")
    settled_at: dt.datetime | None = strawberry.field(
        description="When none waited any longer; null while some do."
    )
    settled_by: str | None = strawberry.field(description="Who replayed them or gave them up.")
    swept_at: dt.datetime | None = strawberry.field(
        description="When they were let go after that; null while they are there."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link."
    )


NOUN = Noun("quarantined", Quarantined, {"id": whole_number}, order="id")


@strawberry.enum(description="What quarantined rows can be ordered by.")
class QuarantinedOrder(Enum):
    """Values are columns."""

    ID = strawberry.enum_value("id", description="By number.")
    RECEIVED_AT = strawberry.enum_value("received_at", description="By when they came last.")
    LINK = strawberry.enum_value("link", description="By link.")
    WAITING = strawberry.enum_value("waiting", description="By how many wait.")


@strawberry.input(description="Which quarantined rows.")
class QuarantinedFilter:
    """Conditions on the noun quarantined."""

    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    unit: list[str] | None = strawberry.field(description="Sent by the devices of any of these units.")
    state: list[QuarantineState] | None = strawberry.field(description="In any of these states.")
    received_from: dt.datetime | None = strawberry.field(description="That came from this moment on.")
    received_before: dt.datetime | None = strawberry.field(description="That came before this moment.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("link", self.link),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            among("state", self.state, word_of),
            since("received_at", self.received_from),
            before("received_at", self.received_before),
        )


@strawberry.type(description="Root fields of quarantined rows.")
class QuarantinedQuery:
    """Quarantined rows by list and by number."""

    quarantined_batches: Connection[Quarantined] = listing(
        NOUN,
        QuarantinedFilter,
        QuarantinedOrder.ID,
        "Rows that could not be booked and wait as they came, the latest first (隔离批).",
        descending=True,
    )

    quarantined: Quarantined | None = by_key(
        NOUN, "The quarantined rows of a number (隔离批)", id="Their number."
    )


QUERY = QuarantinedQuery
