"""A page's commonest questions, one unit's days or quarter-hours as they were said: they are the answer as they stand.

The rule that makes days of finer values (sql/readings_day.sql), and the statement that looks for verdicts and corrections of
many units (sql/readings.sql), take longer to plan than these rows to find. The rule is asked wherever a finer value was ever
said; where none was, each day has one value, its own.
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
from graph.model.reading import VALUE
from graph.ports import ReadingAsk
from hub.stores.readings.database import one_state
from hub.stores.readings.lanes import integers
from hub.stores.readings.statements import run

Numbers = npt.NDArray[np.int64]

FINEST = Granularity.QUARTER_HOUR  # nothing is finer
_SHAPE = {
    "unit_id": pa.int32(), "point_id": pa.int32(), "start": pa.timestamp("us"), "value": VALUE,
    "origin": pa.int32(), "batch": pa.int32(), "suspect": pa.bool_(),
}  # fmt: skip
_SHAPES = {  # the rule of days sums, and so its values are wide
    Granularity.QUARTER_HOUR: pa.schema(_SHAPE),
    Granularity.DAY: pa.schema({**_SHAPE, "value": pa.decimal128(38, 4)}),
}
_POINTS_MAX = 4_096  # what is left in a number of 63 bits beside a period and a batch
_POINT_AT, _SLOT_AT = 51, 31
_SLOTS_MAX = 2 ** (_POINT_AT - _SLOT_AT)  # thirty years of quarter-hours
_STEPS_US = {Granularity.QUARTER_HOUR: 900_000_000, Granularity.DAY: 86_400_000_000}


def as_said(cursor: duckdb.DuckDBPyConnection, ask: ReadingAsk, values: Mapping[str, Any]) -> pa.Table | None:
    """The answer to a question of one unit's days or quarter-hours; None where it has to be asked as of others.

    `values` are the bounds: as_of, granularity, and low and high, UTC without a zone.
    """
    units, step_us = {unit for unit, _ in ask.points}, _STEPS_US.get(ask.granularity)
    points = np.unique(np.array([point for _, point in ask.points], np.int64))
    if step_us is None or len(units) != 1 or len(points) > _POINTS_MAX:
        return None
    low, high = (np.datetime64(values[end], "us").astype(np.int64) for end in ("low", "high"))
    if high - low >= step_us * _SLOTS_MAX:
        return None
    bounds = {**values, "unit": units.pop(), "first_point": int(points[0]), "last_point": int(points[-1])}
    with one_state(cursor):
        if ask.granularity is not FINEST and run(cursor, "finer_of_unit", bounds).fetchall():
            return None
        marks = run(cursor, "marks_of_unit", bounds).to_arrow_table()
        rows = run(cursor, "rows_of_unit", bounds).to_arrow_table()
    if len(points) > 1:  # of one the statement gave no others
        rows = rows.filter(_is_asked(rows, points))
    marks = marks.filter(_is_asked(marks, points))
    row, mark = (_numbers(table, points, low, step_us) for table in (rows, marks))
    gone = pc.equal(marks["mark"], "gone").to_numpy()
    rows = rows.append_column("suspect", pa.array(_is_any(row, mark[~gone])))
    held = np.flatnonzero(~_is_any(row, mark[gone]))
    return _at(rows.select(list(_SHAPE)), held[np.argsort(row[held])]).cast(_SHAPES[ask.granularity])


def _is_any(numbers: Numbers, known: Numbers) -> npt.NDArray[np.bool_]:
    """Which numbers are known; mostly none is, and then nobody has to look."""
    return np.isin(numbers, known) if len(known) else np.zeros(len(numbers), np.bool_)


def _at(rows: pa.Table, places: npt.NDArray[np.intp]) -> pa.Table:
    """The rows at these places; mostly those are all in their order."""
    return rows if np.array_equal(places, np.arange(rows.num_rows)) else rows.take(places)


def _is_asked(rows: pa.Table, points: Numbers) -> pa.Array:
    return pa.array(np.isin(integers(rows["point_id"]), points))


def _numbers(rows: pa.Table, points: Numbers, low: np.int64, step_us: int) -> Numbers:
    """The point, the period (counted from `low`) and the batch of each row in one number, in the order of the answer."""
    place = np.searchsorted(points, integers(rows["point_id"]))
    slot = (integers(rows["start"]) - low) // step_us
    numbers: Numbers = (place << _POINT_AT) | (slot << _SLOT_AT) | integers(rows["batch"])
    return numbers
