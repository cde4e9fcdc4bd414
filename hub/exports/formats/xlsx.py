"""A sheet for people (Excel, WPS): a heading that stays, moments as Beijing time, numbers as numbers.

A sheet's numbers have fifteen digits: a figure with more is written as text, with all of them. Everything but the rows is
made by XlsxWriter. Rows are written a column at a time, each different value once (_cells.py), to a file on disk as they
come, so memory does not grow; the whole file is handed on at the end.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import xlsxwriter
from xlsxwriter.utility import xl_range

from graph.errors import TooLarge
from hub.exports._cells import cells_of, rows_of
from hub.exports._format import Format

ROWS_MAX = 1_048_575  # what a sheet holds below its heading
ROWS_PER_PIECE = 10_000  # made at once: some megabytes
PIECE_BYTES = 256 * 1024
_WIDTH = 22  # of a column: a credit code or a moment fits
_SHEET = "xl/worksheets/sheet1.xml"
_MOMENT = re.compile(
    rb'<row r="2"><c r="A2" s="([0-9]+)">.*?</row>'
)  # the one row below the template's heading
_EXTENT = re.compile(rb'<dimension ref="[^"]*"/>')


class XlsxWriter:
    """One sheet."""

    def __init__(self, schema: pa.Schema) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nengshu-export-")
        self._rows = (Path(self._folder.name) / "rows").open("w+b")
        self._parts = _of_heading(schema.names, self._folder.name)
        self._begin, style, self._end = _MOMENT.split(self._parts[_SHEET])
        self._cells = [cells_of(field.type, int(style)) for field in schema]
        self._written = 0

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """Nothing yet. Raises TooLarge where a sheet would have more rows than it holds."""
        if self._written + table.num_rows > ROWS_MAX:
            raise TooLarge(
                f"a sheet has at most {ROWS_MAX} rows; ask for less, or for parquet, arrow or csv", "format"
            )
        for begin in range(0, table.num_rows, ROWS_PER_PIECE):
            piece = table.slice(begin, ROWS_PER_PIECE)
            self._rows.write(rows_of(piece, self._cells, self._written + 2))  # row 1 is the heading
            self._written += piece.num_rows
        return ()

    def end(self) -> Iterable[bytes]:
        """The file, piece by piece."""
        path = Path(self._folder.name) / "export.xlsx"
        with ZipFile(path, "w", ZIP_DEFLATED) as book:
            for name, part in self._parts.items():
                with book.open(name, "w") as into:
                    if name == _SHEET:
                        self._write_sheet(into)
                    else:
                        into.write(part)
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def _write_sheet(self, into: IO[bytes]) -> None:
        extent = xl_range(0, 0, self._written, len(self._cells) - 1).encode()
        into.write(_EXTENT.sub(b'<dimension ref="%b"/>' % extent, self._begin))
        self._rows.seek(0)
        shutil.copyfileobj(self._rows, into, PIECE_BYTES)
        into.write(self._end)

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
