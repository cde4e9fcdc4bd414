"""A workbook's sheet (.xlsx) as columns of text and moments, read in a process of its own.

A row's number is the one a program for sheets shows. A number is written by the fewest digits that give its double
back: up to 15 digits as they were typed, and what has more was already rounded when it was saved. A column of nothing
but dates is a column of moments; where dates stand among texts they are written as the mapping's labels are. Formulas
count with the value that was saved with them. The value of merged cells stands in the first of them, the others are
blank. Rows with nothing in any mapped column are no rows.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow as pa

from graph.errors import MalformedBody, TooLarge
from graph.ports import RAW_ROW
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read
from provincial_adapters._mapping.lines import Lines

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of a workbook before 2007, and of one with a password
CELLS_MAX = 10_000_000  # rows times columns of a sheet: a year of quarter-hours of 285 points
MEMORY_BYTES = 1536 * 1024 * 1024  # of the process, 300 MB of it its programs: what CELLS_MAX needs, and room
DEADLINE_S = 120  # CELLS_MAX take about half of it
FILE_BYTES_MAX = 256 * 1024 * 1024  # CELLS_MAX of quarter-hours are about 60 MB
_CHILD = Path(__file__).with_name("sheet_child.py")
_FAULTY = 3
_TOLD_BYTES = 64 * 1024
_SHOWN_CHARACTERS = 200


def sheet_lines(file: BinaryIO, mapping: FileMapping, place: str) -> Iterator[Lines]:
    """The rows of a workbook's sheet. Raises MalformedBody where it is none or not as the mapping means, TooLarge."""
    if (size := os.fstat(file.fileno()).st_size) > FILE_BYTES_MAX:
        raise TooLarge(f"{size} bytes, at most {FILE_BYTES_MAX} of a workbook are read", place)
    with tempfile.TemporaryFile() as told, _reading(file, mapping, told) as process:
        try:
            yield from _lines(process, mapping, place)
        except (pa.ArrowException, OSError) as fault:
            raise _fault_of(process, told, place) from fault
        if process.wait() != 0:
            raise _fault_of(process, told, place)


@contextmanager
def _reading(file: BinaryIO, mapping: FileMapping, told: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that reads; it ends when its rows are read, when nobody wants them or when its time is over."""
    with tempfile.TemporaryFile() as said:
        said.write(_said(mapping))
        said.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own file, by the interpreter that runs us
            [sys.executable, "-I", str(_CHILD), str(file.fileno())],
            stdin=said,
            stdout=subprocess.PIPE,
            stderr=told,
            pass_fds=(file.fileno(),),
            env={"ARROW_DEFAULT_MEMORY_POOL": "system", "LANG": "C.UTF-8"},
        )
    late = threading.Timer(DEADLINE_S, process.kill)
    late.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        late.cancel()


def _said(mapping: FileMapping) -> bytes:
    """What the process has to know."""
    dates_as = {mapping.label_column: mapping.labels.format}
    if mapping.version_column is not None:
        dates_as[mapping.version_column] = mapping.version_format
    said = {
        "sheet": mapping.sheet,
        "header_row": mapping.header_row,
        "wanted": mapping.columns,
        "dates_as": dates_as,
        "row_name": RAW_ROW,
        "cells_max": CELLS_MAX,
        "memory_bytes": MEMORY_BYTES,
        "seconds": DEADLINE_S,
    }
    return json.dumps(said).encode()


def _lines(process: subprocess.Popen[bytes], mapping: FileMapping, place: str) -> Iterator[Lines]:
    with pa.ipc.open_stream(process.stdout) as stream:
        names = json.loads(stream.schema.metadata[b"names"])
        if not names:
            raise MalformedBody(f"row {mapping.header_row} is blank, expected a header", place)
        check_is_meant(names, mapping, place)
        columns, others = columns_to_read(names, mapping)
        for batch in stream:
            table = pa.Table.from_batches([batch]).replace_schema_metadata()
            yield Lines(table.column(RAW_ROW).combine_chunks(), table.select(columns), others=others)


def _fault_of(process: subprocess.Popen[bytes], told: IO[bytes], place: str) -> MalformedBody | TooLarge:
    """Why the process ended before its rows did."""
    ended = process.wait()
    told.seek(0)
    words = told.read(_TOLD_BYTES).decode("utf-8", "replace")
    if ended == _FAULTY:
        said = json.loads(words)
        return (TooLarge if said["large"] else MalformedBody)(said["why"], place)
    if ended in (-signal.SIGKILL, -signal.SIGXCPU):
        return TooLarge(f"takes more than {DEADLINE_S} s to read", place)
    if ended == -signal.SIGABRT or "MemoryError" in words:
        return TooLarge(f"takes more than {MEMORY_BYTES} bytes of memory to read", place)
    last = words.strip().rpartition("\n")[2][:_SHOWN_CHARACTERS]
    return MalformedBody(f"not a whole workbook that can be read: {last or f'ended with {ended}'}", place)
