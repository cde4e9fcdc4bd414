"""A past state of the readings as a query names it: a batch the ledger holds, a moment, or the end of a day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from graph.errors import InvalidInput
from graph.execution.context import Info, ask
from graph.model.period import FIRST_YEAR, MICROSECOND, Day, aware
from graph.ports import NOW, AsOf

BEFORE_ANY = Day(dt.date(FIRST_YEAR, 1, 1)).period.start  # batch 0 is before the first


@strawberry.input(
    description="What was said up to a batch of the ledger, up to a moment, or by the end of a day: one of the three."
)
class AsOfInput:
    """Exactly one of the three ways."""

    batch: int | None = strawberry.field(
        description="Number of the last batch that counts, no later than the ledger's last; 0 is before the first."
    )
    moment: dt.datetime | None = strawberry.field(description="Batches received up to this moment count.")
    day: dt.date | None = strawberry.field(
        default=None, description="Batches received by the end of this Beijing day count; a day that is over."
    )


AsOfArgument: TypeAlias = Annotated[
    AsOfInput | None,
    strawberry.argument(name="asOf", description="A past state of the readings; null for the present one."),
]

CHANGES_COST = 20_000  # told to the guard: all changes since are read, half a second for a hundred thousand
AsOfEntered: TypeAlias = Annotated[
    AsOfInput | None,
    strawberry.argument(
        name="asOf",
        description="What had been entered by the end of a day, by a moment, or when a batch was received; null for "
        "what is entered now. Within reach is what lies there now.",
    ),
]


async def as_of(info: Info, given: AsOfInput | None) -> AsOf:
    """The state of the readings a question is about. Raises InvalidInput unless it is one, and one that was."""
    if given is None:
        return NOW
    last = await ask(info, info.context.sources.states.last_batch) if given.batch is not None else 0
    return state_of(given, last, info.context.sources.clock.now())


def state_of(given: AsOfInput, last_batch: int, now: dt.datetime) -> AsOf:
    """The same where the number of the ledger's last batch is known."""
    ways = [way for way in (given.batch, given.moment, given.day) if way is not None]
    if len(ways) != 1:
        raise InvalidInput(f"came {len(ways)} of them, expected a batch, a moment or a day", "asOf")
    if given.batch is not None:
        _check_batch(given.batch, last_batch)
    moment = _end_of(given.day) if given.day else aware(given.moment) if given.moment else None
    if moment is not None and moment > now:
        raise InvalidInput(f"{given.day or given.moment} is not over yet", "asOf")
    return AsOf(given.batch, moment)


def _end_of(day: dt.date) -> dt.datetime:
    """The last moment of a Beijing day. Raises InvalidInput for a year that is a typing error."""
    return Day(day).period.end - MICROSECOND


def _check_batch(batch: int, last: int) -> None:
    """A batch that is still to come would be answered with other figures once it is there."""
    if batch < 0:
        raise InvalidInput(f"came {batch}, expected the number of a batch", "asOf.batch")
    if batch > last:
        raise InvalidInput(f"came {batch}, the ledger ends at batch {last}", "asOf.batch")


async def moment_of(info: Info, said: AsOf) -> dt.datetime:
    """When it was that a state of the readings was the present one; that of a batch is when it was received."""
    if said.batch is None:
        return said.moment or info.context.sources.clock.now()
    return await ask(info, info.context.sources.states.received_at, said.batch) or BEFORE_ANY


async def entered_by(info: Info, said: AsOf) -> dt.datetime | None:
    """The moment that rows are asked for as of; None for the rows of now."""
    return None if said == NOW else await moment_of(info, said)
