"""Data points (采集点): one data code of one unit, and the readings below it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import strawberry

from graph.execution.arguments import (
    PeriodArgument,
    among,
    as_given,
    conditions,
    credit_code,
    data_code,
    region_code,
    word_of,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.levels import Parted, Picked, keys_of
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.past import AsOfArgument, as_of
from graph.model.energy import VARIETIES
from graph.ports import Condition
from graph.types._enums import EnergyKind, Granularity, PointState
from graph.types._related import one
from graph.types.instrument import Instrument
from graph.types.reading import Reading, latest_of, missing_of, readings_of

if TYPE_CHECKING:
    from graph.types.unit import Unit


GranularityArgument: TypeAlias = Annotated[
    Granularity, strawberry.argument(description="How long one reading's period is.")
]


async def _readings(
    points: Sequence[DataPoint],
    info: Info,
    period: PeriodArgument,
    granularity: GranularityArgument = Granularity.DAY,
    said: AsOfArgument = None,
    first: Annotated[
        int | None,
        strawberry.argument(
            description="Readings of each point at most, 1 to 10 000, the earliest; "
            "null for all of them, an error past 10 000."
        ),
    ] = None,
) -> Parted[Reading]:
    places = keys_of(points, "unit_id", "point_id")
    return await readings_of(info, places, granularity, period.period(), await as_of(info, said), first)


async def _latest(points: Sequence[DataPoint], info: Info, said: AsOfArgument = None) -> Picked[Reading]:
    return await latest_of(info, keys_of(points, "unit_id", "point_id"), await as_of(info, said))


async def _missing(
    points: Sequence[DataPoint],
    info: Info,
    period: PeriodArgument,
    granularity: GranularityArgument = Granularity.DAY,
    said: AsOfArgument = None,
) -> list[list[dt.datetime]]:
    places = keys_of(points, "unit_id", "point_id")
    return await missing_of(info, places, granularity, period.period(), await as_of(info, said))


@strawberry.federation.type(keys=["unit code"], description="One data code of one unit (采集点).")
class DataPoint:
    """A row of the noun data_point."""

    unit_id: strawberry.Private[int]
    point_id: strawberry.Private[int]
    unit: str = strawberry.field(description="Credit code of the unit it belongs to.")
    code: str = strawberry.field(description="Data code (数据编码), 16 digits without hyphens.")
    province: str = strawberry.field(description="Province of its unit, six digits.")
    variety: str = strawberry.field(description="Class and variety digits of its code (CCVVVV).")
    variety_name: str | None = strawberry.field(
        description="The variety's name in Chinese (能源品种); null when the tables do not know it."
    )
    measure: str | None = strawberry.field(
        description="Unit its values are in (计量单位): its variety's t, m3, kWh or GJ; for a variety the tables do "
        "not know what the point says of itself, null where it says nothing."
    )
    kind: EnergyKind | None = strawberry.field(
        description="Energy kind (能源种类); null for what is neither primary nor secondary energy."
    )
    scope: int = strawberry.field(
        description="What it covers (采集范围): 1 plant, 2 process, 3 process unit, 4 key equipment."
    )
    granularity: Granularity = strawberry.field(description="At which granularity its readings are due.")
    since: dt.date = strawberry.field(description="First day its readings are due.")
    until: dt.date | None = strawberry.field(
        description="First day they are no longer due; null while they are."
    )
    low: Decimal | None = strawberry.field(
        description="Least plausible value (dataValueMin), in its unit of measure."
    )
    high: Decimal | None = strawberry.field(
        description="Largest plausible value (dataValueMax), in its unit of measure."
    )
    instrument: str | None = strawberry.field(description="Number of the instrument that feeds it.")
    state: PointState = strawberry.field(description="Whether its readings count.")
    instrument_detail: Instrument | None = batched(
        one("instrument", "unit", "instrument"), "The instrument that feeds it."
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "The unit it belongs to."
    )
    readings: Sequence[Reading] = batched(_readings, "Its readings in a period, by start.")
    missing: list[dt.datetime] = batched(
        _missing,
        "Starts of the slots in a period that are over and of which nothing was said, nothing finer either (缺数), "
        "whether they are due or not. Finer values that do not add up say nothing of a slot.",
    )
    latest: Reading | None = batched(
        _latest, "The last value said of it, of whatever granularity (最新读数); null where there is none."
    )


def _with_variety(table: pa.Table, _: Info) -> pa.Table:
    known = [VARIETIES.get(code) for code in table.column("variety").to_pylist()]
    names = [variety.name if variety else None for variety in known]
    native = pa.array([variety.unit.value if variety else None for variety in known], pa.string())
    measures = pc.coalesce(native, table.column("measure"))
    table = table.append_column("variety_name", pa.array(names, pa.string()))
    return table.set_column(table.schema.get_field_index("measure"), "measure", measures)


NOUN = Noun(
    "data_point", DataPoint, {"unit": credit_code, "code": data_code}, order="code", shape=_with_variety
)


@strawberry.enum(description="What data points can be ordered by.")
class DataPointOrder(Enum):
    """Values are columns."""

    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    CODE = strawberry.enum_value("code", description="By data code.")
    SINCE = strawberry.enum_value("since", description="By the first day due.")


@strawberry.input(description="Which data points.")
class DataPointFilter:
    """Conditions on the noun data_point."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    code: list[str] | None = strawberry.field(description="Of any of these data codes.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    variety: list[str] | None = strawberry.field(description="Of any of these varieties, CCVVVV.")
    kind: list[EnergyKind] | None = strawberry.field(description="Of any of these energy kinds.")
    scope: list[int] | None = strawberry.field(description="Covering any of these scopes, 1 to 4.")
    granularity: list[Granularity] | None = strawberry.field(description="Due at any of these.")
    state: list[PointState] | None = strawberry.field(description="In any of these states.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("code", self.code, data_code),
            among("province", self.province, region_code),
            among("variety", self.variety),
            among("kind", self.kind, word_of),
            among("scope", self.scope, as_given),
            among("granularity", self.granularity, word_of),
            among("state", self.state, word_of),
        )


@strawberry.type(description="Root fields of data points.")
class DataPointQuery:
    """Data points by list and by key."""

    data_points: Connection[DataPoint] = listing(
        NOUN, DataPointFilter, DataPointOrder.UNIT, "Data points of units (采集点)."
    )

    data_point: DataPoint | None = by_key(
        NOUN,
        "The data point of a unit and a data code (采集点)",
        unit="Credit code of the unit.",
        code="Data code, with or without hyphens.",
    )


QUERY = DataPointQuery
