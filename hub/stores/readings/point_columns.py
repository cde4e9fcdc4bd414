"""What is known of points, as columns that a batch of any size is looked up in at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.stores.readings.lanes import integers

NEVER = np.iinfo(np.int32).max  # the day on which a point without an end ends
_UNKNOWN = 0  # the place of what nobody knows: no code, nothing due, nothing counted


@dataclass(frozen=True)
class PointColumns:
    """Columns of all points, each at `base[unit_id] + point_id` and before `base[unit_id + 1]`; days count from 1970."""

    base: npt.NDArray[np.int64]
    code: npt.NDArray[np.uint64]
    granularity: npt.NDArray[np.int8]
    since: npt.NDArray[np.int32]
    until: npt.NDArray[np.int32]
    waived_from: npt.NDArray[np.int32]
    waived_until: npt.NDArray[np.int32]
    owes: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.bool_]
    adds_up: npt.NDArray[np.bool_]
    variety: npt.NDArray[np.int64]
    variety_codes: pa.Array

    @classmethod
    def of(cls, points: pa.Table) -> PointColumns:
        """From rows of point_held that hold now."""
        units, numbers = integers(points["unit_id"]), integers(points["point_id"])
        base = _bases(units, numbers)
        place = base[units] + numbers if len(units) else units
        size = int(place.max(initial=_UNKNOWN)) + 1

        varieties = points["variety"].combine_chunks().dictionary_encode()

        def spread(values: npt.NDArray[Any], kind: Any) -> npt.NDArray[Any]:
            found = np.zeros(size, kind)
            found[place] = values
            return found

        return cls(
            base=base,
            code=spread(_codes(points["data_code"]), np.uint64),
            granularity=spread(integers(points["granularity"]), np.int8),
            since=spread(_days(points["since"], 0), np.int32),
            until=spread(_days(points["until"], NEVER), np.int32),
            waived_from=spread(_days(points["waived_from"], NEVER), np.int32),
            waived_until=spread(_days(points["waived_until"], NEVER), np.int32),
            owes=spread(points["state"].to_numpy() != "proposed", np.bool_),
            counts=spread(points["counts"].to_numpy(), np.bool_),
            adds_up=spread(points["adds_up"].to_numpy(), np.bool_),
            variety=spread(varieties.indices.to_numpy(), np.int64),
            variety_codes=varieties.dictionary,
        )

    def varieties(self, places: npt.NDArray[np.int64]) -> pa.Array:
        """The varieties' codes of points that stand at these places."""
        return self.variety_codes.take(pa.array(self.variety[places]))

    def places(self, units: npt.NDArray[np.int64], points: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where in the columns these points stand."""
        unit = np.minimum(units, len(self.base) - 2)
        place = self.base[unit] + points
        return np.where((units == unit) & (place < self.base[unit + 1]), place, _UNKNOWN)


def _bases(units: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each unit the place before its first point, and the end of the last one's; place 0 is nobody's."""
    most = np.zeros(int(units.max(initial=0)) + 2, np.int64)
    np.maximum.at(most, units + 1, numbers + 1)
    return np.cumsum(most) + 1


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    return integers(column.cast(pa.int64()), np.uint64)


def _days(column: pa.ChunkedArray, missing: int) -> npt.NDArray[np.int32]:
    days = column.cast(pa.int32()).fill_null(missing)
    found: npt.NDArray[np.int32] = integers(days, np.int32)
    return found
