"""A text that a body holds once and says in every row is not spelt out in every row, whatever kind of text it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import MalformedBody, SourceMalformed
from graph.model.reading import EXCHANGED
from national_sync.columns import complete, with_values
from provincial_adapters._batches.pieces import Content, pieces_of
from provincial_adapters._hub_graphql.changes import arrived
from provincial_adapters._nengshu_batches.registry_rows import decode_rows
from provincial_adapters.nengshu_batches import ARROW, PARQUET, decode

ROWS, GROUPS, LONG = 5_000, 50, "x" * 100_000
SPELT_OUT = ROWS * len(LONG)
KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()]
ROW = {
    "unit": "91970000MA05TEEL1J", "data_code": "0000000002330011", "granularity": "day",
    "start": "2026-11-01T00:00:00+08:00", "value": "1",
}  # fmt: skip


@contextmanager
def not_spelt_out() -> Iterator[None]:
    """What Arrow takes at most while something is read is far from all rows with the text."""
    pool = pa.default_memory_pool()
    before = pool.max_memory()
    yield
    assert pool.max_memory() - before < SPELT_OUT / 4


def body(name: str, kind: pa.DataType, type_: str) -> bytes:
    """Rows of which a column has one long text."""
    words = {column: pa.array([text]) for column, text in ROW.items()} | {name: pa.array([LONG]).cast(kind)}
    sink = io.BytesIO()
    if type_ == PARQUET:
        group = pa.concat_tables([pa.table(words)] * (ROWS // GROUPS)).combine_chunks()
        with pq.ParquetWriter(sink, group.schema) as file:
            for _ in range(GROUPS):
                file.write_table(group)
        return sink.getvalue()
    zeros = pa.array([0] * ROWS, pa.int8())
    table = pa.table({column: pa.DictionaryArray.from_arrays(zeros, word) for column, word in words.items()})
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("type_", [ARROW, PARQUET])
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("name", ["unit", "start", "value", "origin"])
def test_of_a_batch(name: str, kind: pa.DataType, type_: str) -> None:
    sent = body(name, kind, type_)
    with not_spelt_out():
        assert with_values(complete(decode(sent, type_).table)).num_rows == ROWS


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_of_an_upload_in_parts(kind: pa.DataType, tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(body("start", kind, PARQUET))
    content = Content(path, PARQUET, "identity", 100_000_000, tmp_path / "scratch")
    with not_spelt_out():
        assert sum(piece.rows for piece in pieces_of(content)) == ROWS


def test_of_rows_of_the_registry() -> None:
    sent = body("unit", pa.large_string(), PARQUET)
    with not_spelt_out():
        assert decode_rows(sent, PARQUET, "identity", 100_000_000).rows[-1] == (ROWS, {**ROW, "unit": LONG})


def test_of_a_page_of_changes_from_a_hub_that_is_pulled() -> None:
    empty = EXCHANGED.empty_table()
    packed = empty.set_column(0, "unit", empty["unit"].dictionary_encode())
    with pa.ipc.new_stream(sink := io.BytesIO(), packed.schema) as out:
        out.write_table(packed)
    with pytest.raises(SourceMalformed, match="expected columns spelt out, came dictionaries: unit"):
        arrived(sink.getvalue(), "http://hub")


@pytest.mark.parametrize("kind", [pa.binary(4), pa.list_(pa.string())], ids=str)
def test_what_is_neither_text_nor_number_is_told(kind: pa.DataType) -> None:
    table = pa.table({name: pa.nulls(1, kind if name == "unit" else pa.string()) for name in ROW})
    pq.write_table(table, sink := io.BytesIO())
    with pytest.raises(MalformedBody, match="unit: expected text, numbers or moments, came"):
        decode(sink.getvalue(), PARQUET)
