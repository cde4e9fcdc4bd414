"""Takes an answer apart without reading its rows: the document around them, and each row as a slice of its bytes.

Everything that is not in the dialect is told here, once for the whole answer: another encoding, JSON that breaks off,
a key that stands twice, more depth than any reading needs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._mapping.selectors import EVERY, NOTHING, STEPS_MAX, Selector, Step
from provincial_adapters._rest_json.request import Outer
from provincial_adapters._rest_json.signs import Number, word

DEPTH_MAX = STEPS_MAX  # deeper than any selector reaches; a thousand levels would cost more than they hold
ENVELOPE_BYTES_MAX = 1024 * 1024  # around the rows: codes, messages, counts
VALUES_MAX = 5_000_000  # 400 000 rows of a dozen fields; as slices they take about 80 bytes each
GROUPS_MAX = 20_000  # lists of rows in one answer: one for each key unit of the country
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(sorted(set(range(256)) - set(b'[]{}"\\')))
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_BOM = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_entries = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Group:
    """Rows that stand in one list, and what stands outside of them for each column of Outer."""

    rows: Sequence[msgspec.Raw]
    outer: tuple[str | None, ...]


@dataclass(frozen=True)
class Page:
    """An answer: the document without its rows, and the rows; None where nothing stands at their place."""

    document: Any
    groups: tuple[Group, ...] | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(len(group.rows) for group in self.groups or ())

    @property
    def digest(self) -> str:
        """Of the rows and of what belongs to them, whatever time or number stands around."""
        seen = hashlib.sha256()
        for group in self.groups or ():
            seen.update(repr((group.outer, len(group.rows))).encode())
            seen.update(b"\n".join(group.rows))
        return seen.hexdigest()


def taken_apart(
    body: bytes,
    rows: Selector,
    outer: tuple[Outer, ...] = (),
    unit: str | None = None,
    encoding: str = "utf-8",
) -> Page:
    """An answer as document and rows. Raises MalformedBody, TooLarge."""
    text = as_utf8(body, encoding)
    _check_depth(text)
    if text.count(b",") > VALUES_MAX:
        raise TooLarge(f"holds more than {VALUES_MAX} values", "body")
    document, found = _cut(text, _up_to_list(rows.steps))
    if found is None:
        return Page(document, None)
    texts = partial(_outer_texts, outer, unit)
    groups = tuple(islice(_groups(found, rows.steps, 0, document, texts, {}), GROUPS_MAX + 1))
    if len(groups) > GROUPS_MAX:
        raise TooLarge(f"holds its rows in more than {GROUPS_MAX} lists", "body")
    return Page(document, groups)


def parsed(body: bytes | msgspec.Raw) -> Any:
    """A document in whole, its numbers as they are written. Raises MalformedBody, for a key that stands twice too."""
    try:
        msgspec.json.decode(body)  # which takes neither NaN nor half a character for JSON
        return json.loads(
            bytes(body).decode(), parse_int=Number, parse_float=Number, object_pairs_hook=_object
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as fault:
        raise MalformedBody(f"not JSON: {fault}", "body") from fault


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a document. Raises MalformedBody for a key that stands twice: either could be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise MalformedBody(f"keys stand twice: {', '.join(map(repr, twice))[:200]}", "body")
    return found


def as_utf8(body: bytes, encoding: str) -> bytes:
    """The answer in UTF-8 and without its mark, whatever its header says: the link knows the platform better."""
    if body.startswith(_OTHER_MARKS):
        raise MalformedBody("begins with a mark of UTF-16, expected UTF-8", "body")
    try:
        if encoding == "utf-8":
            body = body.removeprefix(_BOM)
            body.decode()
        else:
            body = body.decode(encoding).encode()
    except UnicodeDecodeError as fault:
        raise MalformedBody(f"is not {encoding}: {fault.reason} at byte {fault.start}", "body") from fault
    if not body.strip():
        raise MalformedBody("is empty, expected JSON", "body")
    return body


def _check_depth(body: bytes) -> None:
    """Raise TooLarge where brackets stand deeper than DEPTH_MAX: innermost pairs go, one level at a time."""
    if b"\\" in body:
        body = _ESCAPED.sub(b"", body)
    left = body.translate(None, _NO_BRACKET).replace(b'""', b"")
    left = _TEXT.sub(b"", left).translate(_BRACKETS)
    for _ in range(DEPTH_MAX):
        if not left:
            return
        left = left.replace(b"[]", b"")
    if b"[" in left and left.count(b"[") == left.count(b"]"):
        raise TooLarge(f"is nested more than {DEPTH_MAX} deep", "body")


def _up_to_list(steps: tuple[str | int | Step, ...]) -> tuple[str | int | Step, ...]:
    return steps[: steps.index(EVERY)]


def _cut(
    whole: bytes | msgspec.Raw, steps: Sequence[str | int | Step]
) -> tuple[Any, list[msgspec.Raw] | None]:
    """The document around the list that the steps lead to, and its entries; None where there is no list."""
    try:
        found = _inside(whole, steps)
        entries = None if found is None or _first(found) != b"[" else _entries.decode(found)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise MalformedBody(f"not JSON: {fault}", "body") from fault
    around = bytes(whole)
    if found is not None and entries is not None:
        begin = pa.py_buffer(found).address - pa.py_buffer(whole).address
        around = around[:begin] + b"[]" + around[begin + len(pa.py_buffer(found)) :]
    if len(around) > ENVELOPE_BYTES_MAX:
        raise TooLarge(f"holds {len(around)} bytes beside its rows, at most {ENVELOPE_BYTES_MAX}", "body")
    return parsed(around), entries


def _inside(whole: bytes | msgspec.Raw, steps: Sequence[str | int | Step]) -> msgspec.Raw | None:
    """The bytes the steps lead to; None where they lead nowhere."""
    found: msgspec.Raw | None = msgspec.json.decode(whole, type=msgspec.Raw)
    for step in steps:
        if found is None or _first(found) != (b"{" if isinstance(step, str) else b"["):
            return None
        if isinstance(step, str):
            found = _fields.decode(found).get(step)
        else:
            entries = _entries.decode(found)
            inside = isinstance(step, int) and -len(entries) <= step < len(entries)
            found = entries[step] if inside and isinstance(step, int) else None
    return found


def _first(raw: msgspec.Raw) -> bytes:
    """The letter a value begins with."""
    return bytes(memoryview(raw)[:1])


def _groups(
    entries: list[msgspec.Raw],
    steps: tuple[str | int | Step, ...],
    level: int,
    document: Any,
    texts: Callable[[int, Any], dict[str, str | None]],
    outside: dict[str, str | None],
) -> Iterator[Group]:
    """The lists that rows stand in, outermost first, each with what was said outside of it."""
    known = {**outside, **texts(level, document)}
    rest = steps[steps.index(EVERY) + 1 :]
    if not rest:
        yield Group(entries, tuple(known.values()))
        return
    for entry in entries:
        inner_document, inner = _cut(entry, _up_to_list(rest))
        if inner is not None:
            yield from _groups(inner, rest, level + 1, inner_document, texts, known)


def _outer_texts(
    outer: tuple[Outer, ...], unit: str | None, level: int, document: Any
) -> dict[str, str | None]:
    """The columns that stand outside the rows at this level, as text; all of them at the first, to be filled below."""
    found: dict[str, str | None] = {}
    for column in outer:
        if level == 0:
            found[column.column] = unit if column.place is None else None
        if column.place is not None and column.place.steps.count(EVERY) == level:
            steps = column.place.steps[_after_last_list(column.place.steps) :]
            found[column.column] = _text(Selector(steps).found(document), column)
    return found


def _after_last_list(steps: tuple[str | int | Step, ...]) -> int:
    return len(steps) - steps[::-1].index(EVERY) if EVERY in steps else 0


def _text(value: Any, column: Outer) -> str | None:
    if value is NOTHING or value is None:
        return None
    found = word(value)
    if found is None:
        raise MalformedBody(
            "holds an object or a list, expected one value", f"{column.column} at {column.place}"
        )
    return found
