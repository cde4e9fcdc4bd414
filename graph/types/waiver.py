"""Waivers (暂缓接入): energies a unit may add later, with its province's consent."""

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
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.ports import Condition
from graph.types._enums import EnergyKind
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.unit import Unit


@strawberry.type(
    description="Leave for a unit to add an energy later (暂缓接入); electricity is never waived."
)
class Waiver:
    """A row of the noun waiver."""

    unit: str = strawberry.field(description="Credit code of the unit.")
    province: str = strawberry.field(description="Province of the unit, six digits.")
    energy: EnergyKind = strawberry.field(description="The energy that may wait (能源种类).")
    grantor: str = strawberry.field(description="Department that granted it (批准部门).")
    granted_on: dt.date = strawberry.field(description="Day it was granted (批准日期).")
    until: dt.date | None = strawberry.field(
        description="First day it no longer holds; null if none was set."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit."
    )


NOUN = Noun("waiver", Waiver, {"unit": credit_code, "energy": words}, order="granted_on")


@strawberry.enum(description="What waivers can be ordered by.")
class WaiverOrder(Enum):
    """Values are columns."""

    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    GRANTED_ON = strawberry.enum_value("granted_on", description="By the day they were granted.")
    UNTIL = strawberry.enum_value("until", description="By their end.")


@strawberry.input(description="Which waivers.")
class WaiverFilter:
    """Conditions on the noun waiver."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    energy: list[EnergyKind] | None = strawberry.field(description="Of any of these energies.")
    until_before: dt.date | None = strawberry.field(description="Ending before this day.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("energy", self.energy, word_of),
            before("until", self.until_before),
        )


@strawberry.type(description="Root fields of waivers.")
class WaiverQuery:
    """Waivers by list and by key."""

    waivers: Connection[Waiver] = listing(
        NOUN, WaiverFilter, WaiverOrder.UNIT, "Energies units may add later (暂缓接入)."
    )

    waiver: Waiver | None = by_key(
        NOUN,
        "The waiver of a unit and an energy (暂缓接入)",
        unit="Credit code of the unit.",
        energy="The energy that may wait (能源种类).",
    )


QUERY = WaiverQuery
