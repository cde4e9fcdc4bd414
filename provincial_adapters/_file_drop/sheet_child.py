"""Reads one sheet of a workbook in a process of its own and writes its rows to standard output as Arrow.

Started by provincial_adapters/_file_drop/sheet_lines.py with nothing of ours imported: the first argument is the
number of the open file, standard input says how it is to be read. A small workbook can claim any size, and what reads
it ends the process where memory ends: so its parts are measured first, memory and seconds are bounded, and whatever
happens here costs this file only. What zipfile and expat raise of a broken one is open: the last line of their words is
told by who started us, as is where memory ends.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from xml.parsers import expat

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

PARTS_MAX = 1_000  # a workbook of a hundred sheets with drawings has some hundred
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024  # ten million cells of a hundred bytes of XML
RATIO_MAX = 500  # rows of one column alike pack 100 to 1
RATIO_FROM_BYTES = 1024 * 1024  # below it a ratio costs nobody anything
ROWS_AT_ONCE = 8_192
FAULTY = 3  # the exit code that says: the reason stands on standard error
_PIECE_BYTES = 64 * 1024
_SECOND = dt.timedelta(seconds=1)
_CELL = re.compile("([A-Z]{1,3})([0-9]{1,7})")


class Fault(Exception):
    """Why a workbook is not read; `large` where a bound was passed."""

    def __init__(self, why: str, large: bool = False) -> None:
        super().__init__(why)
        self.large = large


def main() -> int:
    """Read as standard input says, a JSON object."""
    said = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (said["memory_bytes"], said["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (said["seconds"], said["seconds"]))
    try:
        with os.fdopen(int(sys.argv[1]), "rb") as file:
            file.seek(0)
            check_parts(file, said["cells_max"])
            file.seek(0)
            write(sheet_of(file, said["sheet"]), said, sys.stdout.buffer)
    except Fault as fault:
        json.dump({"why": str(fault), "large": fault.large}, sys.stderr)
        return FAULTY
    return 0


# ---- before it is read: how large is it, whatever it says of itself ----------------------------------------


def check_parts(file: BinaryIO, cells_max: int) -> None:
    """Raise Fault where the parts are too many or too large, hold macros or span too many cells."""
    with zipfile.ZipFile(file) as parts:
        found = parts.infolist()
        if len(found) > PARTS_MAX:
            raise Fault(f"has {len(found)} parts, at most {PARTS_MAX}", large=True)
        if (size := sum(part.file_size for part in found)) > UNPACKED_BYTES_MAX:
            raise Fault(f"unpacks to {size} bytes, at most {UNPACKED_BYTES_MAX}", large=True)
        for part in found:
            if part.file_size > RATIO_MAX * max(part.compress_size, RATIO_FROM_BYTES // RATIO_MAX):
                raise Fault(f"{part.filename} unpacks to more than {RATIO_MAX} times its size", large=True)
            if PurePosixPath(part.filename).name.lower() == "vbaproject.bin":
                raise Fault("holds macros; save it as .xlsx, without them")
        for part in found:
            if part.filename.lower().startswith("xl/worksheets/") and part.filename.lower().endswith(".xml"):
                with parts.open(part) as sheet:
                    _Extent(cells_max).read(sheet)


class _Extent:
    """How far the cells of a sheet's XML reach; a cell or row without a place of its own follows the one before."""

    def __init__(self, cells_max: int) -> None:
        self._cells_max = cells_max
        self._row = self._column = self._rows = self._columns = self._cells = 0

    def read(self, sheet: Any) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin
        parser.StartDoctypeDeclHandler = self._doctype
        while piece := sheet.read(_PIECE_BYTES):
            parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _begin(self, name: str, said: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "row":
            self._row = _number(said.get("r")) or self._row + 1
            self._column = 0
        elif local == "c":
            self._place(said.get("r"))

    def _place(self, place: str | None) -> None:
        self._cells += 1
        self._column += 1
        if place is not None and (found := _CELL.fullmatch(place)):
            self._column, self._row = _column_of(found[1]), int(found[2])
        if self._row > self._rows or self._column > self._columns or self._cells > self._cells_max:
            self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
            if max(self._rows * self._columns, self._cells) > self._cells_max:
                why = f"its cells span {self._rows} rows of {self._columns} columns"
                raise Fault(f"{why}, at most {self._cells_max} cells are read", large=True)

    def _doctype(self, *_: Any) -> None:
        raise Fault("a sheet declares entities of its own, which no program for sheets writes")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _column_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# ---- the sheet, and its rows -------------------------------------------------------------------------------


def sheet_of(file: BinaryIO, name: str | None) -> CalamineSheet:
    """The sheet of this name, or the first that holds cells. Raises Fault."""
    try:
        book = CalamineWorkbook.from_filelike(file)
        names = [each.name for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        if not names or (name is not None and name not in names):
            wanted = "no sheet of cells" if name is None else f"no sheet {name!r}"
            raise Fault(f"has {wanted}; came {', '.join(map(repr, names))[:500] or 'none'}")
        return book.get_sheet_by_name(names[0] if name is None else name)
    except CalamineError as fault:
        raise Fault(f"not a whole workbook: {fault}") from fault


def write(sheet: CalamineSheet, said: dict[str, Any], out: BinaryIO) -> None:
    """The rows below the header as an Arrow stream: their numbers, then the wanted columns, or all where one is missing."""
    header = next(_rows(sheet, said["header_row"] - 1), (0, []))[1]
    names = [_text(cell, _ISO).strip() or None for cell in header]
    there = {name: place for place, name in enumerate(names) if name is not None and names.count(name) == 1}
    wanted = [name for name in said["wanted"] if name in there]
    chosen = {name: there[name] for name in wanted} if len(wanted) == len(said["wanted"]) else there
    makers = _makers(sheet, said, chosen)
    kinds = [pa.timestamp("s") if makers[name] is _moment else pa.string() for name in chosen]
    schema = pa.schema(
        [pa.field(said["row_name"], pa.int32()), *map(pa.field, chosen, kinds)],
        {"names": json.dumps([name for name in names if name is not None])},
    )
    with pa.ipc.new_stream(out, schema) as stream:
        for numbers, rows in _grouped(sheet, said["header_row"], list(chosen.values())):
            columns = [
                pa.array([makers[name](row[place]) for row in rows], kind)
                for (name, place), kind in zip(chosen.items(), kinds, strict=True)
            ]
            batch = pa.record_batch([pa.array(numbers, pa.int32()), *columns], schema)
            stream.write_batch(batch)


def _rows(sheet: CalamineSheet, past: int) -> Iterator[tuple[int, list[Any]]]:
    """The sheet's rows after `past`, each with the number a program for sheets shows."""
    if sheet.start is None:
        return
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > past:
            yield number, row


def _grouped(sheet: CalamineSheet, past: int, places: list[int]) -> Iterator[tuple[list[int], list[Any]]]:
    """Rows that hold something in one of these columns, some thousand at once."""
    numbers: list[int] = []
    rows: list[Any] = []
    for number, row in _rows(sheet, past):
        if any(not _is_blank(row[place]) for place in places):
            numbers.append(number)
            rows.append(row)
        if len(rows) == ROWS_AT_ONCE:
            yield numbers, rows
            numbers, rows = [], []
    if rows:
        yield numbers, rows


def _makers(
    sheet: CalamineSheet, said: dict[str, Any], chosen: dict[str, int]
) -> dict[str, Callable[[Any], Any]]:
    """How the cells of each column are written: moments where all are, else text, with moments in a declared form."""
    dates, others = set(), set()
    for _, row in _rows(sheet, said["header_row"]):
        for name, place in chosen.items():
            cell = row[place]
            if isinstance(cell, dt.date):
                dates.add(name)
            elif not _is_blank(cell):
                others.add(name)
    return {
        name: _moment if name in dates - others else _writer(said["dates_as"].get(name, _ISO))
        for name in chosen
    }


_ISO = "%Y-%m-%d %H:%M:%S"


def _writer(dates_as: str) -> Callable[[Any], str | None]:
    return lambda cell: None if _is_blank(cell) else _text(cell, dates_as)


def _is_blank(cell: Any) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _moment(cell: Any) -> dt.datetime | None:
    """To the second: a sheet keeps a moment as a fraction of a day, and a quarter of an hour has no exact one."""
    if not isinstance(cell, dt.date):
        return None
    if not isinstance(cell, dt.datetime):
        return dt.datetime.combine(cell, dt.time())
    return (cell + _SECOND / 2).replace(microsecond=0)


def _text(cell: Any, dates_as: str) -> str:
    """A cell as text: a number by the fewest digits that give it back, so that what has up to 15 is as it was typed."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    moment = _moment(cell)
    return str(cell) if moment is None else moment.strftime(dates_as)


if __name__ == "__main__":
    sys.exit(main())
