"""Data points (采集点): which data codes of a unit count, as its province maps what a device proposes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._enums import Granularity, PointState
from graph.types.data_point import NOUN, DataPoint


@strawberry.input(description="A data point as it is to stand; what is not given keeps what stands.")
class DataPointInput:
    """Cells of the noun data_point."""

    unit: str = strawberry.field(description="Credit code of the unit: with the code, which point.")
    code: str = strawberry.field(description="Data code (数据编码), with or without hyphens.")
    state: PointState | None = given(
        "Whether its readings count: ACTIVE maps a proposed one, RETIRED needs `until`; a new one is ACTIVE."
    )
    granularity: Granularity | None = given(
        "At which granularity its readings are due; needed for a new one."
    )
    since: dt.date | None = given("First day its readings are due; needed for a new one.")
    until: dt.date | None = given("First day they are no longer due; null while they are.")
    low: str | None = given(
        "Least plausible value (dataValueMin) as a decimal's text, in its unit of measure; null for none."
    )
    high: str | None = given(
        "Largest plausible value (dataValueMax) as a decimal's text, in its unit of measure; null for none."
    )
    instrument: str | None = given("Number of the instrument that feeds it; null for none.")
    measure: str | None = given(
        "Unit its values are in (计量单位), of a variety the tables do not know; null: its variety's own."
    )
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of data points.")
class DataPointMutation:
    """Decides data points."""

    @saving(
        "dataPoints",
        "Save data points (采集点), by unit and data code. A unit's province maps what a device proposes: what waited for "
        "a point is booked by itself once it is active.",
    )
    async def save_data_points(
        self, info: Info, data_points: Annotated[list[DataPointInput], Rows]
    ) -> list[Saved[DataPoint]]:
        return await saved(info, NOUN, "dataPoints", data_points)


MUTATION = DataPointMutation
