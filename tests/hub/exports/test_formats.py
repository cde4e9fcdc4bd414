"""What each format makes of columns: every figure with all its digits, nothing a sheet would run, nothing kept in memory."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.discover import members_of
from graph.errors import TooLarge
from hub.exports._format import ROWS_AT_ONCE, Format, Writer
from hub.exports.formats import xlsx

FORMATS = members_of("hub.exports.formats", "FORMAT", Format)
BEIJING = dt.timezone(dt.timedelta(hours=8))
SCHEMA = pa.schema(
    {
        "name": pa.string(), "day": pa.date32(), "start": pa.timestamp("us", tz="+08:00"),
        "value": pa.decimal128(38, 4), "suspect": pa.bool_(), "batch": pa.int32(),
    }
)  # fmt: skip


@contextmanager
def begun(format_: Format, schema: pa.Schema = SCHEMA) -> Iterator[Writer]:
    """A writer in a folder of its own."""
    with TemporaryDirectory() as folder, closing(format_.writer(schema, Path(folder))) as writer:
        yield writer


def written(format_: Format, *tables: pa.Table, schema: pa.Schema = SCHEMA) -> bytes:
    """All bytes of a file of these tables."""
    with begun(format_, schema) as writer:
        pieces = [piece for table in tables for piece in writer.write(table)]
        return b"".join([*pieces, *writer.end()])


def table_of(*names: str | None, value: Decimal | None = Decimal("0.5000")) -> pa.Table:
    """A row for each name."""
    start = dt.datetime(2026, 2, 28, 23, 45, tzinfo=BEIJING)
    rows = [
        {"name": name, "day": start.date(), "start": start, "value": value, "suspect": False, "batch": 7}
        for name in names
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def test_every_file_of_the_open_folder_is_a_format_of_its_own_name() -> None:
    assert {name: found.name for name, found in FORMATS.items()} == {name: name for name in FORMATS}
    assert len({found.media_type for found in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_without_a_row_is_a_whole_file_with_its_heading(name: str) -> None:
    body = written(FORMATS[name])
    readers: dict[str, Callable[[], bool]] = {
        "arrow": lambda: pa.ipc.open_stream(body).read_all().schema == SCHEMA,
        "parquet": lambda: pq.read_table(io.BytesIO(body)).schema == SCHEMA,
        "csv": lambda: next(csv.reader(io.StringIO(body.decode()))) == SCHEMA.names,
        "xlsx": lambda: body.startswith(b"PK"),
    }
    assert readers[name]()


@given(st.lists(st.decimals(Decimal(-(10**14)), Decimal(10**14), places=4), max_size=20))
def test_csv_keeps_every_digit_and_sign_of_a_number(values: list[Decimal]) -> None:
    body = written(FORMATS["csv"], *(table_of("甲", value=value) for value in values))
    _, *rows = csv.reader(io.StringIO(body.decode()))
    assert [Decimal(row[3]) for row in rows] == values


_HIDDEN = ["\n=1", "\n1", " =1", "\u3000=1", "\ufeff-1", "\x01@A1", "＝1+1", "＋1", "－1", "＠A1", " ＝1"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", *_HIDDEN])
def test_a_text_that_a_sheet_would_run_gets_an_apostrophe(name: str) -> None:
    _, row = csv.reader(io.StringIO(written(FORMATS["csv"], table_of(name)).decode(), newline=""))
    assert row[0] == f"'{name}"


@pytest.mark.parametrize("name", ["a\n=1", "1=1", " 1", "甲＝乙", "'=1"])
def test_a_text_that_no_sheet_would_run_stands_as_it_is(name: str) -> None:
    _, row = csv.reader(io.StringIO(written(FORMATS["csv"], table_of(name)).decode(), newline=""))
    assert row[0] == name


def test_other_texts_empty_cells_and_moments_stand_in_csv_as_they_are() -> None:
    body = written(FORMATS["csv"], table_of('甲, "乙"', None, value=None)).decode()
    _, *rows = csv.reader(io.StringIO(body))
    assert [row[0] for row in rows] == ['甲, "乙"', ""]
    assert rows[0][1:] == ["2026-02-28", "2026-02-28T23:45:00+08:00", "", "false", "7"]


def test_a_sheet_says_when_it_is_full_before_it_writes_half_of_a_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "ROWS_MAX", 3)
    with begun(FORMATS["xlsx"]) as writer:
        list(writer.write(table_of("a", "b")))
        with pytest.raises(TooLarge, match="a sheet has at most 3 rows"):
            list(writer.write(table_of("c", "d")))
        list(writer.write(table_of("c")))


@pytest.mark.parametrize("steps", [0, 1, 2, 99])
def test_a_sheets_files_are_in_the_folder_and_gone_wherever_it_stopped(tmp_path: Path, steps: int) -> None:
    with closing(FORMATS["xlsx"].writer(SCHEMA, tmp_path)) as writer:
        list(writer.write(table_of("a")))
        assert list(tmp_path.iterdir()) != []
        with closing(writer.end()) as rest:
            for _ in range(steps):
                next(rest, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["arrow", "csv", "xlsx"])
def test_rows_are_written_in_steps(name: str) -> None:
    table = pa.concat_tables([table_of("甲")] * (2 * ROWS_AT_ONCE + 1))
    with begun(FORMATS[name]) as writer:
        assert len(list(writer.write(table))) == 3


def test_a_sheet_is_zipped_in_steps_of_no_more_than_a_piece() -> None:
    numbers = pa.table({"number": range(2 * ROWS_AT_ONCE)})
    with begun(FORMATS["xlsx"], numbers.schema) as writer:
        list(writer.write(numbers))
        rest = list(writer.end())
    pieces = [piece for piece in rest if piece]
    assert rest[: -len(pieces)].count(b"") > 2 * ROWS_AT_ONCE * len('<row r="10000">') // xlsx.PIECE_BYTES
    assert max(map(len, pieces)) <= xlsx.PIECE_BYTES


@pytest.mark.parametrize("name", ["arrow", "parquet", "csv"])
def test_what_was_handed_on_is_not_kept(name: str) -> None:
    """Two hundred pieces take no more memory than three."""
    piece = table_of(*(f"name {number}" for number in range(5_000)))

    def held() -> Iterator[int]:
        with begun(FORMATS[name]) as writer:
            for _ in range(200):
                assert sum(map(len, writer.write(piece)))
                yield pa.total_allocated_bytes()

    after = list(held())
    assert max(after[3:]) - after[2] < 4 * piece.nbytes
