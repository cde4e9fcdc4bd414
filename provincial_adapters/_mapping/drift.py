"""What a source's columns became, against its mapping: what fits is read on, what does not is named.

A column that is missing leaves the readings that do not need it; one whose type cannot be read becomes text where it
can, else nothing, and the intake refuses the cells that are none. The rows as they came are kept beside both
(graph.ports.Delivery.raw), so that a mended mapping can read them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.reading import REJECTIONS
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._toolkit.rejected import RAW_CHARACTERS_MAX

DRIFT_TOLD_MAX = 100  # columns: a source of more new ones is another source
_SHOWN_COLUMNS = 20  # of a row that is refused whole: enough to recognise it
_Tests = tuple[Callable[[pa.DataType], bool], ...]
_TEXTLIKE: _Tests = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_dictionary,
    pa.types.is_null,
)
_NUMERIC: _Tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
_MOMENTS: _Tests = (*_TEXTLIKE, pa.types.is_timestamp, pa.types.is_date)


def check_is_meant(names: list[str], mapping: ColumnMapping, place: str) -> None:
    """Raise MalformedBody where a mapped column stands twice, or where none is there that a reading could come from."""
    if twice := [name for name in mapping.columns if names.count(name) > 1]:
        listed = ", ".join(f"{name!r} {names.count(name)} times" for name in twice)
        raise MalformedBody(f"each mapped column stands once; came {listed}", place)
    if not set(names) & set(mapping.columns):
        expected, came = ", ".join(mapping.columns)[:500], ", ".join(names)[:500]
        raise MalformedBody(f"has none of the mapped columns {expected}; came {came or 'none'}", place)


def columns_to_read(names: list[str], mapping: ColumnMapping) -> tuple[list[str], tuple[str, ...]]:
    """Which of a source's columns are read, and which are left: all are read where a mapped one is missing.

    It may be there under another name, and only the rows as they came will tell a mended mapping.
    """
    if set(mapping.columns) <= set(names):
        return list(mapping.columns), tuple(name for name in names if name not in mapping.columns)
    return [name for name in dict.fromkeys(names) if name and names.count(name) == 1], ()


def drift_of(lines: Lines, mapping: ColumnMapping) -> tuple[ColumnDrift, ...]:
    """How the columns of these rows differ from the mapping's, in the mapping's order and then in the source's."""
    table, known = lines.table, {*mapping.columns, *mapping.ignored_columns}
    found = [
        ColumnDrift(name, DriftKind.MISSING)
        if name not in table.column_names
        else ColumnDrift(name, DriftKind.RETYPED, str(table.schema.field(name).type))
        for name in mapping.columns
        if name not in table.column_names or not _fits(table.schema.field(name).type, name, mapping)
    ]
    kinds = {field.name: str(field.type) for field in table.schema}
    others = (name for name in (*table.column_names, *lines.others) if name not in known)
    found += [ColumnDrift(name, DriftKind.NEW, kinds.get(name)) for name in dict.fromkeys(others)]
    return tuple(found[:DRIFT_TOLD_MAX])


def _fits(kind: pa.DataType, name: str, mapping: ColumnMapping) -> bool:
    """Whether a column of this type can be read as what the mapping takes it for."""
    tests = _TEXTLIKE
    if name in (mapping.label_column, mapping.version_column):
        tests = _MOMENTS
    elif any(value.column == name for value in mapping.values):
        tests = (*_TEXTLIKE, *_NUMERIC)
    elif name == mapping.unit_column or any(value.data_code_column == name for value in mapping.values):
        tests = (*_TEXTLIKE, pa.types.is_integer)
    return any(fits(kind) for fits in tests)


def fitting(lines: Lines, mapping: ColumnMapping) -> Lines:
    """The same rows with every mapped column of a type that can be read: every kind of text as one kind."""
    table = lines.table
    for name in mapping.columns:
        if name not in table.column_names:
            continue
        column = table.column(name)
        is_code = name == mapping.unit_column or any(
            name == value.data_code_column for value in mapping.values
        )
        is_text = any(test(column.type) for test in _TEXTLIKE)
        if is_text or is_code or not _fits(column.type, name, mapping):
            table = table.set_column(table.schema.get_field_index(name), name, _as_text(column))
    return replace(lines, table=table)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As text where Arrow can write it; what has parts has none, and is told as a column that was retyped."""
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        return pa.chunked_array([pa.nulls(len(column), pa.string())])


def refused_whole(lines: Lines, code: str, why: str) -> pa.Table:
    """Every row refused for one reason, as REJECTIONS."""
    rows = lines.table.num_rows
    texts = [_as_text(column) for column in lines.table.columns[:_SHOWN_COLUMNS]]
    raw = pc.binary_join_element_wise(*texts, ", ", null_handling="replace") if texts else pa.nulls(rows)
    columns = {
        "row": lines.numbers,
        "code": pa.repeat(pa.scalar(code, pa.string()), rows),
        "why": pa.repeat(pa.scalar(why, pa.string()), rows),
        "raw": pc.utf8_slice_codeunits(raw.cast(pa.string()), 0, RAW_CHARACTERS_MAX),
    }
    return pa.table(columns).cast(REJECTIONS)
