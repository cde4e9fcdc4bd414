"""What bodies of the batch protocol have in common whatever their rows speak of: a reader a format, within bounds."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import MalformedBody
from provincial_adapters._toolkit.dictionaries import texts_of

THRIFT = {"thrift_string_size_limit": 2**26, "thrift_container_size_limit": 2**22}  # of a file's footer
BATCH_BYTES = 4_000  # a record batch of seven columns takes beside its cells: an empty one has no others
T = TypeVar("T")
Check: TypeAlias = Callable[[int, int], None]  # of rows, and of bytes as columns: raises TooLarge


def read_by(readers: Mapping[str, Callable[[bytes], T]], plain: bytes, media_type: str) -> T:
    """What the reader of its format makes of a body. Raises MalformedBody naming what was expected."""
    reader = readers.get(media_type)
    if reader is None:
        came = media_type[:64]
        raise MalformedBody(f"came {came!r}, expected one of {', '.join(readers)}", "Content-Type")
    if not plain:
        raise MalformedBody("is empty, expected rows", "body")
    return reader(plain)


def of_arrow(body: bytes, check: Check, read: Callable[[pa.Table], T]) -> T:
    """What `read` makes of an Arrow stream, of which no more is kept than `check` lets through. Raises MalformedBody."""
    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
            return read(pa.Table.from_batches(_checked(stream, check), stream.schema))
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Arrow stream: {fault}", "body") from fault


def _checked(stream: pa.RecordBatchReader, check: Check) -> Iterator[pa.RecordBatch]:
    """Batches as long as they stay within the bounds of one upload."""
    rows = size = 0
    for batch in stream:
        rows, size = rows + batch.num_rows, size + batch.nbytes + BATCH_BYTES
        check(rows, size)
        yield batch


def of_parquet(
    body: bytes, check: Check, chosen: Callable[[pa.Schema], list[str]], read: Callable[[pa.Table], T]
) -> T:
    """What `read` makes of the chosen columns of a Parquet file, which is checked before it is read. Raises MalformedBody.

    Texts stay in their dictionaries: spelt out, a few bytes of a file are gigabytes.
    """
    try:
        found = pq.ParquetFile(io.BytesIO(body), **THRIFT)
        groups = (found.metadata.row_group(place) for place in range(found.metadata.num_row_groups))
        check(found.metadata.num_rows, sum(group.total_byte_size for group in groups))
        names = chosen(found.schema_arrow)
        texts = texts_of(found.schema_arrow, names)
        file = pq.ParquetFile(io.BytesIO(body), read_dictionary=texts, **THRIFT)
        return read(file.read(columns=names))
    except (pa.ArrowException, OSError) as fault:
        raise MalformedBody(f"not a whole Parquet file: {fault}", "body") from fault


def entries_of(body: bytes) -> list[msgspec.Raw]:
    """The rows of a JSON array, each as it was written. Raises MalformedBody."""
    try:
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise MalformedBody(f"expected a JSON array of rows: {fault}", "body") from fault
