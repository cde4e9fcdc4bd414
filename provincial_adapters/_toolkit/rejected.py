"""Rows a decoder could not read, as the table that travels beside the readings."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from graph.model.reading import REJECTIONS
from graph.model.verdict import Rejection

RAW_CHARACTERS_MAX = 500  # enough to recognise a row; a broken file can be one endless line


def rejection(row: int, code: str, why: str, raw: str) -> Rejection:
    """A refused row with as much of its text as is kept."""
    return Rejection(row, code, why, raw[:RAW_CHARACTERS_MAX])


def as_table(rejections: Iterable[Rejection]) -> pa.Table:
    """Refused rows as REJECTIONS, in row order."""
    rows = sorted(rejections, key=lambda found: found.row)
    columns = [[getattr(found, name) for found in rows] for name in REJECTIONS.names]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, REJECTIONS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=REJECTIONS)
