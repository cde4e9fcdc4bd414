"""Cells of a sheet, as Office Open XML (ECMA-376) writes them: a column at a time, each different value said once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

Cells: TypeAlias = Callable[[Any], str]  # what follows a cell's place: a value's kind, and the value

DIGITS_MAX = 15
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - day 0 of a sheet, which knows no offset
_A_DAY_S = 86_400
# What XML or a reader would not keep.
_UNSAID = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def rows_of(table: pa.Table, cells: Sequence[Cells], first_row: int) -> bytes:
    """A table's rows as they stand in a sheet; what is null or an empty text has no cell."""
    numbers = pc.cast(pa.array(range(first_row, first_row + table.num_rows)), pa.string())
    columns = [
        _column(column, say, xl_col_to_name(place), numbers)
        for place, (column, say) in enumerate(zip(table.columns, cells, strict=True))
    ]
    rows = pc.binary_join_element_wise('<row r="', numbers, '">', *columns, "</row>", "")
    return "".join(rows.to_pylist()).encode()


def _column(column: pa.ChunkedArray, say: Cells, name: str, numbers: pa.Array) -> pa.Array:
    coded = column.combine_chunks().dictionary_encode()
    values = [None if value == "" else say(value) for value in coded.dictionary.to_pylist()]
    said = pa.array(values, pa.string()).take(coded.indices)
    return pc.coalesce(pc.binary_join_element_wise(f'<c r="{name}', numbers, said, ""), "")


def cells_of(kind: pa.DataType, moment_style: int) -> Cells:
    """How values of a column's type are said; `moment_style` is the number of a moment's style."""
    if pa.types.is_timestamp(kind):
        return lambda moment: f'" s="{moment_style}"><v>{_days(moment):.16G}</v></c>'
    if pa.types.is_boolean(kind):
        return lambda value: f'" t="b"><v>{value:d}</v></c>'
    if pa.types.is_decimal(kind):
        return _figure
    if pa.types.is_integer(kind):
        return _number
    return _text


def _number(value: float) -> str:
    return f'"><v>{value:.16G}</v></c>'


def _figure(value: Decimal) -> str:
    """A number where a sheet keeps all its digits, else its text."""
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    return _number(float(value)) if len(digits) <= DIGITS_MAX else _text(f"{value:f}")


def _text(value: object) -> str:
    text = str(value)
    space = ' xml:space="preserve"' if text != text.strip() else ""
    said = _UNSAID.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return f'" t="inlineStr"><is><t{space}>{escape(said)}</t></is></c>'


def _days(moment: dt.datetime) -> float:
    """Days since a sheet's epoch, by the clock where the moment is."""
    since = moment.replace(tzinfo=None) - _EPOCH
    return since.days + (since.seconds + since.microseconds / 1e6) / _A_DAY_S
