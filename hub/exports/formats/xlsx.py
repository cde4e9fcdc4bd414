"""A sheet for people (Excel, WPS): a heading that stays, moments as Beijing time, numbers as numbers.

A sheet's numbers have fifteen digits: a figure with more is written as text, with all of them. Rows go to a file on disk
as they come, so memory does not grow; the whole file is handed on at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from graph.errors import TooLarge
from hub.exports._format import Format

ROWS_MAX = 1_048_575  # what a sheet holds below its heading
DIGITS_MAX = 15
PIECE_BYTES = 256 * 1024
_WIDTH = 22  # of a column: a credit code or a moment fits


class XlsxWriter:
    """One sheet."""

    def __init__(self, schema: pa.Schema) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nengshu-export-")
        self._path = Path(self._folder.name) / "export.xlsx"
        options = {
            "constant_memory": True, "tmpdir": self._folder.name, "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True,
            "default_date_format": "yyyy-mm-dd hh:mm",
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(schema.names) - 1, _WIDTH)
        self._sheet.write_row(0, 0, schema.names, self._book.add_format({"bold": True}))
        self._cells = [_cells_of(field.type) for field in schema]
        self._rows = 0

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """Nothing yet. Raises TooLarge where a sheet would have more rows than it holds."""
        if self._rows + table.num_rows > ROWS_MAX:
            raise TooLarge(
                f"a sheet has at most {ROWS_MAX} rows; ask for less, or for parquet, arrow or csv", "format"
            )
        columns = [cells(column) for cells, column in zip(self._cells, table.columns, strict=True)]
        for row in zip(*columns, strict=True):
            self._rows += 1
            self._sheet.write_row(self._rows, 0, row)
        return ()

    def end(self) -> Iterable[bytes]:
        """The file, piece by piece."""
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def close(self) -> None:
        """Take the files away, those of a sheet left half-way, too; its end, that nobody waits for, is not written."""
        if not self._book.fileclosed:
            self._book.fileclosed = True
            self._sheet.row_data_fh.close()
        self._folder.cleanup()


def _cells_of(kind: pa.DataType) -> Callable[[pa.ChunkedArray], list[Any]]:
    """How a column's values become cells."""
    if pa.types.is_decimal(kind):
        return lambda column: [_number(value) for value in column.to_pylist()]
    if pa.types.is_date(kind):
        return lambda column: [None if day is None else day.isoformat() for day in column.to_pylist()]
    return lambda column: list(column.to_pylist())


def _number(value: Decimal | None) -> float | str | None:
    """A number where a sheet keeps all its digits, else its text."""
    if value is None:
        return None
    return float(value) if len(value.normalize().as_tuple().digits) <= DIGITS_MAX else str(value)


MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMAT = Format("xlsx", MEDIA_TYPE, "xlsx", XlsxWriter)
