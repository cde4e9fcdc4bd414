"""What a group of batches meets: the rows that hold where it speaks, and history that has already what is history now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hub.stores.readings.arriving import Arrival
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.judging import DUPLICATE, SUPERSEDED, Judgement, Rows, in_order
from hub.stores.readings.lanes import integers
from hub.stores.readings.statements import run
from hub.stores.readings.unit_days import sieves, unit_days

ROW = ["unit_id", "point_id", "granularity", "day", "start"]  # what names a reading, and where it lies
WHOLE_DAYS_ROWS = 10_000  # so few are met sooner as whole days than picked out point by point,
WHOLE_DAYS_SHARE = 4  # and so are so many times what came
_HELD = pa.schema(
    {
        "unit_id": pa.int32(), "point_id": pa.int32(), "granularity": pa.int8(), "day": pa.date32(),
        "start": pa.timestamp("us"), "value": pa.decimal128(18, 4), "origin": pa.int8(), "batch_id": pa.int32(),
        "version": pa.int64(),
    }
)  # fmt: skip


def held_near(
    cursor: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    on_all_cores: Callable[[], AbstractContextManager[None]],
    *,
    months: bool,
) -> Rows:
    """What holds on the days that what came depends on: of a few as it is, else of those whose cards are known.

    Months' own values are rare, and only where there are some the whole month is looked at.
    """
    monthly = months or arrival.monthly
    if arrival.boxed and not monthly:
        bounds = arrival.bounds
        values = {**bounds, "first_known": bounds["first_day"], "last_known": bounds["last_day"]}
        return _holding(cursor, "around_box", values)
    with registered(cursor, touched=arrival.touched):
        scope = run(cursor, "scope_with_months" if monthly else "scope", arrival.bounds).to_arrow_table()
    if scope.num_rows == 0:
        return Rows.of(_HELD.empty_table(), _HELD.empty_table()["version"])
    days = pc.min_max(scope["day"]).as_py()
    values = {**arrival.bounds, "first_known": days["min"], "last_known": days["max"]}
    if monthly:
        with registered(cursor, scope=scope, arrived=arrival.table):
            reached = run(cursor, "reach_with_months").to_arrow_table()
    elif pc.sum(scope["readings"]).as_py() <= max(WHOLE_DAYS_ROWS, WHOLE_DAYS_SHARE * arrival.table.num_rows):
        with registered(cursor, reached=arrival.touched.select(["unit_id", "day"])):
            return _holding(cursor, "around_days", values)
    else:
        reached = arrival.reached
    numbers = unit_days(reached)
    reached = reached.select(["point_id"]).append_column("unit_day", pa.array(numbers))
    with registered(cursor, reached=reached), on_all_cores():
        return _holding(cursor, "around_points", {**values, **sieves(numbers)})


def _holding(cursor: duckdb.DuckDBPyConnection, question: str, values: Mapping[str, Any]) -> Rows:
    found = in_order(run(cursor, question, values).to_arrow_table().combine_chunks())
    return Rows.of(found, found["version"])


def looked_back(cursor: duckdb.DuckDBPyConnection, arrival: Arrival, judgement: Judgement) -> Judgement:
    """Rows that would be history, and that history has already, are duplicates."""
    places = judgement.rows_of(SUPERSEDED)
    if not len(places):
        return judgement
    maybe = arrival.table.select([*ROW, "value", "origin"]).take(places)
    maybe = maybe.append_column("counted_version", arrival.versions.take(pa.array(places)))
    maybe = maybe.append_column("versioned", pa.array(arrival.versioned[places]))
    maybe = maybe.append_column("place", pa.array(places))
    with registered(cursor, maybe=maybe):
        known = integers(run(cursor, "look_back", arrival.bounds).to_arrow_table()["place"])
    fate = judgement.fate.copy()
    fate[known] = DUPLICATE
    return Judgement(fate, judgement.met)
