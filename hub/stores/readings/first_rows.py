"""The first rows of each point, cut from an ordered answer: cheaper than numbering all rows in SQL to keep some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from hub.stores.readings.lanes import integers

_UNIT_AT = 32


def first_of_each(pieces: Iterable[pa.RecordBatch], first: int | None) -> Iterator[pa.RecordBatch]:
    """Of rows ordered by unit_id and point_id the `first` of each point, all where it is None; piece by piece."""
    last, seen = None, 0  # the point the piece before ended with, and how many rows of it came by then
    for piece in pieces:
        if first is None or piece.num_rows == 0:
            yield piece
            continue
        # A page is of one point: then there is nothing to number.
        if (only := _point_at(piece, 0)) == _point_at(piece, piece.num_rows - 1):
            before_it = seen if only == last else 0
            last, seen = only, before_it + piece.num_rows
            yield piece.slice(0, max(first - before_it, 0))
            continue
        point = (integers(piece["unit_id"]) << _UNIT_AT) | integers(piece["point_id"])
        begins = np.flatnonzero(np.diff(point, prepend=point[0] - 1))
        before = np.arange(piece.num_rows) - np.repeat(begins, np.diff(begins, append=piece.num_rows))
        if point[0] == last:
            before[point == last] += seen
        last, seen = point[-1], int(before[-1]) + 1
        yield piece.filter(pa.array(before < first))


def _point_at(piece: pa.RecordBatch, place: int) -> int:
    unit, point = piece["unit_id"][place].as_py(), piece["point_id"][place].as_py()
    return int(unit << _UNIT_AT | point)
