"""Digests of a level's buckets: units and their days from cards, points from readings, provinces from their units."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import InvalidInput
from graph.model.digest import SEEDS, name_numbers
from graph.model.reading import granularity_names
from graph.ports import DigestAsk, DigestLevel
from hub.stores.readings.lanes import Words, integers, lanes, mix, scaled
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.series import between
from hub.stores.readings.statements import run
from hub.stores.readings.unit_sums import within_bounds

UNITS_OF_POINTS_MAX = 500  # of one question about points: whose readings are read one by one
Summed: TypeAlias = Callable[[Hashable, Callable[[], pa.Table]], pa.Table]
_DAY = ["unit", "granularity", "day"]
_POINT = [*_DAY, "data_code"]


def _not_kept(_question: Hashable, summed: Callable[[], pa.Table]) -> pa.Table:
    return summed()


def digests_of(
    cursor: duckdb.DuckDBPyConnection,
    ask: DigestAsk,
    values: Mapping[str, Any],
    points: PointColumns,
    sums: Summed = _not_kept,
) -> pa.Table:
    """As graph.ports.FigureSource says; `sums` may know the sums of all units. Raises InvalidInput for points of no unit
    or of too many.
    """
    bound = _bound(ask, values)
    if ask.level is DigestLevel.POINT:
        return _in_words(_of_points(cursor, ask, values, points))
    if ask.level is DigestLevel.DAY:
        return _in_words(run(cursor, "digests", {**bound, **_days(ask)}).to_arrow_table())
    units = within_bounds(_units(cursor, ask, bound, sums), bound).drop_columns(["region"])
    return units if ask.level is DigestLevel.UNIT else _of_provinces(units)


def _units(
    cursor: duckdb.DuckDBPyConnection, ask: DigestAsk, bound: Mapping[str, Any], sums: Summed
) -> pa.Table:
    """Those that are named, or all of them, summed once for as many as ask about a part of them."""
    values = {**bound, **_days(ask)}
    if ask.units or ask.reach.unit is not None:
        named = list(ask.units) or [str(ask.reach.unit)]
        return run(cursor, "digests_of_units", {**values, "units": named}).to_arrow_table()
    question = tuple(values[name] for name in ("at", "first_day", "last_day", "granularity"))
    return sums(question, lambda: run(cursor, "digests_of_units", values).to_arrow_table())


def days_from_readings(
    cursor: duckdb.DuckDBPyConnection, ask: DigestAsk, values: Mapping[str, Any], points: PointColumns
) -> pa.Table:
    """Digests of named units' days as their readings make them, whatever is kept of them."""
    return _in_words(_grouped(cursor, ask, values, points, _DAY))


def of_units(cursor: duckdb.DuckDBPyConnection, ask: DigestAsk, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement over the readings of named units binds."""
    bound = _bound(ask, values)
    numbers = run(cursor, "unit_numbers", bound).fetchone() or (0, -1)
    return {**bound, **between(ask.period), "first_unit": numbers[0], "last_unit": numbers[1]}


def _bound(ask: DigestAsk, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **values,
        "granularity": None if ask.granularity is None else ask.granularity.number,
        "units": list(ask.units) or None,
    }


def _days(ask: DigestAsk) -> dict[str, Any]:
    return {"first_day": ask.period.first_day, "last_day": ask.period.last_day}


def _of_points(
    cursor: duckdb.DuckDBPyConnection, ask: DigestAsk, values: Mapping[str, Any], points: PointColumns
) -> pa.Table:
    if not 0 < len(ask.units) <= UNITS_OF_POINTS_MAX:
        raise InvalidInput(f"came {len(ask.units)}, expected 1 to {UNITS_OF_POINTS_MAX} for points", "unit")
    return _grouped(cursor, ask, values, points, _POINT)


def _grouped(
    cursor: duckdb.DuckDBPyConnection,
    ask: DigestAsk,
    values: Mapping[str, Any],
    points: PointColumns,
    bucket: list[str],
) -> pa.Table:
    rows = run(cursor, "digests_of_points", of_units(cursor, ask, values)).to_arrow_table()
    codes, first, second = lanes_of(rows, points)
    table = rows.select(_DAY)
    if bucket is _POINT:
        spelt = pc.utf8_lpad(pa.array(codes).cast(pa.string()), 16, "0")
        table = table.append_column("data_code", spelt)
    table = table.append_column("total", rows["value"].cast(pa.decimal128(38, 4)))
    table = table.append_column("lane_a", pa.array(first)).append_column("lane_b", pa.array(second))
    return summed_by(table, bucket)


def summed_by(readings: pa.Table, bucket: list[str]) -> pa.Table:
    """Readings, each with its total (its value) and lanes, added up by what names their buckets, in that order."""
    sums = [("total", "count"), ("total", "sum"), ("lane_a", "sum"), ("lane_b", "sum")]
    found = readings.group_by(bucket, use_threads=False).aggregate(sums)
    found = found.rename_columns([*bucket, "readings", "total", "lane_a", "lane_b"])
    return found.sort_by([(name, "ascending") for name in bucket])


def lanes_of(rows: pa.Table, points: PointColumns) -> tuple[Words, Words, Words]:
    """The data code of each reading as a number, and both lanes of its digest."""
    codes = points.code[points.places(integers(rows["unit_id"]), integers(rows["point_id"]))]
    first, second = lanes(
        codes,
        integers(rows["start"]).astype(np.int64, copy=False).view(np.uint64),
        integers(rows["granularity"]).astype(np.int64).view(np.uint64),
        scaled(rows["value"]).view(np.uint64),
    )
    return codes, first, second


def _of_provinces(units: pa.Table) -> pa.Table:
    """Units' digests under their names, added up: graph.model.digest.named, as columns."""
    names = [name_numbers(name) for name in units["unit"].to_pylist()]
    letters = np.array(names, np.uint64).reshape(-1, 3)
    table = units.select(["province", "readings", "total"])
    for seed, lane in zip(SEEDS, ("lane_a", "lane_b"), strict=True):
        table = table.append_column(lane, pa.array(_named(letters, integers(units[lane], np.uint64), seed)))
    sums = [
        ("readings", "count"),
        ("readings", "sum"),
        ("total", "sum"),
        ("lane_a", "sum"),
        ("lane_b", "sum"),
    ]
    found = table.group_by("province", use_threads=False).aggregate(sums)
    named = found.rename_columns(["province", "units", "readings", "total", "lane_a", "lane_b"])
    return named.sort_by("province")


def _named(letters: npt.NDArray[np.uint64], lane: Words, seed: int) -> Words:
    found = np.full(len(lane), seed, np.uint64)
    for place in range(letters.shape[1]):
        found = mix(found + letters[:, place])
    return mix(found + lane)


def _in_words(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("granularity")
    return table.set_column(place, "granularity", granularity_names(table["granularity"]))
