"""Rows as a driver gives them become Arrow columns: moments are read from the database's own text, decimals stay text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import FIRST_YEAR, LAST_YEAR
from graph.model.verdict import Rejection
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._sql_view.columns import Kind, ViewColumn
from provincial_adapters._toolkit.columns import BEIJING_FORMAT, once_each, parsed_us
from provincial_adapters._toolkit.rejected import rejection

NATIVE = (Kind.INTEGER, Kind.FLOAT)  # what drivers give as Arrow takes it; the rest is asked for as text
_WHOLE_CHARACTERS = 19  # of "2026-11-01 00:15:00", before a fraction
_DAY_CHARACTERS = 10  # of "2026-11-01"


def lines_of(
    rows: Sequence[Sequence[Any]], columns: Sequence[ViewColumn], label: str, zoneless: str
) -> Lines:
    """Rows of these columns, numbered from 1. Those whose label is a moment of no calendar are refused by name.

    `zoneless` is the zone of moments without one: UTC, or else they stay as they are, which is Beijing's.
    """
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    refused: list[Rejection] = []
    kept = None
    arrays = []
    for said, each in zip(cells, columns, strict=True):
        array = _array(said, each.kind, zoneless)
        if each.name == label and array.null_count and each.kind not in NATIVE:
            refused, kept = _refused(said, array)
        arrays.append(array)
    table = pa.Table.from_arrays(arrays, [each.name for each in columns])
    numbers = pa.arange(1, len(rows) + 1).cast(pa.int32())
    if kept is None:
        return Lines(numbers, table)
    return Lines(numbers.filter(kept), table.filter(kept), tuple(refused))


def _array(said: Sequence[Any], kind: Kind, zoneless: str) -> pa.Array:
    if kind in NATIVE:
        return pa.array(said, kind.value)
    texts = pa.array(said, pa.string())
    if kind is Kind.ZONED or (kind is Kind.LOCAL and zoneless == "UTC"):
        return moments(texts).cast(Kind.ZONED.value)
    if kind in (Kind.LOCAL, Kind.DATE):
        return moments(texts)
    return texts


def moments(texts: pa.Array) -> pa.Array:
    """Moments as databases write them, with a fraction of a second or a bare date, by the clock they were written by.

    Null for what no calendar has: zero dates, infinity, years that are typing errors.
    """
    return once_each(texts, _each_moment)


def _each_moment(texts: pa.Array) -> pa.Array:
    whole = pc.utf8_slice_codeunits(texts, 0, _WHOLE_CHARACTERS)
    days = pc.equal(pc.utf8_length(texts), _DAY_CHARACTERS)
    whole = pc.if_else(days, pc.binary_join_element_wise(whole, "00:00:00", " "), whole)
    fraction = pc.struct_field(pc.extract_regex(texts, r"\.(?P<digits>\d{1,6})"), "digits")
    beyond = pc.utf8_rpad(pc.fill_null(fraction, "0"), 6, "0").cast(pa.int64())
    return pc.add(parsed_us(whole, BEIJING_FORMAT), beyond).cast(pa.timestamp("us"))


def _refused(said: Sequence[Any], found: pa.Array) -> tuple[list[Rejection], pa.Array]:
    """The rows whose label was something and is no moment, and which rows are kept."""
    none = pc.and_(pc.is_null(found), pa.array([text is not None for text in said]))
    rows = pc.indices_nonzero(none).to_pylist()
    refused = [rejection(row + 1, "unreadable-label", _why(said[row]), str(said[row])) for row in rows]
    return refused, pc.invert(none)


def _why(said: object) -> str:
    return f"label {said!r:.64} is no moment from {FIRST_YEAR} to {LAST_YEAR}"
