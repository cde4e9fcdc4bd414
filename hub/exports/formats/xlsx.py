"""A sheet for people (Excel, WPS): a heading that stays, moments as Beijing time, numbers as numbers.

A sheet's numbers have fifteen digits: a figure with more is written as text, with all of them. Everything but the rows is
made by XlsxWriter. Rows are written a column at a time, each different value once (_cells.py), to a file on disk as they
come, so memory does not grow; the whole file is handed on at the end. Until then it is in a folder of its own.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import xlsxwriter
from xlsxwriter.utility import xl_range

from graph.errors import TooLarge
from hub.exports._cells import Cells, cells_of, rows_of
from hub.exports._format import PREFIX, Format, Steps, some_at_a_time

ROWS_MAX = 1_048_575  # what a sheet holds below its heading
PIECE_BYTES = 256 * 1024  # zipped or handed on in one step
_WIDTH = 22  # of a column: a credit code or a moment fits
_SHEET = "xl/worksheets/sheet1.xml"
_MOMENT = re.compile(rb'<row r="2"><c r="A2" s="([0-9]+)">.*?</row>')  # the row below the template's heading
_EXTENT = re.compile(rb'<dimension ref="[^"]*"/>')


@dataclass(frozen=True)
class _Template:
    """A file without rows: its parts, what stands in the sheet before and behind rows, and how cells are said."""

    parts: dict[str, bytes]
    begin: bytes
    end: bytes
    cells: list[Cells]


class XlsxWriter:
    """One sheet."""

    def __init__(self, schema: pa.Schema, folder: Path) -> None:
        self._schema = schema
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder)
        self._rows = (Path(self._folder.name) / "rows").open("w+b")
        self._written = 0

    def write(self, table: pa.Table) -> Steps:
        """Nothing yet. Raises TooLarge where a sheet would have more rows than it holds."""
        if self._written + table.num_rows > ROWS_MAX:
            raise TooLarge(
                f"a sheet has at most {ROWS_MAX} rows; ask for less, or for parquet, arrow or csv", "format"
            )
        for some in some_at_a_time(table):
            self._rows.write(rows_of(some, self._template.cells, self._written + 2))  # row 1 is the heading
            self._written += some.num_rows
            yield b""

    def end(self) -> Steps:
        """The file, zipped and then handed on piece by piece."""
        path = Path(self._folder.name) / "export.xlsx"
        with ZipFile(path, "w", ZIP_DEFLATED) as book:
            for name, part in self._template.parts.items():
                with book.open(name, "w") as into:
                    for piece in self._sheet() if name == _SHEET else (part,):
                        into.write(piece)
                        yield b""
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def _sheet(self) -> Iterator[bytes]:
        extent = xl_range(0, 0, self._written, len(self._schema) - 1).encode()
        yield _EXTENT.sub(b'<dimension ref="%b"/>' % extent, self._template.begin)
        self._rows.seek(0)
        while piece := self._rows.read(PIECE_BYTES):
            yield piece
        yield self._template.end

    @cached_property
    def _template(self) -> _Template:
        parts = _of_heading(self._schema.names, self._folder.name)
        begin, style, end = _MOMENT.split(parts[_SHEET])
        return _Template(parts, begin, end, [cells_of(field.type, int(style)) for field in self._schema])

    def close(self) -> None:
        """Take the files away, those of a sheet left half-way, too."""
        self._rows.close()
        self._folder.cleanup()


def _of_heading(names: Sequence[str], folder: str) -> dict[str, bytes]:
    """The parts of a file as XlsxWriter makes them: a heading, and below it a moment, whose style is then known."""
    options = {
        "constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd hh:mm",
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(names) - 1, _WIDTH)
        sheet.write_row(0, 0, names, book.add_format({"bold": True}))
        sheet.write(1, 0, dt.datetime(2026, 1, 1))  # noqa: DTZ001 - a sheet knows no offset
    with ZipFile(made) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMAT = Format("xlsx", MEDIA_TYPE, "xlsx", XlsxWriter)
