"""Parquet as columns of whatever type the file has. A row's number is its place in the file, counted from 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._file_drop.csv_lines import check_columns
from provincial_adapters._file_drop.lines import Lines
from provincial_adapters._file_drop.mapping import FileMapping

MAGIC = b"PAR1"
BATCH_ROWS = 65_536
# A few bytes of run-length code can claim any number of rows, so the file's own size bounds nothing.
ROWS_MAX = 500_000_000
ROW_GROUP_BYTES_MAX = 2 * 1024 * 1024 * 1024  # unpacked, as its own footer says
_Tests = tuple[Callable[[pa.DataType], bool], ...]
_TEXTLIKE: _Tests = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_dictionary,
)
_NUMERIC: _Tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)


def parquet_lines(file: BinaryIO, mapping: FileMapping, place: str) -> Iterator[Lines]:
    """The rows of a Parquet file. Raises MalformedBody when it is none or lacks a mapped column, TooLarge."""
    try:
        # The footer's own bounds keep a small file from claiming a large one.
        parquet = pq.ParquetFile(file, thrift_string_size_limit=2**26, thrift_container_size_limit=2**22)
        _check(parquet, mapping, place)
        past = 0
        for batch in parquet.iter_batches(BATCH_ROWS, columns=list(mapping.columns), use_threads=False):
            numbers = pa.arange(past + 1, past + 1 + batch.num_rows).cast(pa.int32())
            past += batch.num_rows
            yield Lines(numbers, _plain(pa.Table.from_batches([batch])))
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Parquet file: {fault}", place) from fault


def _plain(table: pa.Table) -> pa.Table:
    """Every kind of text as one kind."""
    for place, field in enumerate(table.schema):
        if any(is_text(field.type) for is_text in _TEXTLIKE):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def _check(parquet: pq.ParquetFile, mapping: FileMapping, place: str) -> None:
    check_columns(parquet.schema_arrow.names, mapping, place)
    _check_types(parquet.schema_arrow, mapping, place)
    if parquet.metadata.num_rows > ROWS_MAX:
        raise TooLarge(f"claims {parquet.metadata.num_rows} rows, at most {ROWS_MAX} are read", place)
    groups = (parquet.metadata.row_group(n).total_byte_size for n in range(parquet.num_row_groups))
    if (largest := max(groups, default=0)) > ROW_GROUP_BYTES_MAX:
        raise TooLarge(
            f"a row group unpacks to {largest} bytes, at most {ROW_GROUP_BYTES_MAX} are read", place
        )


def _check_types(schema: pa.Schema, mapping: FileMapping, place: str) -> None:
    moments = (*_TEXTLIKE, pa.types.is_timestamp, pa.types.is_date)
    allowed: dict[str, _Tests] = dict.fromkeys(mapping.columns, _TEXTLIKE)
    allowed[mapping.label_column] = moments
    if mapping.version_column:
        allowed[mapping.version_column] = moments
    allowed.update({value.column: (*_TEXTLIKE, *_NUMERIC) for value in mapping.values})
    wrong = [
        f"{name} is {schema.field(name).type}"
        for name, tests in allowed.items()
        if not any(fits(schema.field(name).type) for fits in tests)
    ]
    if wrong:
        raise MalformedBody(f"a mapped column has a type that cannot be read: {', '.join(wrong)}", place)
