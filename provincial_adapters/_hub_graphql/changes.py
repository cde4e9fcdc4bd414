"""A page of changes, an Arrow stream, as arrived columns."""

from __future__ import annotations

import pyarrow as pa

from graph.errors import SourceMalformed
from graph.model.reading import EXCHANGED, Arrived, no_rejections

# The wire's packed buffers unpack without a bound of their own, so the rows of a page are counted as they come.
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024


def arrived(body: bytes, address: str) -> Arrived:
    """The readings of a page; a row is its place in the page, from 1. Raises SourceMalformed."""
    try:
        table = _read(body, address)
    except (pa.ArrowException, OSError) as fault:
        raise SourceMalformed(f"{address}: not a whole Arrow stream: {fault}") from fault
    rows = pa.arange(1, 1 + table.num_rows).cast(pa.int32())
    return Arrived(table.add_column(0, "row", rows), no_rejections())


def _read(body: bytes, address: str) -> pa.Table:
    batches, unpacked = [], 0
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        _check_columns(stream.schema, address)
        for batch in stream:
            unpacked += batch.nbytes
            if unpacked > UNPACKED_BYTES_MAX:
                raise SourceMalformed(f"{address}: the page unpacks to more than {UNPACKED_BYTES_MAX} bytes")
            batch.validate(full=True)
            batches.append(batch)
    _check_ended(body, address)
    return pa.Table.from_batches(batches, stream.schema).select(EXCHANGED.names).cast(_nullable())


def _check_columns(schema: pa.Schema, address: str) -> None:
    wrong = [name for name in EXCHANGED.names if schema.names.count(name) != 1]
    if wrong:
        raise SourceMalformed(
            f"{address}: each column stands once; not so {', '.join(wrong)} in {schema.names}"
        )
    if packed := [name for name in EXCHANGED.names if pa.types.is_dictionary(schema.field(name).type)]:
        raise SourceMalformed(
            f"{address}: expected columns spelt out, came dictionaries: {', '.join(packed)}"
        )


def _check_ended(body: bytes, address: str) -> None:
    """Arrow takes a stream cut off between two batches for a whole one; a whole one ends with its mark."""
    if not body.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00"):
        raise SourceMalformed(f"{address}: the Arrow stream breaks off before its end mark")


def _nullable() -> pa.Schema:
    """Types of EXCHANGED; a null where none belongs is the intake's to refuse, with its row."""
    return pa.schema([pa.field(field.name, field.type) for field in EXCHANGED])
