"""Rectification orders (责令限期整改): what units must mend, and by when."""

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
from graph.types._related import many, one
from graph.types._supervision_enums import OrderState
from graph.types.agency import Agency
from graph.types.credit_entry import CreditEntry

if TYPE_CHECKING:
    from graph.types.inspection import Inspection
    from graph.types.unit import Unit


@strawberry.type(description="An order to a unit to mend something by a deadline (责令限期整改).")
class RectificationOrder:
    """A row of the noun rectification_order."""

    number: str = strawberry.field(description="Its number (文号).")
    unit: str = strawberry.field(description="Credit code of the unit it is addressed to.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    inspection: str | None = strawberry.field(
        description="Key of the inspection it follows from; null where it follows from none."
    )
    issued_by: str = strawberry.field(description="Key of the agency that issued it (下达机构).")
    issued_on: dt.date = strawberry.field(description="Day it was issued (下达日期).")
    deadline: dt.date = strawberry.field(description="Last day to mend what it says (整改期限).")
    grounds: str = strawberry.field(description="What is to be mended and why, in words (整改事由).")
    state: OrderState = strawberry.field(description="Where it stands (整改状态).")
    closed_on: dt.date | None = strawberry.field(
        description="Day it was closed; null while it is open (结案日期)."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )
    inspection_detail: Annotated[Inspection, strawberry.lazy("graph.types.inspection")] | None = batched(
        one("inspection", "inspection"), "The inspection it follows from."
    )
    agency_detail: Agency | None = batched(
        one("agency", "issued_by"), "The agency; null where it is out of the asker's reach."
    )
    credit_entries: list[CreditEntry] = batched(
        many("credit_entry", "order_number", "number"), "Credit entries that followed (失信记录)."
    )


NOUN = Noun("rectification_order", RectificationOrder, {"number": words}, order="deadline")


@strawberry.enum(description="What rectification orders can be ordered by.")
class RectificationOrderOrder(Enum):
    """Values are columns."""

    DEADLINE = strawberry.enum_value("deadline", description="By their deadline.")
    ISSUED_ON = strawberry.enum_value("issued_on", description="By the day they were issued.")
    CLOSED_ON = strawberry.enum_value("closed_on", description="By the day they were closed.")
    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    NUMBER = strawberry.enum_value("number", description="By number.")


@strawberry.input(description="Which rectification orders.")
class RectificationOrderFilter:
    """Conditions on the noun rectification_order."""

    unit: list[str] | None = strawberry.field(description="To any of these units, by credit code.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    inspection: list[str] | None = strawberry.field(description="After any of these inspections, by key.")
    issued_by: list[str] | None = strawberry.field(description="By any of these agencies, by key.")
    state: list[OrderState] | None = strawberry.field(description="In any of these states.")
    issued_from: dt.date | None = strawberry.field(description="Issued on this day or later.")
    issued_before: dt.date | None = strawberry.field(description="Issued before this day.")
    deadline_before: dt.date | None = strawberry.field(description="With a deadline before this day.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("inspection", self.inspection),
            among("issued_by", self.issued_by),
            among("state", self.state, word_of),
            since("issued_on", self.issued_from),
            before("issued_on", self.issued_before),
            before("deadline", self.deadline_before),
        )


@strawberry.type(description="Root fields of rectification orders.")
class RectificationOrderQuery:
    """Rectification orders by list and by number."""

    rectification_orders: Connection[RectificationOrder] = listing(
        NOUN,
        RectificationOrderFilter,
        RectificationOrderOrder.DEADLINE,
        "Rectification orders (责令限期整改); past their deadline are those ISSUED with one before today.",
    )

    rectification_order: RectificationOrder | None = by_key(
        NOUN, "The rectification order of a number (责令限期整改)", number="Its number (文号)."
    )


QUERY = RectificationOrderQuery
