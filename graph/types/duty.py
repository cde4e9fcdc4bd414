"""Duties (任务时限): what provinces and units owe by a day, and whether it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.errors import InvalidInput, TooLarge
from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
    reached,
    region_code,
    since,
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.rows import rows
from graph.model.period import beijing_day
from graph.ports import ROWS_PER_PAGE_MAX, Condition, Order
from graph.types._related import one
from graph.types._supervision_enums import DutyKind

if TYPE_CHECKING:
    from graph.types.region import Region
    from graph.types.unit import Unit

WITHIN_DAYS_MAX = 366  # a year ahead is a plan, not an alert
TOLD_MAX = 20_000  # duties one subscription remembers that it told; some MB, and more than anybody reads


@strawberry.type(
    description="What a province or a unit owes by a day (任务时限), derived from what is known."
)
class Duty:
    """A row of the noun duty."""

    key: str = strawberry.field(description="Its key: the kind and the subject.")
    kind: DutyKind = strawberry.field(description="What is owed (任务类型).")
    province: str = strawberry.field(description="The province that owes it, or the unit's; six digits.")
    unit: str | None = strawberry.field(
        description="Credit code of the unit that owes it; null where it is the province's."
    )
    subject: str = strawberry.field(
        description="What it is about, by its natural key: a quarter, a stage, an order's number (事项)."
    )
    due_on: dt.date = strawberry.field(description="Last day on which it is in time (截止日期).")
    done_on: dt.date | None = strawberry.field(
        description="Day it was done; null while it is owed (完成日期)."
    )
    clause: str = strawberry.field(description="Part of the order that asks for it (依据条款).")
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit that owes it; null where it is the province's."
    )
    province_detail: Annotated[Region, strawberry.lazy("graph.types.region")] | None = batched(
        one("region", "province"), "The province."
    )


NOUN = Noun("duty", Duty, {"key": words}, order="due_on")


@strawberry.enum(description="What duties can be ordered by.")
class DutyOrder(Enum):
    """Values are columns."""

    DUE_ON = strawberry.enum_value("due_on", description="By the day they are due.")
    DONE_ON = strawberry.enum_value("done_on", description="By the day they were done.")
    PROVINCE = strawberry.enum_value("province", description="By province.")
    KIND = strawberry.enum_value("kind", description="By kind, as text.")
    KEY = strawberry.enum_value("key", description="By key.")


@strawberry.input(description="Which duties.")
class DutyFilter:
    """Conditions on the noun duty."""

    kind: list[DutyKind] | None = strawberry.field(description="Of any of these kinds.")
    province: list[str] | None = strawberry.field(description="Of any of these provinces and their units.")
    unit: list[str] | None = strawberry.field(description="Owed by any of these units, by credit code.")
    due_from: dt.date | None = strawberry.field(description="Due on this day or later.")
    due_before: dt.date | None = strawberry.field(description="Due before this day.")
    done: bool | None = strawberry.field(description="Done, or still owed.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("kind", self.kind, word_of),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            since("due_on", self.due_from),
            before("due_on", self.due_before),
            reached("done_on", self.done),
        )


@strawberry.type(description="Root fields of duties.")
class DutyQuery:
    """Duties by list and by key."""

    duties: Connection[Duty] = listing(
        NOUN,
        DutyFilter,
        DutyOrder.DUE_ON,
        "What provinces and units owe by a day (任务时限); overdue is what is due before today and not done.",
    )

    duty: Duty | None = by_key(NOUN, "The duty of a key (任务时限)", key="Its key.")


@strawberry.type(description="Duties as they become due.")
class DutySubscription:
    """Each duty once."""

    @strawberry.subscription(
        description="Each duty that is due or overdue and not done, first those of now, then each as it becomes so"
        " (到期提醒); none is told twice."
    )
    async def duty_due(
        self,
        info: Info,
        within_days: Annotated[
            int, strawberry.argument(description="Told so many days before its last day already, 0 to 366.")
        ] = 0,
        province: Annotated[
            list[str] | None,
            strawberry.argument(description="Only of any of these provinces and their units."),
        ] = None,
    ) -> AsyncGenerator[Duty, None]:
        if not 0 <= within_days <= WITHIN_DAYS_MAX:
            raise InvalidInput(f"came {within_days}, expected 0 to {WITHIN_DAYS_MAX}", "withinDays")
        of_provinces = conditions(among("province", province, region_code))
        told: set[str] = set()
        with info.context.sources.events.listen(NOUN.name) as looks:
            more: object = True
            while more:
                for duty in await _due(info, within_days, of_provinces):
                    if duty.key not in told:
                        told.add(duty.key)
                        info.context.begin_anew()
                        yield duty
                if len(told) > TOLD_MAX:
                    raise TooLarge(
                        f"more than {TOLD_MAX} duties were told; ask by province, or subscribe again"
                    )
                more = await anext(looks, None)


async def _due(info: Info, within_days: int, where: Sequence[Condition]) -> list[Duty]:
    """What is due by then and not done. Raises TooLarge past one page."""
    today = beijing_day(info.context.sources.clock.now())
    owed = conditions(before("due_on", today + dt.timedelta(days=within_days + 1)), reached("done_on", False))
    page = await NOUN.page(info, [*where, *owed], order=Order("due_on"), first=ROWS_PER_PAGE_MAX)
    if page.has_next:
        raise TooLarge(f"more than {ROWS_PER_PAGE_MAX} duties are due; ask by province")
    return rows(page.table, Duty)


QUERY = DutyQuery
SUBSCRIPTION = DutySubscription
