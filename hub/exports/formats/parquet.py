"""Parquet, a row group for each piece: exact columns, small, read by anything once it is whole."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from hub.exports._format import Format, Sink, Streaming


def writer(schema: pa.Schema) -> Streaming:
    """The columns of each piece as they are ready, what says where they stand at the end."""
    sink = Sink()
    return Streaming(sink, pq.ParquetWriter(sink, schema, compression="zstd"))


FORMAT = Format("parquet", "application/vnd.apache.parquet", "parquet", writer)
