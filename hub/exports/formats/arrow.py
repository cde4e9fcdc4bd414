"""Arrow's stream: exact columns, read by anything that reads Arrow while it comes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from hub.exports._format import Format, Sink, Streaming


def writer(schema: pa.Schema, _folder: Path) -> Streaming:
    """One record batch after the other, and a mark that nothing follows."""
    sink = Sink()
    return Streaming(sink, pa.ipc.new_stream(sink, schema))


FORMAT = Format("arrow", "application/vnd.apache.arrow.stream", "arrows", writer)
