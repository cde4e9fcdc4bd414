"""Parquet as columns of whatever type the file has. A row's number is its place in the file, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._toolkit.dictionaries import cut, is_text

MAGIC = b"PAR1"
# The footer's own bounds keep a small file from claiming a large one.
_THRIFT = {"thrift_string_size_limit": 2**26, "thrift_container_size_limit": 2**22}
BATCH_ROWS = 65_536
# A few bytes of run-length code can claim any number of rows, so the file's own size bounds nothing.
ROWS_MAX = 500_000_000
ROW_GROUP_BYTES_MAX = 2 * 1024 * 1024 * 1024  # unpacked, as its own footer says


def parquet_lines(file: BinaryIO, mapping: FileMapping, place: str) -> Iterator[Lines]:
    """The rows of a Parquet file. Raises MalformedBody when it is none, or another than the mapping means, TooLarge."""
    try:
        _check(footer := pq.ParquetFile(file, **_THRIFT), place)
        schema = footer.schema_arrow
        check_is_meant(schema.names, mapping, place)
        columns, others = columns_to_read(schema.names, mapping)
        parquet = pq.ParquetFile(file, read_dictionary=_texts(schema, columns), **_THRIFT)
        past = 0
        for batch in parquet.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
            numbers = pa.arange(past + 1, past + 1 + batch.num_rows).cast(pa.int32())
            past += batch.num_rows
            yield Lines(numbers, cut(pa.Table.from_batches([batch])), others=others)
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Parquet file: {fault}", place) from fault


def _texts(schema: pa.Schema, names: list[str]) -> list[str]:
    """The columns of text, which are read as they lie there: 56 kB that repeat one text became 629 MB."""
    return [name for name in names if is_text(schema.field(name).type)]


def _check(parquet: pq.ParquetFile, place: str) -> None:
    """Raise TooLarge where its own footer says so."""
    if parquet.metadata.num_rows > ROWS_MAX:
        raise TooLarge(f"claims {parquet.metadata.num_rows} rows, at most {ROWS_MAX} are read", place)
    groups = (parquet.metadata.row_group(n).total_byte_size for n in range(parquet.num_row_groups))
    if (largest := max(groups, default=0)) > ROW_GROUP_BYTES_MAX:
        raise TooLarge(
            f"a row group unpacks to {largest} bytes, at most {ROW_GROUP_BYTES_MAX} are read", place
        )
