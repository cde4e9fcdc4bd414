"""JSON as columns of text: an array of rows, one row a line (NDJSON), or an array inside of an object.

Values keep the digits they were written with. A row's number is its place in the array, counted from 1, or its line.
What is no object is refused by itself; a column whose every value has parts is a column of objects, and told as drift.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO, TypeVar

import msgspec
import pyarrow as pa

from graph.errors import MalformedBody, TooLarge
from graph.model.verdict import Rejection
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.drift import check_is_meant, columns_to_read
from provincial_adapters._mapping.lines import Lines
from provincial_adapters._mapping.selectors import Selector, Step
from provincial_adapters._toolkit.rejected import rejection

# Read whole, since an array ends where it ends, in four times the memory; a large province's day is 60 MB.
FILE_BYTES_MAX = 128 * 1024 * 1024
ROWS_AT_ONCE = 65_536  # which are objects until they are columns
COLUMNS_MAX = 1_000  # names that rows bring: more is an object whose keys are data
REFUSED_MAX = 100_000  # beyond it the file is wrong, not its rows
OBJECT = pa.struct([("json", pa.string())])  # a value with parts, as it was written
_ROW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
T = TypeVar("T")
_Numbered = Iterator[tuple[int, bytes]]


def json_lines(file: BinaryIO, mapping: FileMapping, place: str) -> Iterator[Lines]:
    """The rows of a JSON file. Raises MalformedBody when it is none, or another than the mapping means, TooLarge."""
    if (size := os.fstat(file.fileno()).st_size) > FILE_BYTES_MAX:
        raise TooLarge(f"{size} bytes, at most {FILE_BYTES_MAX} of JSON are read", place)
    body = file.read().removeprefix(b"\xef\xbb\xbf")
    read = _Read(place)
    pieces = list(read.pieces(_rows(body, mapping.rows, place)))
    names = list(read.names)
    if not names:
        raise MalformedBody("holds no row that is an object", place)
    check_is_meant(names, mapping, place)
    columns, others = columns_to_read(names, mapping)
    table = pa.concat_tables([_filled(piece, columns) for piece in pieces])
    for name in columns:
        if name not in read.plain:
            values = table.column(name).combine_chunks()
            objects = pa.StructArray.from_arrays([values], fields=list(OBJECT), mask=values.is_null())
            table = table.set_column(table.schema.get_field_index(name), name, objects)
    yield Lines(pa.array(read.numbers, pa.int32()), table, tuple(read.refused), others)


def _rows(body: bytes, rows: Selector | None, place: str) -> _Numbered:
    """The rows with their numbers, each still as it was written."""
    if rows is None and body.lstrip().startswith(b"{"):
        return _by_line(body, place)
    found: bytes | msgspec.Raw = body
    seen = Selector(())
    for step in rows.steps[:-1] if rows is not None else ():
        found = _within(found, step, f"{place}: {seen}")
        seen = Selector((*seen.steps, step))
    entries = _decoded(_ARRAY, found, "array of rows", f"{place}: {seen}")
    return ((number, bytes(entry)) for number, entry in enumerate(entries, 1))


def _within(found: bytes | msgspec.Raw, step: str | int | Step, place: str) -> msgspec.Raw:
    """What stands at a member of an object, or at an entry of an array."""
    if isinstance(step, str):
        members = _decoded(_ROW, found, "object", place)
        if step in members:
            return members[step]
        raise MalformedBody(f"has no {step!r}; came {', '.join(map(repr, members))[:500]}", place)
    entries = _decoded(_ARRAY, found, "array", place)
    if isinstance(step, int) and -len(entries) <= step < len(entries):
        return entries[step]
    raise MalformedBody(f"has no entry {step}, but {len(entries)} of them", place)


def _decoded(decoder: msgspec.json.Decoder[T], found: bytes | msgspec.Raw, wanted: str, place: str) -> T:
    try:
        return decoder.decode(found)
    except _UNREADABLE as fault:
        raise MalformedBody(f"is no JSON {wanted}: {fault}", place) from fault


def _by_line(body: bytes, place: str) -> _Numbered:
    """One object a line. Raises MalformedBody where the whole is one object over several lines."""
    lines = body.split(b"\n")
    if not _is_object(lines[0]) and _is_object(body):
        why = "is one object, expected an array of rows or a row a line: the mapping's `rows` says where they stand"
        raise MalformedBody(why, place)
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _is_object(text: bytes) -> bool:
    try:
        _ROW.decode(text)
    except _UNREADABLE:
        return False
    return True


@dataclass
class _Read:
    """What was seen of the rows on the way to columns: names in the order they came, and rows that are none."""

    place: str
    numbers: list[int] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)  # of names: those with a value that has no parts
    refused: list[Rejection] = field(default_factory=list)

    def pieces(self, rows: _Numbered) -> Iterator[pa.Table]:
        """Columns of text, some thousand rows at once."""
        while group := list(islice(rows, ROWS_AT_ONCE)):
            yield self._columns(list(self._texts(group)))

    def _texts(self, group: Iterable[tuple[int, bytes]]) -> Iterator[dict[str, str | None]]:
        for number, written in group:
            try:
                row = {name: self._text(raw, name) for name, raw in _ROW.decode(written).items()}
            except _UNREADABLE as fault:
                self._refuse(number, str(fault), written)
                continue
            self.numbers.append(number)
            self.names.update(dict.fromkeys(row))
            if len(self.names) > COLUMNS_MAX:
                raise TooLarge(f"its rows have more than {COLUMNS_MAX} names", self.place)
            yield row

    def _refuse(self, number: int, why: str, written: bytes) -> None:
        if len(self.refused) == REFUSED_MAX:
            raise MalformedBody(f"more than {REFUSED_MAX} rows are no JSON objects: {why}", self.place)
        self.refused.append(rejection(number, "malformed-row", why, written.decode("utf-8", "replace")))

    def _columns(self, rows: list[dict[str, str | None]]) -> pa.Table:
        return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in self.names})

    def _text(self, raw: msgspec.Raw, name: str) -> str | None:
        """A value as it was written, without the quotes of a text."""
        written = bytes(raw)
        if written == b"null":
            return None
        if not written.startswith((b"{", b"[")):
            self.plain.add(name)
        return _TEXT.decode(raw) if written.startswith(b'"') else written.decode()


def _filled(piece: pa.Table, columns: list[str]) -> pa.Table:
    """The piece with just these columns, empty where it has none."""
    nothing = pa.nulls(piece.num_rows, pa.string())
    there = set(piece.column_names)
    return pa.table({name: piece.column(name) if name in there else nothing for name in columns})
