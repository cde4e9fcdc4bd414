"""Credit entries (失信记录): units that go to the national credit platform, and why."""

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
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._related import one
from graph.types._supervision_enums import CreditGround, CreditState

if TYPE_CHECKING:
    from graph.types.rectification_order import RectificationOrder
    from graph.types.unit import Unit

_ORDER = "graph.types.rectification_order"


@strawberry.type(description="A unit's entry for the national credit platform (失信记录).")
class CreditEntry:
    """A row of the noun credit_entry."""

    key: str = strawberry.field(description="Its key (记录编号).")
    unit: str = strawberry.field(description="Credit code of the unit.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    ground: CreditGround = strawberry.field(description="Why it is entered (失信事由).")
    order_number: str | None = strawberry.field(
        description="Number of the rectification order it left unheeded; null where there was none."
    )
    state: CreditState = strawberry.field(description="Where it stands (处理状态).")
    candidate_on: dt.date = strawberry.field(description="Day it was put forward (拟列入日期).")
    reviewed_on: dt.date | None = strawberry.field(description="Day it was reviewed (复核日期).")
    listed_on: dt.date | None = strawberry.field(description="Day it was listed (列入日期).")
    delisted_on: dt.date | None = strawberry.field(description="Day it was taken off the list (移出日期).")
    dismissed_on: dt.date | None = strawberry.field(description="Day it was dismissed (不予列入日期).")
    evidence: str = strawberry.field(description="What it rests on, in words (证据).")
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )
    order: Annotated[RectificationOrder, strawberry.lazy(_ORDER)] | None = batched(
        one("rectification_order", "order_number"), "The rectification order it left unheeded."
    )


NOUN = Noun("credit_entry", CreditEntry, {"key": words}, order="candidate_on")


@strawberry.enum(description="What credit entries can be ordered by.")
class CreditEntryOrder(Enum):
    """Values are columns."""

    CANDIDATE_ON = strawberry.enum_value("candidate_on", description="By the day they were put forward.")
    LISTED_ON = strawberry.enum_value("listed_on", description="By the day they were listed.")
    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    KEY = strawberry.enum_value("key", description="By key.")


@strawberry.input(description="Which credit entries.")
class CreditEntryFilter:
    """Conditions on the noun credit_entry."""

    unit: list[str] | None = strawberry.field(description="Of any of these units, by credit code.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    ground: list[CreditGround] | None = strawberry.field(description="On any of these grounds.")
    state: list[CreditState] | None = strawberry.field(description="In any of these states.")
    order_number: list[str] | None = strawberry.field(description="After any of these orders, by number.")
    candidate_from: dt.date | None = strawberry.field(description="Put forward on this day or later.")
    candidate_before: dt.date | None = strawberry.field(description="Put forward before this day.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("ground", self.ground, word_of),
            among("state", self.state, word_of),
            among("order_number", self.order_number),
            since("candidate_on", self.candidate_from),
            before("candidate_on", self.candidate_before),
        )


@strawberry.type(description="Root fields of credit entries.")
class CreditEntryQuery:
    """Credit entries by list and by key."""

    credit_entries: Connection[CreditEntry] = listing(
        NOUN,
        CreditEntryFilter,
        CreditEntryOrder.CANDIDATE_ON,
        "Entries for the national credit platform (失信记录).",
    )

    credit_entry: CreditEntry | None = by_key(NOUN, "The credit entry of a key (失信记录)", key="Its key.")


QUERY = CreditEntryQuery
