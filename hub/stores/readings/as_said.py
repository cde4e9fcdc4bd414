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
from hub.stores.readings.marked import Marked
from hub.stores.readings.statements import columns, run

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


def as_said(
    cursor: duckdb.DuckDBPyConnection, ask: ReadingAsk, values: Mapping[str, Any], marked: Marked
) -> pa.Table | None:
    """The answer to a question of one unit's days or quarter-hours; None where it has to be asked as of others.

    `values` are the bounds: as_of, granularity, and low and high, UTC without a zone.
    """
    units, step_us = {unit for unit, _ in ask.points}, _STEPS_US.get(ask.granularity)
    points = np.unique(np.array([point for _, point in ask.points], np.int64))
    if step_us is None or len(units) != 1 or len(points) > _POINTS_MAX:
        return None
    low, high = (int(np.datetime64(values[end], "us").astype(np.int64)) for end in ("low", "high"))
    if high - low >= step_us * _SLOTS_MAX:
        return None
    unit = units.pop()
    bounds = {**values, "unit": unit, "first_point": int(points[0]), "last_point": int(points[-1])}
    if not marked.any_between(unit, low, high):
        rows = columns(cursor, "rows_of_unit", bounds)
        is_finer = ask.granularity is not FINEST and _is_finer(cursor, bounds)
        if not marked.any_between(unit, low, high):  # nor was there when the rows were read
            return None if is_finer else _shaped(_unmarked(rows, points, low, step_us), ask.granularity)
    with one_state(cursor):
        if ask.granularity is not FINEST and _is_finer(cursor, bounds):
            return None
        marks = run(cursor, "marks_of_unit", bounds).to_arrow_table()
        rows = run(cursor, "rows_of_unit", bounds).to_arrow_table()
    return _shaped(_judged(rows, marks, points, low, step_us), ask.granularity)


def _shaped(rows: pa.Table, granularity: Granularity) -> pa.Table:
    """The rows as the rule's answer has them. Most columns are as they should be, and not cast one by one again."""
    schema = _SHAPES[granularity]
    shaped = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(rows.select(schema.names).columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(shaped, schema=schema)


def _is_finer(cursor: duckdb.DuckDBPyConnection, bounds: Mapping[str, Any]) -> bool:
    """Whether anything finer was said of the days. What was said stays, so it may be asked after the rows."""
    return bool(run(cursor, "finer_of_unit", bounds).fetchall())


def _unmarked(rows: pa.Table, points: Numbers, low: int, step_us: int) -> pa.Table:
    """The answer, of rows beside which nothing stands."""
    rows = _asked(rows, points)
    row = _numbers(rows, points, low, step_us) if len(points) > 1 else integers(rows["start"])
    suspect = pa.array(np.zeros(len(row), np.bool_))
    return _at(rows.append_column("suspect", suspect), row, None)


def _judged(rows: pa.Table, marks: pa.Table, points: Numbers, low: int, step_us: int) -> pa.Table:
    """The answer, of rows and what stands beside them."""
    rows, marks = _asked(rows, points), _of(marks, points)
    row, mark = (_numbers(table, points, low, step_us) for table in (rows, marks))
    gone = pc.equal(marks["mark"], "gone").to_numpy()
    rows = rows.append_column("suspect", pa.array(_is_any(row, mark[~gone])))
    held = np.flatnonzero(~_is_any(row, mark[gone]))
    return _at(rows, row, None if len(held) == len(row) else held)


def _is_any(numbers: Numbers, known: Numbers) -> npt.NDArray[np.bool_]:
    """Which numbers are known; mostly none is, and then nobody has to look."""
    return np.isin(numbers, known) if len(known) else np.zeros(len(numbers), np.bool_)


def _at(rows: pa.Table, row: Numbers, held: npt.NDArray[np.intp] | None) -> pa.Table:
    """The rows that held, in the order of their numbers; mostly those are all of them as they came."""
    if held is None:
        if bool((row[1:] > row[:-1]).all()):
            return rows
        held = np.arange(len(row))
    return rows.take(held[np.argsort(row[held])])


def _asked(rows: pa.Table, points: Numbers) -> pa.Table:
    """The rows of these points; of one point the statement gave no others."""
    return rows if len(points) == 1 else _of(rows, points)


def _of(rows: pa.Table, points: Numbers) -> pa.Table:
    return rows.filter(pa.array(np.isin(integers(rows["point_id"]), points)))


def _numbers(rows: pa.Table, points: Numbers, low: int, step_us: int) -> Numbers:
    """The point, the period (counted from `low`) and the batch of each row in one number, in the order of the answer."""
    place = np.searchsorted(points, integers(rows["point_id"]))
    slot = (integers(rows["start"]) - low) // step_us
    numbers: Numbers = (place << _POINT_AT) | (slot << _SLOT_AT) | integers(rows["batch"])
    return numbers
