"""Parquet, some row groups for each piece: exact columns, small, read by anything once it is whole."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.exports._format import Format, Sink, Streaming

# In one step: smaller groups would be read more slowly, and Arrow's own threads write them.
ROWS_PER_GROUP = 100_000


def writer(schema: pa.Schema, _folder: Path) -> Streaming:
    """The columns of each piece as they are ready, what says where they stand at the end."""
    sink = Sink()
    return Streaming(sink, pq.ParquetWriter(sink, schema, compression="zstd"), ROWS_PER_GROUP)


FORMAT = Format("parquet", "application/vnd.apache.parquet", "parquet", writer)
