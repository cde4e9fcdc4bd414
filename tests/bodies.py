"""Rows as bodies of the batch protocol, in each of its formats, packed in each of its ways."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from provincial_adapters.nengshu_batches import ARROW, CSV, NDJSON, PARQUET


def _zstd(body: bytes) -> bytes:
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    return packed


PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": bytes, "gzip": partial(gzip.compress, mtime=0), "zstd": _zstd,
}  # fmt: skip


def arrow(table: pa.Table) -> bytes:
    """An Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def empty_batches(count: int) -> bytes:
    """An Arrow stream of so many record batches without a row."""
    sink, schema = io.BytesIO(), pa.schema({"a": pa.string()})
    with pa.ipc.new_stream(sink, schema) as stream:
        for _ in range(count):
            stream.write_batch(pa.RecordBatch.from_pylist([], schema))
    return sink.getvalue()


def parquet(table: pa.Table) -> bytes:
    """A Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def as_json(rows: object) -> bytes:
    """Rows as they travel; days as text."""
    return json.dumps(rows, default=str).encode()


def written(rows: Sequence[dict[str, object]], content_type: str) -> bytes:
    """Rows in a format; days as it has them."""
    if content_type == ARROW:
        return arrow(pa.Table.from_pylist(rows))
    if content_type == PARQUET:
        return parquet(pa.Table.from_pylist(rows))
    if content_type == CSV:
        return "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]).encode()
    return b"\n".join(map(as_json, rows)) if content_type == NDJSON else as_json(rows)
