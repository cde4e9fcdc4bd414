"""Quotes of a CSV file: a stray one would swallow every line up to the next, and nobody would miss them.

A line of readings never holds a line break. So where some line opens a quote that it does not close, quotes are read as
ordinary letters: the line with the stray one is refused by what stands in it, and the others lose nothing.
"""

from __future__ import annotations

from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.compute as pc

_PIECE_BYTES = 4 * 1024 * 1024
_QUOTE = b'"'


def quote_of(file: BinaryIO) -> str | Literal[False]:
    """The quote character the file's lines can be read with, or False; the file stands at its start again."""
    try:
        return False if _has_open_quote(file) else '"'
    finally:
        file.seek(0)


def _has_open_quote(file: BinaryIO) -> bool:
    rest = b""
    while piece := file.read(_PIECE_BYTES):
        seen = rest + piece
        lines = seen.split(b"\n")
        rest = lines.pop()
        if _QUOTE in seen and any(line.count(_QUOTE) % 2 for line in lines):
            return True
    return rest.count(_QUOTE) % 2 == 1


def without_quotes(table: pa.Table) -> pa.Table:
    """Cells of text without the quotes around them, for a file whose quotes were read as letters."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            bare = pc.replace_substring_regex(table.column(place), '^"([^"]*)"$', r"\1")
            table = table.set_column(place, field.name, bare)
    return table
