"""Parquet, a row group for each piece: exact columns, small, read by anything once it is whole."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq

from hub.exports._format import Format, Sink


class ParquetWriter:
    """The columns of each piece as they are ready, what says where they stand at the end."""

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = Sink()
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """The rows' bytes."""
        self._writer.write_table(table)
        yield self._sink.taken()

    def end(self) -> Iterable[bytes]:
        """The footer."""
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        """Nothing is open outside of memory."""


FORMAT = Format("parquet", "application/vnd.apache.parquet", "parquet", ParquetWriter)
