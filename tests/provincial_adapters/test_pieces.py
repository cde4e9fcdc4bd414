"""Content of any length comes in pieces that are the same however it is read, and lose and double no row."""

from __future__ import annotations

import gzip
import io
import json
import time
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import MalformedBody, TooLarge
from graph.model.reading import Arrived
from provincial_adapters._batches import pieces
from provincial_adapters._batches.pieces import Content, _blocks, pieces_of
from provincial_adapters.nengshu_batches import ARROW, CSV, NDJSON, PARQUET, decode

BYTES_MAX = 100_000_000
UNIT, CODE = "91970000MA05TEEL1J", "00-00-0000-023300-11"
ROWS, PIECE_ROWS = 1_000, 70


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of few rows and bytes, or every content would have to be a large one."""
    monkeypatch.setattr(pieces, "ROWS_PER_PIECE_MAX", PIECE_ROWS)
    monkeypatch.setattr(pieces, "TEXT_BYTES", 4_000)


def rows() -> list[dict[str, str]]:
    return [
        {"unit": UNIT, "data_code": CODE, "granularity": "day", "start": "2026-10-01T00:00:00+08:00", "value": str(n)}
        for n in range(ROWS)
    ]  # fmt: skip


def written(media_type: str) -> bytes:
    """The rows in a format, in the smaller parts that large content has."""
    table, sink = pa.Table.from_pylist(rows()), io.BytesIO()
    if media_type == ARROW:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table, max_chunksize=33)
    elif media_type == PARQUET:
        pq.write_table(table, sink, row_group_size=211)
    elif media_type == CSV:
        sink.write("\n".join([",".join(rows()[0]), *(",".join(row.values()) for row in rows())]).encode())
    else:
        sink.write("\n".join(map(json.dumps, rows())).encode())
    return sink.getvalue()


def content(folder: Path, body: bytes, media_type: str, encoding: str = "identity") -> Content:
    path = folder / "content"
    path.write_bytes(body)
    return Content(path, media_type, encoding, BYTES_MAX, folder / "scratch")


def values(found: list[Arrived]) -> list[str]:
    return [str(value) for one in found for value in one.table["value"].to_pylist()]


def numbers(found: list[Arrived]) -> list[int]:
    return sorted(
        chain.from_iterable(part["row"].to_pylist() for one in found for part in (one.table, one.rejections))
    )


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("media_type", [ARROW, PARQUET, CSV, NDJSON])
def test_every_row_is_in_one_piece_under_its_number_in_the_whole(
    tmp_path: Path, media_type: str, encoding: str
) -> None:
    body = written(media_type)
    if encoding != "identity":
        body = gzip.compress(body) if encoding == "gzip" else pa.compress(body, codec="zstd", asbytes=True)
    found = list(pieces_of(content(tmp_path, body, media_type, encoding)))
    assert len(found) >= ROWS / PIECE_ROWS
    assert max(one.rows for one in found) <= PIECE_ROWS
    assert numbers(found) == list(range(1, ROWS + 1))
    assert values(found) == [str(n) for n in range(ROWS)]
    again = list(pieces_of(content(tmp_path, body, media_type, encoding)))
    assert [one.table for one in again] == [one.table for one in found]


@pytest.mark.parametrize("media_type", [NDJSON, CSV])
def test_lines_that_cannot_be_read_keep_their_number_and_sink_no_piece(
    tmp_path: Path, media_type: str
) -> None:
    lines = written(media_type).split(b"\n")
    lines[500] = b"a,b" if media_type == CSV else b"no JSON"
    found = list(pieces_of(content(tmp_path, b"\n".join(lines), media_type)))
    refused = [row for one in found for row in one.rejections.to_pylist()]
    assert [(row["row"], row["code"]) for row in refused] == [
        (500 if media_type == CSV else 501, "malformed-row")
    ]
    assert numbers(found) == list(range(1, ROWS + 1))
    assert numbers([decode(b"\n".join(lines), media_type)]) == numbers(
        found
    )  # as a batch of the same bytes has them


@given(st.lists(st.sampled_from([b"", b"a", b"bb\n", b"\n", b"c" * 50]), max_size=60), st.integers(1, 40))
def test_where_a_block_ends_is_a_matter_of_the_bytes_alone(parts: list[bytes], size: int) -> None:
    body = b"".join(parts)
    if not body:
        return
    cut = [body[place : place + size] for place in range(0, len(body), size)]
    assert list(_blocks(cut)) == list(_blocks([body]))
    assert b"".join(_blocks(cut)) == body


@pytest.mark.parametrize("media_type", [ARROW, PARQUET, CSV, NDJSON])
def test_nothing_is_no_content(tmp_path: Path, media_type: str) -> None:
    with pytest.raises(MalformedBody):
        list(pieces_of(content(tmp_path, b"", media_type)))


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedBody, match="a line is longer than 4000 bytes"):
        list(pieces_of(content(tmp_path, b"x" * 5_000, NDJSON)))


@pytest.mark.parametrize("media_type", [ARROW, PARQUET])
def test_what_breaks_off_says_so(tmp_path: Path, media_type: str) -> None:
    with pytest.raises(MalformedBody, match="not a whole"):
        list(pieces_of(content(tmp_path, written(media_type)[:-50], media_type)))


def test_a_record_batch_too_large_for_one_piece_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, sink = pa.table({"value": ["x" * 50_000]}), io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    monkeypatch.setattr(pieces, "COLUMN_BYTES_MAX", 20_000)
    with pytest.raises(TooLarge, match="record batch"):
        list(pieces_of(content(tmp_path, sink.getvalue(), ARROW)))


def small_batches(folder: Path, count: int, rows_each: int = 1) -> Content:
    """A stream of many record batches that hold next to nothing."""
    batch, sink = pa.RecordBatch.from_pylist(rows()[:1]).slice(0, rows_each), io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        for _ in range(count):
            stream.write_batch(batch)
    return content(folder, sink.getvalue(), ARROW)


def test_a_piece_holds_no_more_record_batches_than_its_bound_however_few_rows_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "BATCHES_PER_PIECE_MAX", 40)
    assert [one.rows for one in pieces_of(small_batches(tmp_path, 100))] == [40, 40, 20]
    with pytest.raises(MalformedBody, match="is empty"):
        list(pieces_of(small_batches(tmp_path, 100, rows_each=0)))


def test_many_small_record_batches_take_no_longer_each_than_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "ROWS_PER_PIECE_MAX", 200_000)
    began_s = time.process_time()
    (found,) = pieces_of(small_batches(tmp_path, 3_000))
    assert found.rows == 3_000
    assert time.process_time() - began_s < 10, "0.2 s; where each batch is counted again with the next, 45"


def test_a_column_that_is_missing_is_told_with_the_place(tmp_path: Path) -> None:
    body = written(NDJSON) + b"\n" + b"\n".join([b'{"unit": "x"}'] * 200)
    with pytest.raises(MalformedBody, match=r"after row 10\d\d: .*columns are missing"):
        list(pieces_of(content(tmp_path, body, NDJSON)))
