"""Instruments (能源计量器具): what measures, and whether its calibration is valid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.execution.arguments import (
    among,
    as_given,
    before,
    conditions,
    credit_code,
    region_code,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.model.period import beijing_day
from graph.ports import Condition
from graph.types._related import one

if TYPE_CHECKING:
    from graph.types.unit import Unit


async def _valid_on(
    instruments: Sequence[Instrument],
    info: Info,
    on: Annotated[
        dt.date | None, strawberry.argument(description="The day; null for today in Beijing.")
    ] = None,
) -> list[bool]:
    day = on or beijing_day(info.context.sources.clock.now())
    return [instrument.is_valid_on(day) for instrument in instruments]


@strawberry.federation.type(keys=["unit number"], description="A measuring instrument (能源计量器具).")
class Instrument:
    """A row of the noun instrument."""

    unit: str = strawberry.field(description="Credit code of the unit it belongs to.")
    number: str = strawberry.field(description="Its number within the unit (器具编号).")
    type_code: str = strawberry.field(
        description="Instrument type (器具类型), eight digits: 15260000 is electric."
    )
    level: int = strawberry.field(
        description="Metering level (GB 17167): 1 unit boundary, 2 main sub-unit, 3 main equipment."
    )
    accuracy_class: str = strawberry.field(
        description="Accuracy class as on its plate (准确度等级), such as 0.5S."
    )
    calibrated_on: dt.date | None = strawberry.field(description="Day of its last calibration (检定日期).")
    calibration_until: dt.date | None = strawberry.field(
        description="First day its calibration no longer covers (有效期至)."
    )
    province: str = strawberry.field(description="Province of its unit, six digits.")
    calibration_valid: bool = batched(
        _valid_on, "Whether its calibration covers a day; without dates it does not."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit it belongs to."
    )

    def is_valid_on(self, day: dt.date) -> bool:
        """As graph.model.instrument.Instrument has it."""
        begun = self.calibrated_on is None or self.calibrated_on <= day
        return begun and self.calibration_until is not None and day < self.calibration_until


NOUN = Noun("instrument", Instrument, {"unit": credit_code, "number": words}, order="number")


@strawberry.enum(description="What instruments can be ordered by.")
class InstrumentOrder(Enum):
    """Values are columns."""

    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    NUMBER = strawberry.enum_value("number", description="By number.")
    TYPE_CODE = strawberry.enum_value("type_code", description="By type.")
    CALIBRATION_UNTIL = strawberry.enum_value(
        "calibration_until", description="By the end of its calibration."
    )


@strawberry.input(description="Which instruments.")
class InstrumentFilter:
    """Conditions on the noun instrument."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    type_code: list[str] | None = strawberry.field(description="Of any of these types.")
    level: list[int] | None = strawberry.field(description="At any of these metering levels, 1 to 3.")
    calibration_until_before: dt.date | None = strawberry.field(
        description="Whose calibration ends before this day."
    )

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("province", self.province, region_code),
            among("type_code", self.type_code),
            among("level", self.level, as_given),
            before("calibration_until", self.calibration_until_before),
        )


@strawberry.type(description="Root fields of instruments.")
class InstrumentQuery:
    """Instruments by list and by key."""

    instruments: Connection[Instrument] = listing(
        NOUN, InstrumentFilter, InstrumentOrder.UNIT, "Measuring instruments (能源计量器具)."
    )

    instrument: Instrument | None = by_key(
        NOUN,
        "The instrument of a unit and a number (计量器具)",
        unit="Credit code of the unit.",
        number="Its number within the unit (器具编号).",
    )


QUERY = InstrumentQuery
