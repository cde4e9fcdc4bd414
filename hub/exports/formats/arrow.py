"""Arrow's stream: exact columns, read by anything that reads Arrow while it comes."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from hub.exports._format import Format, Sink


class ArrowWriter:
    """One record batch after the other."""

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = Sink()
        self._writer = pa.ipc.new_stream(self._sink, schema)

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """The rows' bytes."""
        self._writer.write_table(table)
        yield self._sink.taken()

    def end(self) -> Iterable[bytes]:
        """The mark that nothing follows."""
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        """Nothing is open outside of memory."""


FORMAT = Format("arrow", "application/vnd.apache.arrow.stream", "arrows", ArrowWriter)
