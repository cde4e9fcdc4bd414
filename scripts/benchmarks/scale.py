"""The scale of a stored value: four places against six, and doubles as the alternative named.

The same readings are appended as DECIMAL(18,4), DECIMAL(18,6) and DOUBLE, each to a file of its own and in turn, so
that what else the machine does falls on all of them; then they are checkpointed and summed by unit. Two sources:
invented meters of two to four places in the order they arrive, and the year of a real steel plant (its four quantities
as four points, told by twelve units), left out with the reason where the file is not there.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from rich.console import Console

from graph.model.period import Granularity
from graph.model.reading import VALUE, Origin
from scripts.benchmarks._cache import ROOT
from scripts.benchmarks._figure import Figure, Wanted, best_seconds

FOUR, SIX, DOUBLE = "DECIMAL(18,4)", "DECIMAL(18,6)", "DOUBLE"
TYPES: Mapping[str, pa.DataType] = {FOUR: VALUE, SIX: pa.decimal128(18, 6), DOUBLE: pa.float64()}
UNITS, DAYS, SLOTS = 1_700, 10, 96  # 1.6 million rows
PLANTS, ROUNDS = 12, 6
MIDNIGHT = np.datetime64("2026-11-01T00:00:00", "us")
QUARTER_HOUR = np.timedelta64(15, "m")
QUANTITIES = (
    "Usage_kWh", "Lagging_Current_Reactive_Power_kVarh", "Leading_Current_Reactive_Power_kVarh", "CO2(tCO2)",
)  # fmt: skip
SHARED_DATA = "NENGSHU_SHARED_DATA"  # the folder of real input, if it is not ../shared/data
_TABLE = (
    "CREATE TABLE reading (unit_id INTEGER, point_id INTEGER, granularity TINYINT, start TIMESTAMP, value {kind}, "
    "version BIGINT, origin TINYINT, batch_id INTEGER)"
)
Numbers: TypeAlias = npt.NDArray[np.integer[Any]]
_SUMS = "SELECT unit_id, sum(value) FROM reading GROUP BY unit_id"
_SIZE = "SELECT used_blocks * block_size FROM pragma_database_size()"


@dataclass(frozen=True)
class _Cost:
    """What one type costs for one source, and the total it tells."""

    append_s: float
    sum_s: float
    size: int
    total: Decimal


def figures() -> Iterable[Figure]:
    """Each source at each type, four places against six, and how many digits each type holds exactly.

    Times of the two decimals differ by less than a busy machine does from run to run; only their size has a sharp target.
    """
    yield from _of_source("meters", _meters())
    plant = _steel_plant()
    if plant is not None:
        yield from _of_source("steel plant", plant)
    for kind in TYPES:
        yield Figure(f"digits before the point beside four places, {kind}", _digits(kind), "digits")


def _of_source(name: str, rows: pa.Table) -> Iterable[Figure]:
    costs, count = _costs(rows), rows.num_rows
    yield Figure(f"{name}: places of the finest value", _places(rows["value"]), "places", 4, Wanted.AT_MOST)
    for kind, cost in costs.items():
        yield Figure(f"{name}: append, {kind}", count / cost.append_s, "rows/s")
        yield Figure(f"{name}: on disk, {kind}", cost.size / count, "B/row")
        yield Figure(f"{name}: sum by unit, {kind}", cost.sum_s * 1000, "ms")
        lost = abs(cost.total - costs[FOUR].total)
        yield Figure(f"{name}: total, away from the exact one, {kind}", float(lost), "units")
    four, six = costs[FOUR], costs[SIX]
    against = f"{name}: {{}}, four places against six"
    yield Figure(against.format("on disk"), four.size / six.size, "x", 1, Wanted.AT_MOST)
    yield Figure(against.format("append"), six.append_s / four.append_s, "x", 0.5)
    yield Figure(against.format("sum by unit"), four.sum_s / six.sum_s, "x", 2, Wanted.AT_MOST)


def _costs(rows: pa.Table) -> dict[str, _Cost]:
    """The best of some rounds; each begins with another type, for the first of a round finds the disk at rest."""
    tables = [(kind, _as(arrow, rows)) for kind, arrow in TYPES.items()]
    rounds = [
        {kind: _cost(kind, table) for kind, table in tables[number:] + tables[:number]}
        for number in (each % len(tables) for each in range(ROUNDS))
    ]
    return {kind: _best([each[kind] for each in rounds]) for kind in TYPES}


def _as(kind: pa.DataType, rows: pa.Table) -> pa.Table:
    """With the values of this type; all in one piece, for Arrow's pieces cost time that no type is to blame for."""
    place = rows.schema.get_field_index("value")
    return rows.set_column(place, "value", rows["value"].cast(kind)).combine_chunks()


