"""A page's commonest question, one unit's days, where they were said as days: they are the answer as they stand.

The rule that makes days of finer values (sql/readings_day.sql) is a statement that takes longer to plan than these rows to
find. It is asked wherever there is a finer value; where there is none, each day has one value, its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity
from graph.ports import ReadingAsk
from hub.stores.readings.lanes import integers
from hub.stores.readings.statements import run

Numbers = npt.NDArray[np.int64]

_SHAPE = pa.schema(
    {
        "unit_id": pa.int32(), "point_id": pa.int32(), "start": pa.timestamp("us"), "value": pa.decimal128(38, 4),
        "origin": pa.int32(), "batch": pa.int32(), "suspect": pa.bool_(),
    }
)  # fmt: skip
_POINTS_MAX = 4_096  # what is left in a number of 63 bits beside a day and a batch
_POINT_AT, _DAY_AT = 51, 31
_DAY_US, _BEIJING_US = 86_400_000_000, 28_800_000_000


def whole_days(
    cursor: duckdb.DuckDBPyConnection, ask: ReadingAsk, values: Mapping[str, Any]
) -> pa.Table | None:
    """The answer to a question of one unit's days, as readings_day.sql gives it; None where the rule has to be asked.

    Two statements: the cursor has to see one state throughout.
    """
    units = {unit for unit, _ in ask.points}
    points = np.unique(np.array([point for _, point in ask.points], np.int64))
    if ask.granularity is not Granularity.DAY or len(units) != 1 or len(points) > _POINTS_MAX:
        return None
    bounds = {**values, "unit": units.pop(), "first_point": int(points[0]), "last_point": int(points[-1])}
    rows = run(cursor, "days_of_unit", bounds).to_arrow_table()
    rows = rows.filter(_is_asked(rows, points))
    if pc.min(rows["granularity"]).as_py() not in {None, Granularity.DAY.number}:
        return None
    marks = run(cursor, "marks_of_unit", bounds).to_arrow_table()
    marks = marks.filter(_is_asked(marks, points))
    row, mark, gone = _numbers(rows, points), _numbers(marks, points), marks["gone"].to_numpy()
    rows = rows.append_column("suspect", pa.array(np.isin(row, mark[~gone])))
    held = np.flatnonzero(~np.isin(row, mark[gone]))
    return rows.select(_SHAPE.names).take(held[np.argsort(row[held])]).cast(_SHAPE)


def _is_asked(rows: pa.Table, points: Numbers) -> pa.Array:
    return pa.array(np.isin(integers(rows["point_id"]), points))


def _numbers(rows: pa.Table, points: Numbers) -> Numbers:
    """The point, the day and the batch of each row in one number, in the order of the answer."""
    place = np.searchsorted(points, integers(rows["point_id"]))
    day = (integers(rows["start"]) + _BEIJING_US) // _DAY_US
    numbers: Numbers = (place << _POINT_AT) | (day << _DAY_AT) | integers(rows["batch"])
    return numbers
