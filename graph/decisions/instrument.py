"""Instruments (能源计量器具): what a unit measures with, and until when its calibration counts."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types.instrument import NOUN, Instrument


@strawberry.input(
    description="A measuring instrument as it is to stand; what is not given keeps what stands."
)
class InstrumentInput:
    """Cells of the noun instrument."""

    unit: str = strawberry.field(description="Credit code of the unit: with the number, which instrument.")
    number: str = strawberry.field(description="Its number within the unit (器具编号).")
    type_code: str | None = given("Instrument type (器具类型), eight digits; needed for a new one.")
    level: int | None = given("Metering level (GB 17167), 1 to 3; needed for a new one.")
    accuracy_class: str | None = given(
        "Accuracy class as on its plate (准确度等级), such as 0.5S; needed for a new one."
    )
    calibrated_on: dt.date | None = given("Day of its last calibration (检定日期); null for none.")
    calibration_until: dt.date | None = given(
        "First day its calibration no longer covers (有效期至); null for none."
    )
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of instruments.")
class InstrumentMutation:
    """Decides instruments."""

    @saving("instruments", "Save measuring instruments (能源计量器具), by unit and number.")
    async def save_instruments(
        self, info: Info, instruments: Annotated[list[InstrumentInput], Rows]
    ) -> list[Saved[Instrument]]:
        return await saved(info, NOUN, "instruments", instruments)


MUTATION = InstrumentMutation