def _best(costs: list[_Cost]) -> _Cost:
    return _Cost(
        min(cost.append_s for cost in costs),
        min(cost.sum_s for cost in costs),
        costs[-1].size,
        costs[-1].total,
    )


def _cost(kind: str, rows: pa.Table) -> _Cost:
    with (
        tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder,
        duckdb.connect(Path(folder) / "readings.duckdb") as store,
    ):
        store.execute(_TABLE.format(kind=kind))
        store.register("rows", rows)
        append_s = best_seconds(lambda: store.execute("INSERT INTO reading SELECT * FROM rows"), rounds=1)
        store.execute("CHECKPOINT")
        sum_s = best_seconds(lambda: store.execute(_SUMS).fetchall(), rounds=10)
        size, total = _one(store, _SIZE), _one(store, "SELECT sum(value) FROM reading")
    return _Cost(append_s, sum_s, int(size), total)


def _one(store: duckdb.DuckDBPyConnection, question: str) -> Decimal:
    """The one number it answers; a double is taken as it is, to its last bit."""
    (found,) = store.execute(question).fetchall()[0]
    return Decimal(found)


def _places(values: pa.ChunkedArray) -> int:
    """How many places the values need."""
    kept = range(VALUE.scale)
    return next((n for n in kept if pc.all(pc.equal(pc.round(values, n), values)).as_py()), VALUE.scale)


def _digits(kind: str) -> int:
    """How many nines may stand before the point of a value of four places that comes back as it was."""
    with duckdb.connect() as store:
        question = f"SELECT TRY_CAST(TRY_CAST($said AS {kind}) AS DECIMAL(38, 4))"
        values = (Decimal("9" * digits + ".9999") for digits in range(1, 20))
        return sum(store.execute(question, {"said": str(each)}).fetchall()[0][0] == each for each in values)


def _meters() -> pa.Table:
    """Quarter-hours of invented meters, a day of a unit after the other: of kWh, of Wh, of a tenth of a kilogram."""
    count = UNITS * DAYS * SLOTS
    unit = np.tile(np.repeat(np.arange(UNITS), SLOTS), DAYS)
    slot = np.tile(np.arange(SLOTS), UNITS * DAYS) + np.repeat(np.arange(DAYS), UNITS * SLOTS) * SLOTS
    step = np.array([100, 10, 1])[unit % 3]  # ten-thousandths: two, three and four places
    spread = np.random.default_rng(2589).normal(1, 0.2, count)
    load = (unit % 97 + 3) * 100_000  # 30 to 1000 in a quarter-hour
    parts = np.abs(load * spread / step).astype(np.int64) * step
    values = pc.multiply(pa.array(parts).cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.0001")))
    return _rows(unit, np.ones(count, np.int32), slot, pa.chunked_array([values.cast(VALUE)]))


def _steel_plant() -> pa.Table | None:
    """The plant's year as some units tell it, a unit after the other; None and a word of it where there is no file."""
    folder = Path(os.environ.get(SHARED_DATA) or ROOT.parent / "shared" / "data")
    file = folder / "steel_plant_15min.csv"
    if not file.is_file():
        Console(stderr=True).print(f"steel plant left out: no {file.name}; set {SHARED_DATA} to its folder")
        return None
    read = arrow_csv.ConvertOptions(
        include_columns=list(QUANTITIES), column_types=dict.fromkeys(QUANTITIES, VALUE)
    )
    year = arrow_csv.read_csv(file, convert_options=read)
    slots, points = year.num_rows, len(QUANTITIES)
    values = pa.chunked_array([chunk for column in year.columns for chunk in column.chunks] * PLANTS)
    point = np.tile(np.repeat(np.arange(points), slots), PLANTS)
    return _rows(
        np.repeat(np.arange(PLANTS), slots * points),
        point,
        np.tile(np.arange(slots), points * PLANTS),
        values,
    )


def _rows(unit: Numbers, point: Numbers, slot: Numbers, values: pa.ChunkedArray) -> pa.Table:
    """In the shape of the store's table; everything but place, time and value is the same in every row."""
    count = len(unit)
    return pa.table(
        {
            "unit_id": pa.array(unit, pa.int32()),
            "point_id": pa.array(point, pa.int32()),
            "granularity": pa.repeat(pa.scalar(Granularity.QUARTER_HOUR.number, pa.int8()), count),
            "start": pa.array(MIDNIGHT + slot * QUARTER_HOUR, pa.timestamp("us")),
            "value": values,
            "version": pa.repeat(pa.scalar(1_793_500_000_000_000, pa.int64()), count),
            "origin": pa.repeat(pa.scalar(Origin.INSTRUMENT.number, pa.int8()), count),
            "batch_id": pa.repeat(pa.scalar(1, pa.int32()), count),
        }
    )
