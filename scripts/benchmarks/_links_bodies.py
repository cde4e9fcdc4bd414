"""The same readings as bodies of every format and packing that a hub takes, made as columns."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET

WORDS = ("unit", "data_code", "granularity", "origin")
_PACKED_BADLY = 1  # as fast as packing goes: what is measured is how the hub unpacks
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Form:
    """A way of sending readings."""

    name: str
    media_type: str
    body: Callable[[pa.Table], bytes]
    encoding: str = "identity"


def _arrow(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _worded(table: pa.Table) -> bytes:
    """An Arrow stream with the words of each column once."""
    for name in WORDS:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].combine_chunks().dictionary_encode())
    return _arrow(table)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    options = arrow_csv.WriteOptions(quoting_style="none")
    arrow_csv.write_csv(pa.table(_texts(table)), sink, options)
    return sink.getvalue()


def _lines(table: pa.Table) -> pa.ChunkedArray:
    """A JSON object a reading; of these columns no text holds what JSON escapes."""
    parts: list[str | pa.ChunkedArray] = []
    for name, column in _texts(table).items():
        parts += [f'{"," if parts else "{"}"{name}":"', column, '"']
    return pc.binary_join_element_wise(*parts, "}", "")


def _joined(lines: pa.ChunkedArray, between: str) -> bytes:
    whole = pa.ListArray.from_arrays([0, len(lines)], lines.combine_chunks())
    text: bytes = pc.binary_join(whole, between)[0].as_buffer().to_pybytes()
    return text


def _ndjson(table: pa.Table) -> bytes:
    return _joined(_lines(table), "\n")


def _json(table: pa.Table) -> bytes:
    return b"[" + _joined(_lines(table), ",") + b"]"


def _texts(table: pa.Table) -> Mapping[str, pa.ChunkedArray]:
    return {name: _text(table[name]) for name in table.column_names}


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(column.type):
        return column.cast(pa.string())
    each = column.combine_chunks().dictionary_encode()
    words = pc.strftime(each.dictionary.cast(pa.timestamp("s", tz="UTC")), _MOMENT)
    return pa.chunked_array([words.take(each.indices)])


def _gzipped(body: Callable[[pa.Table], bytes]) -> Callable[[pa.Table], bytes]:
    return lambda table: gzip.compress(body(table), _PACKED_BADLY)


def _zstd(body: Callable[[pa.Table], bytes]) -> Callable[[pa.Table], bytes]:
    return lambda table: pa.compress(body(table), codec="zstd", asbytes=True)


PLAIN = Form("Arrow", ARROW, _arrow)
FORMS = (
    PLAIN,
    Form("Arrow, words as dictionaries", ARROW, _worded),
    Form("Parquet", PARQUET, _parquet),
    Form("CSV", CSV, _csv),
    Form("NDJSON", NDJSON, _ndjson),
    Form("JSON", JSON, _json),
    Form("Arrow, gzip", ARROW, _gzipped(_arrow), "gzip"),
    Form("NDJSON, gzip", NDJSON, _gzipped(_ndjson), "gzip"),
    Form("Arrow, zstd", ARROW, _zstd(_arrow), "zstd"),
    Form("NDJSON, zstd", NDJSON, _zstd(_ndjson), "zstd"),
)
