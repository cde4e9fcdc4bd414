"""Rows of a batch by what they belong to, as numbers: for rules that judge a value among the others of its point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity
from national_sync.words import Numbers, integers, whole

SHORT = tuple(grain for grain in Granularity if grain.minutes is not None and grain.minutes < 1440)
# How long a period is, by its granularity's number; 0 for what is a day or longer.
LENGTHS_US = np.zeros(len(Granularity) + 1, np.int64)
LENGTHS_US[[grain.number for grain in SHORT]] = [(grain.minutes or 0) * 60_000_000 for grain in SHORT]


def units_of_rows(rows: pa.Table) -> Numbers:
    """Which unit each row is of; -1 for none."""
    return integers(whole(rows["unit"]).indices)


def points_of(rows: pa.Table) -> Numbers:
    """Which point each row is of: one unit, one data code; -1 for none."""
    unit, code = whole(rows["unit"]), whole(rows["data_code"])
    units, codes = integers(unit.indices).astype(np.int64), integers(code.indices)
    return np.where((units < 0) | (codes < 0), -1, units * max(len(code.dictionary), 1) + codes)


def series_of(rows: pa.Table) -> Numbers:
    """Which series each row is of: one point, one granularity; -1 for none."""
    points = points_of(rows)
    grain = pc.fill_null(rows["granularity_number"], 0).to_numpy().astype(np.int64)
    return np.where((points < 0) | (grain == 0), -1, points * (len(Granularity) + 1) + grain)


def is_short(rows: pa.Table) -> Numbers:
    """Which rows are of periods within a day."""
    grain = pc.fill_null(rows["granularity_number"], 0).to_numpy()
    short: Numbers = LENGTHS_US[grain] > 0
    return short


def counted(series: Numbers) -> tuple[Numbers, int]:
    """The same series numbered from 0 without gaps, and how many there are."""
    encoded = pa.array(series).dictionary_encode()
    return integers(encoded.indices), len(encoded.dictionary)


def outer_rows(rows: pa.Table, series: Numbers, of: Numbers) -> Numbers:
    """A mask of the first and the last row of each series among those marked, by start and then by number.

    What a batch says of a series is marked on both: a device that sends its day again and again has said the first row
    before, and a verdict of a row that is no news is not kept.
    """
    found = np.zeros(len(series), bool)
    marked = np.flatnonzero(of)
    if len(marked):
        start = pc.fill_null(rows["start"].cast(pa.int64()), 0).to_numpy()[marked]
        number = pc.fill_null(rows["row"], 0).to_numpy()[marked]
        order = np.lexsort((number, start, series[marked]))
        ordered = series[marked][order]
        changes = ordered[1:] != ordered[:-1]
        is_first, is_last = np.append(True, changes), np.append(changes, True)
        found[marked[order[is_first | is_last]]] = True
    return found


def mask_of(found: Numbers | Sequence[bool]) -> pa.ChunkedArray:
    """A mask as rules give it."""
    return pa.chunked_array([pa.array(found, pa.bool_())])


def nothing(rows: pa.Table) -> pa.ChunkedArray:
    """The mask that finds no row."""
    return mask_of(np.zeros(rows.num_rows, bool))
