"""Which format a file is in: its first bytes say so where they can, its name where they cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from graph.errors import MalformedBody
from provincial_adapters._file_drop import parquet_lines as parquet
from provincial_adapters._file_drop import sheet_lines as sheet
from provincial_adapters._file_drop.csv_lines import csv_lines
from provincial_adapters._file_drop.json_lines import json_lines
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.lines import Lines

_BEGINS_BYTES = 512
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Format:
    """How a file is read (文件格式), and what it is called in messages."""

    name: str
    lines: Callable[[BinaryIO, FileMapping, str], Iterator[Lines]]


CSV = Format("CSV", csv_lines)
PARQUET = Format("Parquet", parquet.parquet_lines)
WORKBOOK = Format("a workbook", sheet.sheet_lines)
JSON = Format("JSON", json_lines)
_NAMED = {
    ".csv": CSV, ".txt": CSV, ".tsv": CSV, ".parquet": PARQUET, ".xlsx": WORKBOOK, ".xlsm": WORKBOOK,
    ".json": JSON, ".ndjson": JSON, ".jsonl": JSON,
}  # fmt: skip


def lines_of(file: BinaryIO, mapping: FileMapping, name: str) -> Iterator[Lines]:
    """The rows of a file of any format. Raises MalformedBody, saying too where name and content disagree; TooLarge."""
    begins = file.read(_BEGINS_BYTES)
    file.seek(0)
    named = _NAMED.get(PurePath(name).suffix.lower())
    found = _found(begins) or named or _guessed(begins)
    _check_is_readable(begins, name)
    try:
        yield from found.lines(file, mapping, name)
    except MalformedBody as fault:
        if (seems := _guessed(begins)) is named or named is None:
            raise
        raise MalformedBody(f"{fault}; it is named as {named.name}, and begins as {seems.name}") from fault


def _found(begins: bytes) -> Format | None:
    """What the first bytes leave no doubt of."""
    if begins.startswith(parquet.MAGIC):
        return PARQUET
    return WORKBOOK if begins.startswith(sheet.MAGIC) else None


def _guessed(begins: bytes) -> Format:
    text = begins.removeprefix(_MARK).lstrip()
    return _found(begins) or (JSON if text.startswith((b"{", b"[")) else CSV)


def _check_is_readable(begins: bytes, name: str) -> None:
    if begins.startswith(sheet.OLD_MAGIC):
        why = "is a workbook with a password or of before 2007; expected .xlsx, saved without a password"
        raise MalformedBody(why, name)
