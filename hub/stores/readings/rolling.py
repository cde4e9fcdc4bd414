"""What changed rows change of the rollups, as columns: cards, energy by unit, energy by province."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.stores.readings.lanes import decimals, integers, scaled
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.unit_days import unit_days

_TOTAL = pa.decimal128(38, 4)
_PLAIN = frozenset({1, 2, 3})  # granularities of which one alone makes up a day by adding up
_DAY_AT, _UNIT_AT = 3, 27  # bits a granularity takes, and it with a day from 1970 to long after 9999
_LARGEST = 2**63 - 1  # of the numbers that runs are added up in
_SUMMED = ("readings", "due", "on_time", "total", "lane_a", "lane_b")
_READING = ["unit_id", "point_id", "granularity", "day", "start", "value", "version", "origin", "batch_id"]
_NO_UNITS = pa.schema([("unit_id", pa.int32()), ("province", pa.string())]).empty_table()


@dataclass(frozen=True)
class UnitColumns:
    """The province of each unit, and which units have coefficients of their own, by variety."""

    province: pa.Array = field(default_factory=lambda: pa.nulls(0, pa.string()))
    own: frozenset[tuple[int, str]] = frozenset()

    @classmethod
    def of(cls, units: pa.Table = _NO_UNITS, own: frozenset[tuple[int, str]] = frozenset()) -> UnitColumns:
        """From rows of unit_held that hold now."""
        ids = integers(units["unit_id"])
        place = np.full(int(ids.max(initial=-1)) + 1, -1, np.int64)
        place[ids] = np.arange(len(ids))
        at = pa.array(place, mask=place < 0)
        return cls(units["province"].combine_chunks().take(at), own)

    def provinces(self, units: npt.NDArray[np.int64]) -> pa.Array:
        """The province of each of these units."""
        return self.province.take(pa.array(units))


def readings_of(changes: pa.Table) -> pa.Table:
    """The rows of `reading` that changed rows make: those that come to hold, under the version they count with."""
    sign = integers(changes["sign"])
    come = changes if (sign > 0).all() else changes.filter(pa.array(sign > 0))
    place = come.schema.get_field_index("version")
    counted = come.set_column(place, "version", pc.coalesce(come["version"], come["received"]))
    return counted.select(_READING).append_column("unit_day", pa.array(unit_days(counted)))


def cards_of(changes: pa.Table) -> pa.Table:
    """The rows of `card` that changed rows make; lanes add up modulo 2^64, as unsigned numbers do.

    A card's unit, granularity and day are packed into one number. Rows stand beside others of their card, so runs of
    them are added up first and few are left to be grouped. All rows of a unit are of one batch, so any of their moments
    is theirs.
    """
    packed = (integers(changes["unit_id"]) << _UNIT_AT) | (integers(changes["day"]) << _DAY_AT)
    runs = _runs(packed | integers(changes["granularity"]), changes)
    sums = [*((name, "sum") for name in _SUMMED), ("told_at", "max")]
    found = runs.group_by("card", use_threads=False).aggregate(sums)
    card = integers(found["card"])
    return pa.table(
        {
            "unit_id": pa.array(card >> _UNIT_AT, pa.int32()),
            "granularity": pa.array((card & (2**_DAY_AT - 1)).astype(np.int8)),
            "day": pa.array((card >> _DAY_AT & (2 ** (_UNIT_AT - _DAY_AT) - 1)).astype(np.int32)).cast(
                pa.date32()
            ),
            "told_at": found["told_at_max"],
            **{name: found[f"{name}_sum"] for name in _SUMMED},
        }
    )


def _runs(card: npt.NDArray[np.int64], changes: pa.Table) -> pa.Table:
    """Rows that follow each other and are of one card, added up."""
    begins = np.flatnonzero(np.diff(card, prepend=-1))
    longest = int(np.diff(begins, append=len(card)).max())
    sign, due, value = integers(changes["sign"]), changes["due"].to_numpy(), scaled(changes["value"])
    if int(np.abs(value).max()) > _LARGEST // longest:  # a sum might not fit: nothing is added up here
        begins = np.arange(len(card))

    def summed(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.add.reduceat(column, begins)

    return pa.table(
        {
            "card": card[begins],
            "readings": summed(sign),
            "due": summed(np.where(due, sign, 0)),
            "on_time": summed((changes["on_time"].to_numpy() & due).astype(np.int64)),
            "total": decimals(summed(value * sign), _TOTAL),
            "lane_a": summed(integers(changes["lane_a"], np.uint64)),
            "lane_b": summed(integers(changes["lane_b"], np.uint64)),
            "told_at": changes["told_at"].take(pa.array(begins)),
        }
    )


def _signed(values: pa.ChunkedArray, sign: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    if (sign > 0).all():
        return values.cast(_TOTAL)
    return pc.if_else(pa.array(sign > 0), values, pc.negate(values)).cast(_TOTAL)


def is_plain(counted: pa.Table, near: pa.Table) -> bool:
    """Whether days just add up: all rows that count, changed and near, are of one granularity, and no month's."""
    kinds = set(pc.unique(counted["granularity"]).to_pylist()) | set(
        pc.unique(near["granularity"]).to_pylist()
    )
    return len(kinds) == 1 and kinds <= _PLAIN


