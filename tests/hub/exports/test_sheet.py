"""A sheet's cells are those XlsxWriter would write row by row, and what is in them is read back as it was."""

from __future__ import annotations

import datetime as dt
import io
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pyarrow as pa
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.exports._format import ROWS_AT_ONCE
from hub.exports.formats.xlsx import XlsxWriter

BEIJING = dt.timezone(dt.timedelta(hours=8))
SCHEMA = pa.schema(
    {
        "text": pa.string(), "day": pa.date32(), "start": pa.timestamp("us", tz="+08:00"),
        "value": pa.decimal128(38, 4), "suspect": pa.bool_(), "batch": pa.int32(),
    }
)  # fmt: skip
YEARS = (dt.datetime(1990, 1, 1), dt.datetime(2078, 12, 31))  # noqa: DTZ001 - of the moments written
SHEET = "xl/worksheets/sheet1.xml"
_SAID = re.compile("_x([0-9A-Fa-f]{4})_")  # a letter in a text, as Office Open XML writes what XML has not

Row = Sequence[Any]
few = settings(max_examples=30)  # each a whole file
rows = st.tuples(
    st.none() | st.text("甲a<&>'\" _x", max_size=6).filter(lambda text: not _SAID.search(text)),
    st.none() | st.dates(),
    st.none() | st.datetimes(*YEARS, timezones=st.just(BEIJING)),
    st.none() | st.integers(-(10**12), 10**12).map(lambda number: Decimal(number).scaleb(-4)),
    st.none() | st.booleans(),
    st.none() | st.integers(-(2**31), 2**31 - 1),
)


@contextmanager
def begun(schema: pa.Schema) -> Iterator[XlsxWriter]:
    """A sheet in a folder of its own."""
    with TemporaryDirectory() as folder, closing(XlsxWriter(schema, Path(folder))) as writer:
        yield writer


def sheet_of(written: Sequence[Row]) -> bytes:
    """The sheet's part of an export of these rows, in two tables."""
    with begun(SCHEMA) as writer:
        for some in (written[:1], written[1:]):
            columns = [list(column) for column in zip(*some, strict=True)] or [[]] * len(SCHEMA)
            assert b"".join(writer.write(pa.table(columns, schema=SCHEMA))) == b""
        body = b"".join(writer.end())
    with ZipFile(io.BytesIO(body)) as book:
        assert book.testzip() is None
        return book.read(SHEET)


def by_xlsxwriter(written: Sequence[Row]) -> bytes:
    """The same sheet as XlsxWriter makes it, cell by cell."""
    made = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, {**options, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(SCHEMA) - 1, 22)
        sheet.write_row(0, 0, SCHEMA.names, book.add_format({"bold": True}))
        for number, (text, day, start, value, *others) in enumerate(written, 1):
            cells = [text, day and day.isoformat(), start and start.replace(tzinfo=None)]
            sheet.write_row(number, 0, [*cells, None if value is None else float(value), *others])
    with ZipFile(made) as parts:
        return parts.read(SHEET)


def cells_of(sheet: bytes) -> dict[str, str]:
    """What stands in each cell, as a reader of the format takes it."""
    found = {}
    for cell in ElementTree.fromstring(sheet).findall(".//{*}c"):  # noqa: S314 - our own bytes
        text = "".join(cell.itertext())
        found[cell.attrib["r"]] = _SAID.sub(lambda letter: chr(int(letter[1], 16)), text)
    return found


@few
@given(st.lists(rows.filter(any), min_size=1, max_size=5))
def test_a_sheet_is_byte_for_byte_what_xlsxwriter_makes_cell_by_cell(written: list[Row]) -> None:
    assert sheet_of(written) == by_xlsxwriter(written)


@few
@given(st.text(max_size=12))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    for said in (text, f"_x0041_{text}", f"<r>{text}</r>", f"_x0041_x0042_{text}"):
        assert cells_of(sheet_of([(said, None, None, None, None, 1)])).get("A2", "") == said


@few
@given(st.decimals(Decimal(-(10**30)), Decimal(10**30), places=4))
def test_a_figure_keeps_all_its_digits(value: Decimal) -> None:
    sheet = sheet_of([(None, None, None, value, None, None)])
    is_text = b"inlineStr" in sheet.split(b'r="D2"')[1]
    read = cells_of(sheet)["D2"]
    digits = len(str(value.copy_abs()).replace(".", "").strip("0"))
    assert is_text is (digits > 15)
    assert Decimal(read) == value if is_text else float(read) == float(value)


def test_a_figure_with_more_digits_than_decimals_are_reckoned_with_is_told_exactly() -> None:
    kind = pa.decimal128(38, 13)
    said = [
        "1000000000000000000000000.0000000000001",
        "0.0000001234567",
        "-100000000000000000.5000000000000",
    ]
    with begun(pa.schema({"value": kind})) as writer:
        list(writer.write(pa.table({"value": pa.array([Decimal(text) for text in said], kind)})))
        body = b"".join(writer.end())
    with ZipFile(io.BytesIO(body)) as book:
        cells = cells_of(book.read(SHEET))
    assert [cells["A2"], Decimal(cells["A3"]), cells["A4"]] == [said[0], Decimal(said[1]), said[2]]


def test_memory_does_not_grow_with_the_rows() -> None:
    row = [f"name {n}" for n in range(ROWS_AT_ONCE)]
    piece = pa.table({"text": row, "number": list(range(ROWS_AT_ONCE))})

    def peak(pieces: int) -> int:
        tracemalloc.start()
        with begun(piece.schema) as writer:
            list(writer.write(pa.concat_tables([piece] * pieces)))
            assert sum(map(len, writer.end())) > 0
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(6) < 1.5 * peak(2)
