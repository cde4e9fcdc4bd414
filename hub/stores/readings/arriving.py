"""What a group of batches brings, as the columns its one transaction works on.

The batches of a group speak of different units, so that no row of one can meet a row of another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING, Granularity
from graph.ports import Judged
from hub.stores.readings.judging import KEY, in_order
from hub.stores.readings.lanes import integers, lanes, scaled
from hub.stores.readings.moments import microseconds
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.unit_days import unit_days

UNIT_DAYS_OF_A_BOX = 32  # a month of a unit: so few are read without asking first which of them are known
IDS_PER_BATCH = 2**32  # more rows than a batch can have, so that ids of rows never meet
_DAY_US = 86_400 * 10**6
_AHEAD_US = BEIJING.utcoffset(None) // dt.timedelta(microseconds=1)
_MOMENT = pa.timestamp("us")


@dataclass(frozen=True)
class Numbered:
    """A batch with the number and the moment the ledger gives it."""

    batch: Judged
    number: int
    received: dt.datetime

    @property
    def received_us(self) -> int:
        """Microseconds from 1970, the version of values whose source gives none."""
        return microseconds(self.received)


@dataclass(frozen=True)
class Arrival:
    """All rows of a group, sorted by granularity, unit, point and start: like beside like is stored small."""

    table: pa.Table

    @classmethod
    def of(cls, group: Sequence[Numbered]) -> Arrival:
        """The rows of these batches with their day, batch and moment."""
        whole = pa.concat_tables([member.batch.table for member in group]).combine_chunks()
        sizes = [member.batch.table.num_rows for member in group]
        day = np.floor_divide(integers(whole["start"]) + _AHEAD_US, _DAY_US).astype(np.int32)
        received = np.repeat(np.array([member.received_us for member in group], np.int64), sizes)
        for name, column in {
            "day": pa.array(day).cast(pa.date32()),
            "batch_id": pa.array(np.repeat(np.array([member.number for member in group], np.int32), sizes)),
            "received": pa.array(received),
            "told_at": pa.array(received).cast(_MOMENT),
        }.items():
            whole = whole.append_column(name, column)
        return cls(in_order(whole))

    @cached_property
    def twice(self) -> bool:
        """Whether some key is said more than once."""
        keys = [integers(self.table[name]) for name in KEY]
        return bool(np.logical_and.reduce([key[1:] == key[:-1] for key in keys]).any())

    @cached_property
    def versioned(self) -> npt.NDArray[np.bool_]:
        """Which rows their source gave a version."""
        return np.asarray(pc.is_valid(self.table["version"]).to_numpy())

    @cached_property
    def versions(self) -> pa.ChunkedArray:
        """The version each row counts with: its source's, else its arrival."""
        return pc.coalesce(self.table["version"], self.table["received"])

    @cached_property
    def monthly(self) -> bool:
        """Whether some row speaks of a month or a year."""
        return bool(pc.max(self.table["granularity"]).as_py() > Granularity.DAY.number)

    @cached_property
    def reached(self) -> pa.Table:
        """The points and days these rows speak of: unit_id, point_id, day; some may stand there twice."""
        return self._runs(["unit_id", "point_id", "day"])

    @cached_property
    def touched(self) -> pa.Table:
        """The cards these rows belong to: unit_id, granularity, day."""
        columns = ["unit_id", "granularity", "day"]
        return self._runs(columns).group_by(columns, use_threads=False).aggregate([])

    @cached_property
    def boxed(self) -> bool:
        """Whether these are few units' days, and all of those between the first and last of each."""
        days, units = integers(self.touched["day"]), integers(self.touched["unit_id"])
        between = (days.max() - days.min() + 1) * (units.max() - units.min() + 1)
        return bool(between <= UNIT_DAYS_OF_A_BOX and between == len(np.unique(unit_days(self.touched))))

    def _runs(self, columns: list[str]) -> pa.Table:
        """The first of each run of rows that are alike in these columns."""
        keys = [integers(self.table[name]) for name in columns]
        differs = np.logical_or.reduce([np.diff(key, prepend=key[0] - 1) != 0 for key in keys])
        found = self.table.select(columns)
        return found if differs.all() else found.take(np.flatnonzero(differs))

    @cached_property
    def whose(self) -> pa.Table:
        """unit_id and the moment (told_at) of the batch that speaks of it."""
        columns = ["unit_id", "told_at"]
        return self._runs(columns).group_by(columns, use_threads=False).aggregate([])

    @cached_property
    def bounds(self) -> dict[str, Any]:
        """The first and last day, month and unit, which statements are narrowed to."""
        days, units = pc.min_max(self.table["day"]), pc.min_max(self.table["unit_id"])
        first, last = days["min"].as_py(), days["max"].as_py()
        return {
            "first_day": first, "last_day": last, "first_month": first.replace(day=1),
            "first_unit": units["min"].as_py(), "last_unit": units["max"].as_py(),
        }  # fmt: skip

    def as_new(self) -> pa.Table:
        """The rows as changes, when none of them meets anything known."""
        count = self.table.num_rows
        return (
            self.table.drop_columns(["row"])
            .append_column("sign", pa.repeat(pa.scalar(1, pa.int8()), count))
            .append_column("is_new", pa.repeat(pa.scalar(value=True), count))
        )


def enriched(changes: pa.Table, known: PointColumns) -> pa.Table:
    """Changes with what cards need of each: whether it was due, on time and counted, and its lanes of digest."""
    place = known.places(integers(changes["unit_id"]), integers(changes["point_id"]))
    granularity, day = integers(changes["granularity"]), integers(changes["day"])
    owed = known.owes[place] & (known.granularity[place] == granularity)
    due = owed & (known.since[place] <= day) & (day < known.until[place])
    due &= (day < known.waived_from[place]) | (day >= known.waived_until[place])
    first, second = lanes(
        known.code[place],
        integers(changes["start"]).view(np.uint64),
        granularity.view(np.uint64),
        scaled(changes["value"]).view(np.uint64),
    )
    gone = integers(changes["sign"]) < 0
    columns = {
        "due": due,
        "on_time": changes["is_new"].to_numpy()
        & (integers(changes["told_at"]) < _deadline_us(granularity, day)),
        "counts": known.counts[place],
        "lane_a": np.where(gone, np.uint64(0) - first, first),
        "lane_b": np.where(gone, np.uint64(0) - second, second),
    }
    for name, column in columns.items():
        changes = changes.append_column(name, pa.array(column))
    return changes


def _deadline_us(granularity: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """When a value is late: a whole Beijing day after its period ended, years and months on their last day.

    The order asks for uploads every day (424号, 二); that the day after is still that day's upload is assumed.
    """
    days = day.astype("datetime64[D]")
    ends = days + 1
    for number, unit in ((4, "M"), (5, "Y")):
        whole = granularity == number
        if whole.any():
            ends = np.where(whole, (days.astype(f"datetime64[{unit}]") + 1).astype("datetime64[D]"), ends)
    return (ends.astype(np.int64) + 1) * _DAY_US - _AHEAD_US
