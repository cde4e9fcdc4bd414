"""Batches (批次): the ledger of what was taken in, and the rows that were refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from enum import Enum
from typing import Annotated

import strawberry

from graph.execution.arguments import (
    After,
    Before,
    Filter,
    First,
    Last,
    Paging,
    among,
    before,
    conditions,
    region_code,
    since,
    some,
    whole_number,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.events import changes
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition


@strawberry.type(description="A row that was not stored (拒收).")
class Rejection:
    """A row of the ledger's noun rejection."""

    batch: int = strawberry.field(description="Number of the batch it came in.")
    row: int = strawberry.field(description="Its place in the source, from 1.")
    code: str = strawberry.field(description="Stable code of the reason, words joined by hyphens.")
    why: str = strawberry.field(description="What was expected and what came, in words.")
    raw: str = strawberry.field(description="The row as the source wrote it.")


_REJECTION = Noun("rejection", Rejection, {"id": whole_number}, order="row", in_ledger=True)


async def _rejections(
    batches: Sequence[Batch],
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> list[Connection[Rejection]]:
    wheres = [[Condition("batch", batch.id)] for batch in batches]
    return await _REJECTION.connections(info, wheres, Paging(first, after, last, before))


@strawberry.type(
    description="A batch of readings that was taken in whole (批次); its number is its place in the ledger."
)
class Batch:
    """A row of the ledger's noun batch. accepted + duplicate + corrected + superseded + rejected = rows."""

    id: int = strawberry.field(description="Its number, counted up by one.")
    source: str = strawberry.field(description="Who sent it: a client or a link.")
    key: str = strawberry.field(description="Idempotency key under which it was sent.")
    province: str | None = strawberry.field(description="Province it speaks of, six digits.")
    received_at: dt.datetime = strawberry.field(description="When it was received.")
    rows: Count = strawberry.field(description="Rows that came.")
    accepted: Count = strawberry.field(description="Rows that were new.")
    duplicate: Count = strawberry.field(description="Rows that were there already; nothing was written.")
    corrected: Count = strawberry.field(description="Rows that replaced an older value.")
    superseded: Count = strawberry.field(description="Rows older than what is stored, kept as history.")
    rejected: Count = strawberry.field(description="Rows that were refused.")
    suspect: Count = strawberry.field(description="Stored rows with a verdict.")
    digest: str = strawberry.field(description="SHA-256 of the bytes that came.")
    head: str = strawberry.field(description="The ledger's chain value after this batch.")
    rejections: Connection[Rejection] = batched(_rejections, "Rows that were refused, by their place.")


NOUN = Noun("batch", Batch, {"id": whole_number}, order="id", in_ledger=True)


@strawberry.enum(description="What batches can be ordered by.")
class BatchOrder(Enum):
    """Values are columns."""

    ID = strawberry.enum_value("id", description="By number.")
    RECEIVED_AT = strawberry.enum_value("received_at", description="By when they were received.")
    SOURCE = strawberry.enum_value("source", description="By source.")


@strawberry.input(description="Which batches.")
class BatchFilter:
    """Conditions on the noun batch."""

    source: list[str] | None = strawberry.field(description="From any of these sources.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces.")
    received_from: dt.datetime | None = strawberry.field(description="Received from this moment on.")
    received_before: dt.datetime | None = strawberry.field(description="Received before this moment.")
    with_rejections: bool | None = strawberry.field(description="With rejected rows, or without any.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("source", self.source),
            among("province", self.province, region_code),
            since("received_at", self.received_from),
            before("received_at", self.received_before),
            some("rejected", self.with_rejections),
        )


@strawberry.type(description="Root fields of batches.")
class BatchQuery:
    """Batches by list and by number."""

    batches: Connection[Batch] = listing(
        NOUN, BatchFilter, BatchOrder.ID, "Batches of readings, the latest first (批次).", descending=True
    )

    batch: Batch | None = by_key(NOUN, "The batch of a number (批次)", id="Its number.")


@strawberry.type(description="Batches as they are taken in.")
class BatchSubscription:
    """Each new batch."""

    @strawberry.subscription(
        description="Each batch once it is taken in and durable (新批次); a batch that is sent again is none."
    )
    def batch_accepted(
        self, info: Info, where: Annotated[BatchFilter | None, Filter] = None
    ) -> AsyncGenerator[Batch, None]:
        return changes(info, NOUN, where.conditions() if where else ())


QUERY = BatchQuery
SUBSCRIPTION = BatchSubscription
