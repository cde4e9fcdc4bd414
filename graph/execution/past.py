"""A past state of the readings as a query names it: a batch the ledger holds, or a moment."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from graph.errors import InvalidInput
from graph.execution.context import Info, ask
from graph.ports import NOW, Ask, AsOf, Order


@strawberry.input(
    description="What was said up to a batch of the ledger, or up to a moment: one of the two, not both."
)
class AsOfInput:
    """Exactly one of the two ways."""

    batch: int | None = strawberry.field(
        description="Number of the last batch that counts, no later than the ledger's last; 0 is before the first."
    )
    moment: dt.datetime | None = strawberry.field(description="Batches received up to this moment count.")


AsOfArgument: TypeAlias = Annotated[
    AsOfInput | None,
    strawberry.argument(name="asOf", description="A past state of the readings; null for the present one."),
]


async def as_of(info: Info, given: AsOfInput | None) -> AsOf:
    """The state of the readings a question is about. Raises InvalidInput unless it is one, and one that was."""
    if given is None:
        return NOW
    if given.batch is None and given.moment is None:
        raise InvalidInput("came neither, expected a batch or a moment", "asOf")
    found = AsOf(given.batch, given.moment)
    if found.batch is not None:
        await _check_batch(info, found.batch)
    return found


async def _check_batch(info: Info, batch: int) -> None:
    """A batch that is still to come would be answered with other figures once it is there."""
    if batch < 0:
        raise InvalidInput(f"came {batch}, expected the number of a batch", "asOf.batch")
    last = await _last_batch(info)
    if batch > last:
        raise InvalidInput(f"came {batch}, the ledger ends at batch {last}", "asOf.batch")


async def _last_batch(info: Info) -> int:
    """Number of the ledger's last batch, 0 before the first; of the whole ledger, whatever the asker may read."""
    question = Ask("batch", order=Order("id", descending=True), first=1)
    page = await ask(info, info.context.sources.ledger.rows, question)
    return max(page.table.column("id").to_pylist(), default=0)
