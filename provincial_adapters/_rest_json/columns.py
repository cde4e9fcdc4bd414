"""Rows as slices of bytes become columns: Arrow reads them all at once, and no reading is an object.

Arrow takes the rows of a page where each column is of one kind. Texts stay what was written, and so do numbers: those
too long for a double are read as decimals. Where kinds are mixed, a key stands twice or a row is no object, the page
is read row by row (provincial_adapters/_rest_json/odd_rows.py), so that such a row costs only itself.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from graph.errors import MalformedBody, TooLarge
from graph.ports import RAW_ROW
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._mapping.selectors import Selector
from provincial_adapters._rest_json.answers import Group, parsed
from provincial_adapters._rest_json.odd_rows import read_odd
from provincial_adapters._rest_json.request import Outer
from provincial_adapters._rest_json.signs import Number
from provincial_adapters._toolkit.columns import written_out

SAMPLE_ROWS = (
    50  # looked at to learn which columns are text; a column that is null in all of them is read again
)
COLUMNS_MAX = 5_000  # a plant has some hundred points; each column more is a reader of its own
_LONG_NUMBER = re.compile(rb":\s*[-+.0-9eE]{16}")  # more digits than a double gives back for certain
_EXACT = pa.decimal256(76, 30)
_ENDS = re.compile(rb"[\r\n]")
Path = tuple[str, ...]


class Names:
    """What columns are called: a field by its name, a field of an object in a row by its selector."""

    def __init__(self, mapping: ColumnMapping) -> None:
        named = (*mapping.columns, *mapping.ignored_columns)
        self._known = {path_of(name): name for name in reversed(named)}
        self._above = {path[:depth] for path in self._known for depth in range(1, len(path))}

    def opens(self, path: Path) -> bool:
        """Whether an object is looked into: any but one that the mapping takes, or leaves aside, as a whole."""
        return path in self._above or path not in self._known

    def of(self, path: Path) -> str:
        """The name of a column as the mapping writes it, or as it would."""
        known = self._known.get(path)
        if known is not None:
            return known
        return path[0] if len(path) == 1 else str(Selector(path))


def path_of(name: str) -> Path:
    """Where the column of a mapping stands in a row."""
    return Selector.of_column(name).names if name.startswith("$") else (name,)


def reopened(raw: pa.Table, mapping: ColumnMapping) -> pa.Table:
    """Rows that were kept as they came, with the objects opened that this mapping looks into."""
    names = Names(mapping)
    found = {
        RAW_ROW if path == (RAW_ROW,) else names.of(path): column
        for name in raw.column_names
        for path, column in _opened(path_of(name), raw.column(name), names)
    }
    return pa.table(found)


def lines_of(groups: Sequence[Group], outer: tuple[Outer, ...], mapping: ColumnMapping, place: str) -> Lines:
    """The rows of a page as columns, numbered from 1. Raises MalformedBody where none is one the mapping means."""
    rows = [row for group in groups for row in group.rows]
    names = Names(mapping)
    columns = _by_arrow(rows, names, mapping)
    lines = read_odd(rows, names) if columns is None else _numbered(columns, len(rows))
    outside = [(column.column, _repeated(groups, n)) for n, column in enumerate(outer)]
    table = lines.table
    for name, whole in outside:
        table = table.append_column(name, pa.chunked_array([whole.take(pc.subtract(lines.numbers, 1))]))
    if not len(lines.numbers):
        return Lines(lines.numbers, table, lines.refused)
    check_is_meant(table.column_names, mapping, place)
    wanted, others = columns_to_read(table.column_names, mapping)
    return Lines(lines.numbers, table.select(wanted), lines.refused, others)


def _numbered(columns: dict[str, pa.ChunkedArray], count: int) -> Lines:
    return Lines(pa.arange(1, count + 1).cast(pa.int32()), pa.table(columns))


def _repeated(groups: Sequence[Group], n: int) -> pa.Array:
    """What stands outside the rows, once for each row."""
    pieces = [pa.repeat(pa.scalar(group.outer[n], pa.string()), len(group.rows)) for group in groups]
    return pa.concat_arrays(pieces)


def _by_arrow(
    rows: Sequence[msgspec.Raw], names: Names, mapping: ColumnMapping
) -> dict[str, pa.ChunkedArray] | None:
    """Every column at once; None where Arrow cannot say it without loss."""
    text = b"\n".join(rows)
    if text.count(b"\n") != len(rows) - 1 or b"\r" in text:
        text = b"\n".join(_ENDS.sub(b" ", bytes(row)) for row in rows)
    if not text.startswith(b"{") or text.count(b"\n{") != len(rows) - 1:
        return None  # Arrow's reader dies of a row that is `null`
    values = _value_paths(mapping)
    found = None
    if not _LONG_NUMBER.search(text):
        found = _tried(text, rows, names, mapping, frozenset())
    return _tried(text, rows, names, mapping, values) if found is None else found


def _tried(
    text: bytes, rows: Sequence[msgspec.Raw], names: Names, mapping: ColumnMapping, exact: frozenset[Path]
) -> dict[str, pa.ChunkedArray] | None:
    """The columns, those of `exact` as decimals, which numbers and texts of digits can be mixed in."""
    try:
        schema = _schema(rows[:SAMPLE_ROWS], exact)
        parse = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer")
        read = arrow_json.ReadOptions(block_size=len(text) + 1, use_threads=False)
        table = arrow_json.read_json(io.BytesIO(text), read, parse)
    except (pa.ArrowException, MalformedBody):
        return None
    if table.num_rows != len(rows):
        return None
    found = {
        names.of(path): _plain(column)
        for field in table.schema
        for path, column in _opened((field.name,), table.column(field.name), names)
    }
    mapped = set(mapping.columns)
    lossy = any(_loses(column, bool(exact)) for name, column in found.items() if name in mapped)
    return None if lossy else found


def _loses(column: pa.ChunkedArray | pa.Array, has_long_numbers: bool) -> bool:
    """Whether a column may no longer be what was written: a text taken for a moment, a long number for a double."""
    if pa.types.is_floating(column.type):
        return has_long_numbers or not pc.all(pc.is_finite(column)).as_py()
    return bool(pa.types.is_timestamp(column.type))


def _value_paths(mapping: ColumnMapping) -> frozenset[Path]:
    return frozenset(path_of(value.column) for value in mapping.values)


def _schema(sample: Sequence[msgspec.Raw], exact: frozenset[Path]) -> pa.Schema:
    """Which columns are text, and which are read as decimals, by the first value that is there."""
    kinds: dict[str, Any] = {}
    for row in sample:
        _learn(parsed(row), kinds, (), exact)
        if len(kinds) > COLUMNS_MAX:
            raise TooLarge(f"rows of more than {COLUMNS_MAX} columns", "rows")
    return pa.schema(_fields_of(kinds))


def _learn(row: dict[str, Any], kinds: dict[str, Any], above: Path, exact: frozenset[Path]) -> None:
    for name, value in row.items():
        if isinstance(value, dict):
            below = kinds.setdefault(name, {})
            if isinstance(below, dict):
                _learn(value, below, (*above, name), exact)
        elif (*above, name) in exact and isinstance(value, str):
            kinds.setdefault(name, _EXACT)
        elif isinstance(value, Number):
            kinds.setdefault(name, None)
        elif value is not None:
            kinds.setdefault(name, pa.string() if isinstance(value, str) else None)


def _fields_of(kinds: dict[str, Any]) -> list[pa.Field]:
    fields = []
    for name, kind in kinds.items():
        below = _fields_of(kind) if isinstance(kind, dict) else []
        if below:
            fields.append(pa.field(name, pa.struct(below)))
        elif isinstance(kind, pa.DataType):
            fields.append(pa.field(name, kind))
    return fields


def _opened(path: Path, column: pa.ChunkedArray, names: Names) -> Iterator[tuple[Path, pa.ChunkedArray]]:
    """A column, or the fields of the objects in it."""
    if not pa.types.is_struct(column.type) or not names.opens(path):
        yield path, column
        return
    for n in range(column.type.num_fields):
        yield from _opened((*path, column.type.field(n).name), pc.struct_field(column, [n]), names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Decimals as the text of their digits; anything else as it is."""
    return written_out(column) if pa.types.is_decimal(column.type) else column
