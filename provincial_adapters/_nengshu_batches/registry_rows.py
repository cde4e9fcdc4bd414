"""A body of registry rows, in any of the batch protocol's formats, as rows of cells; a row that cannot be read is named.

A row's number is its place among the rows of the body, from 1. Cells are what the format says they are: the registry reads
them, and knows which columns there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from graph.errors import MalformedBody, TooLarge
from graph.model.verdict import Rejection
from provincial_adapters._nengshu_batches.bodies import entries_of, of_arrow, of_parquet, read_by
from provincial_adapters._toolkit.rejected import rejection
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET, media_type, unpacked

ROWS_MAX = 200_000  # of one batch: the registry checks and writes it as a whole, in memory
UNPACKED_BYTES_MAX = 256 * 1024 * 1024  # as columns
NAME_CHARACTERS_MAX = 64  # of a column, told to who sent it
_FLAT = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating,
    pa.types.is_decimal, pa.types.is_date, pa.types.is_null,
)  # fmt: skip

Row = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True)
class RegistryRows:
    """What a body holds: rows by their places, and those that could not be read."""

    rows: list[Row]
    refused: list[Rejection]

    def __post_init__(self) -> None:
        _check_rows(len(self.rows) + len(self.refused))


def decode_rows(body: bytes, content_type: str, content_encoding: str, bytes_max: int) -> RegistryRows:
    """A body as rows. Raises MalformedBody where none of it can be read, TooLarge beyond a bound."""
    return read_by(_READERS, unpacked(body, content_encoding, bytes_max), media_type(content_type))


def _check_rows(count: int) -> None:
    if count > ROWS_MAX:
        raise TooLarge(f"{count} rows, at most {ROWS_MAX} in one batch of the registry", "rows")


def _objects(entries: Iterable[bytes]) -> RegistryRows:
    """JSON objects; numbers keep every digit."""
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
    rows: list[Row] = []
    refused: list[Rejection] = []
    for number, entry in enumerate(entries, 1):
        _check_rows(number)
        try:
            rows.append((number, decoder.decode(entry)))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ArithmeticError) as fault:
            refused.append(rejection(number, "malformed-row", str(fault), entry.decode(errors="replace")))
    return RegistryRows(rows, refused)


def _ndjson(body: bytes) -> RegistryRows:
    return _objects(line for line in body.split(b"\n") if line.strip())


def _json(body: bytes) -> RegistryRows:
    return _objects(map(bytes, entries_of(body)))


def _csv(body: bytes) -> RegistryRows:
    """Lines under a header; an empty cell is one that is not there."""
    rows: list[Row] = []
    refused: list[Rejection] = []
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        names = _names(next(lines, []))
        for number, cells in enumerate((line for line in lines if line), 1):
            _check_rows(number)
            if len(cells) == len(names):
                rows.append((number, dict(zip(names, (cell or None for cell in cells), strict=True))))
            else:
                why = f"has {len(cells)} cells, the header {len(names)}"
                refused.append(rejection(number, "malformed-row", why, ",".join(cells)))
    except (csv.Error, UnicodeDecodeError) as fault:
        raise MalformedBody(f"not CSV in UTF-8: {fault}", "body") from fault
    return RegistryRows(rows, refused)


def _arrow(body: bytes) -> RegistryRows:
    return of_arrow(body, _check, _columns)


def _parquet(body: bytes) -> RegistryRows:
    return of_parquet(body, _check, _flat, _columns)


def _check(rows: int, size: int) -> None:
    _check_rows(rows)
    if size > UNPACKED_BYTES_MAX:
        raise TooLarge(f"unpacks to {size} bytes, at most {UNPACKED_BYTES_MAX}", "body")


def _flat(schema: pa.Schema) -> list[str]:
    """All columns, each a flat one. Raises MalformedBody."""
    _check_types(schema)
    return _names(schema.names)


def _check_types(schema: pa.Schema) -> None:
    """Only flat cells: what is nested is no cell of the registry's, and may unpack to anything."""
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if not any(is_flat(kind) for is_flat in _FLAT):
            raise MalformedBody(
                f"expected text, numbers or dates, came {kind}", field.name[:NAME_CHARACTERS_MAX]
            )


def _columns(table: pa.Table) -> RegistryRows:
    names = _flat(table.schema)
    table.validate(full=True)
    columns = [_cells(column) for column in table.columns]
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return RegistryRows(list(enumerate(rows, 1)), [])


def _cells(column: pa.ChunkedArray) -> list[Any]:
    """A column's cells; those of a dictionary share its words."""
    if not pa.types.is_dictionary(column.type):
        found: list[Any] = column.to_pylist()
        return found
    cells: list[Any] = []
    for chunk in column.chunks:
        words = chunk.dictionary.to_pylist()
        cells += [None if place is None else words[place] for place in chunk.indices.to_pylist()]
    return cells


def _names(names: list[str]) -> list[str]:
    """The names of the columns, each once. Raises MalformedBody."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MalformedBody(f"columns stand there twice: {', '.join(twice)[:500]}", "body")
    return names


_READERS: Mapping[str, Callable[[bytes], RegistryRows]] = {
    ARROW: _arrow, PARQUET: _parquet, NDJSON: _ndjson, JSON: _json, CSV: _csv,
}  # fmt: skip
