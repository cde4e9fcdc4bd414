"""A page's commonest question, one unit's days, where they were said as days: they are the answer as they stand.

The rule that makes days of finer values (sql/readings_day.sql) is a statement that takes longer to plan than these rows to
find. It is asked wherever a finer value was ever said; where none was, each day has one value, its own.
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
from hub.stores.readings.database import one_state
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
_DAY_US = 86_400_000_000


def whole_days(
    cursor: duckdb.DuckDBPyConnection, ask: ReadingAsk, values: Mapping[str, Any]
) -> pa.Table | None:
    """The answer to a question of one unit's days, as readings_day.sql gives it; None where the rule has to be asked.

    `values` are the bounds: as_of, and low and high, Beijing midnights in UTC without a zone.
    """
    units = {unit for unit, _ in ask.points}
    points = np.unique(np.array([point for _, point in ask.points], np.int64))
    if ask.granularity is not Granularity.DAY or len(units) != 1 or len(points) > _POINTS_MAX:
        return None
    bounds = {**values, "unit": units.pop(), "first_point": int(points[0]), "last_point": int(points[-1])}
    with one_state(cursor):
        marks = run(cursor, "marks_of_unit", bounds).to_arrow_table()
        if "finer" in marks["mark"].unique().to_pylist():
            return None
        rows = run(cursor, "days_of_unit", bounds).to_arrow_table()
    low = np.datetime64(values["low"], "us").astype(np.int64)
    rows, marks = (table.filter(_is_asked(table, points)) for table in (rows, marks))
    row, mark = (_numbers(table, points, low) for table in (rows, marks))
    gone = pc.equal(marks["mark"], "gone").to_numpy()
    rows = rows.append_column("suspect", pa.array(np.isin(row, mark[~gone])))
    held = np.flatnonzero(~np.isin(row, mark[gone]))
    return rows.select(_SHAPE.names).take(held[np.argsort(row[held])]).cast(_SHAPE)


def _is_asked(rows: pa.Table, points: Numbers) -> pa.Array:
    return pa.array(np.isin(integers(rows["point_id"]), points))


def _numbers(rows: pa.Table, points: Numbers, low: np.int64) -> Numbers:
    """The point, the day (counted from `low`) and the batch of each row in one number, in the order of the answer."""
    place = np.searchsorted(points, integers(rows["point_id"]))
    day = (integers(rows["start"]) - low) // _DAY_US
    numbers: Numbers = (place << _POINT_AT) | (day << _DAY_AT) | integers(rows["batch"])
    return numbers