def plain_energy(counted: pa.Table, known: PointColumns) -> pa.Table:
    """unit_id, variety, day, part, value, readings of changed rows that are plain (see `is_plain`)."""
    places = known.places(integers(counted["unit_id"]), integers(counted["point_id"]))
    sign = integers(counted["sign"])
    rows = counted.select(["unit_id", "day"]).append_column("variety", known.varieties(places))
    rows = rows.append_column("value", _signed(counted["value"], sign)).append_column(
        "readings", pa.array(sign)
    )
    found = rows.group_by(["unit_id", "variety", "day"], use_threads=False).aggregate(
        [("value", "sum"), ("readings", "sum")]
    )
    found = found.rename_columns(["unit_id", "variety", "day", "value", "readings"])
    return found.append_column("part", pa.repeat(pa.scalar(0, pa.int8()), found.num_rows))


def dated(energy: pa.Table, whose: pa.Table) -> pa.Table:
    """Changes of energy with the moment of the batch that speaks of the unit."""
    units = integers(whose["unit_id"])
    order = np.argsort(units)
    at = order[np.searchsorted(units[order], integers(energy["unit_id"]))]
    found = energy.append_column("told_at", whose["told_at"].take(pa.array(at)))
    return found.select(["unit_id", "variety", "day", "part", "told_at", "value", "readings"])


def by_province(energy: pa.Table, units: UnitColumns, told_at: Any) -> pa.Table:
    """What changes of energy change of the provinces, units with coefficients of their own apart."""
    ids = integers(energy["unit_id"])
    own: npt.NDArray[np.bool_] = np.zeros(len(ids), np.bool_)
    if units.own:
        pairs = zip(ids.tolist(), energy["variety"].to_pylist(), strict=True)
        own = np.array([pair in units.own for pair in pairs], np.bool_)
    rows = energy.select(["variety", "day", "part", "value", "readings"])
    rows = rows.append_column("province", units.provinces(ids))
    rows = rows.append_column("own_unit", pa.array(ids, pa.int32(), mask=~own))
    keys = ["province", "variety", "own_unit", "day", "part"]
    found = rows.group_by(keys, use_threads=False).aggregate([("value", "sum"), ("readings", "sum")])
    found = found.rename_columns([*keys, "value", "readings"])
    found = found.append_column("told_at", pa.repeat(pa.scalar(told_at, pa.timestamp("us")), found.num_rows))
    return found.select([*keys, "told_at", "value", "readings"])
