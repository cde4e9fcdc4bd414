"""Rows that are all spelt as the first one is become columns by arithmetic on where their quotes stand.

A device's rows come from one line of its program: the same fields in the same order, the same of them in quotes. So the
quotes of a message form a table, a line a row, and nothing becomes an object. Rows that are not like this, or hold an
escape, a letter beyond ASCII or a line break, are read by msgspec: what comes out is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from provincial_adapters._nhjc04.rows import Places, Rows, Words

QUOTES_OF_A_ROW_MAX = 80  # twice what a row's fields and values take
LETTERS_A_QUOTE = (
    3  # at least, as rows have five: where each stands takes eight bytes, and a body may be all quotes
)
_QUOTE = ord('"')
_WHOLE = r"(?:0|-?[1-9][0-9]{0,17})"  # longer ones are left to msgspec
_NUMBER = rf"(?:{_WHOLE}|-?(?:0|[1-9][0-9]{{0,17}})\.[0-9]{{1,20}})"
_BARE = rf"(?:{_NUMBER}|true|false|null)"
_HEAD, _TAIL = re.compile(rb" *\[ *\{ *"), re.compile(rf"( *: *{_BARE})? *\}} *\] *")
_COLON, _COMMA, _NEXT_ROW = re.compile(r" *: *"), re.compile(r" *, *"), re.compile(r" *\} *, *\{ *")
_BARE_VALUE = re.compile(rf"( *: *)({_BARE})( *, *| *\}} *, *\{{ *)")
_NO_TEXT = rf"(?:{_WHOLE}|true|false|null)"  # msgspec makes a text of a decimal
_BARE_WORDS = {"valid": _BARE, "scope": rf"(?:{_WHOLE}|null)"}
_ANY = msgspec.json.Decoder(float_hook=str)
_REQUIRED = {"dataCode", "dataValue", "inputType", "statType", "statDate"}


class _Unlike(Exception):
    """Some row is spelt in a way of its own, or in one that is not read here."""


@dataclass
class _Spelling:
    """How a row is spelt: texts between its quotes that stand in every row, and where its values are."""

    fixed: dict[int, str] = field(default_factory=dict)
    quoted: dict[str, int] = field(default_factory=dict)
    bare: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # with what stands around the value

    @property
    def names(self) -> set[str]:
        """The fields it has."""
        return {*self.quoted, *self.bare}


def alike(data: bytes) -> Rows | None:
    """The rows of a JSON array of two or more, where all are spelt alike; None where they are not."""
    if not data.isascii() or b"\\" in data:
        return None
    letters = np.frombuffer(data, np.uint8)
    if letters.min(initial=ord(" ")) < ord(" "):
        return None
    quotes = letters == _QUOTE
    if int(np.count_nonzero(quotes)) * LETTERS_A_QUOTE > len(data):
        return None
    try:
        return _Table(data, np.flatnonzero(quotes)).rows()
    except _Unlike:
        return None


class _Table:
    """The quotes of a message, a line a row. Raises _Unlike."""

    def __init__(self, data: bytes, quotes: Places) -> None:
        self._data, self._quotes = data, quotes
        self._width = self._first_width()
        if len(quotes) % self._width or len(quotes) == self._width:
            raise _Unlike
        self._firsts = np.arange(0, len(quotes), self._width)
        self._spelling = self._first_spelling()
        self._tail = data[quotes[-1] + 1 :].decode()
        self._check()

    def rows(self) -> Rows:
        """The columns."""
        return Rows(
            np.arange(1, len(self._firsts) + 1),
            self._text("dataCode"),
            self._value(),
            self._text("statDate"),
            self._moment(),
            self._words("inputType"),
            self._words("statType"),
            self._words("scope"),
            self._words("valid"),
            {},
        )

    def _first_width(self) -> int:
        """How many quotes stand up to the first brace behind a value."""
        some = self._quotes[: QUOTES_OF_A_ROW_MAX + 1].tolist()
        for behind, before in zip(some[1::2], some[2::2], strict=False):
            if b"}" in self._data[behind:before]:
                return int(some.index(behind)) + 1
        raise _Unlike

    def _first_spelling(self) -> _Spelling:
        texts = [self._data[low + 1 : high].decode() for low, high in self._first_pairs()]
        found, place, last = _Spelling(), 0, self._width - 1
        while place < self._width:
            name, behind = texts[place], texts[place + 1]
            if name in found.names:
                raise _Unlike
            found.fixed[place] = name
            if _COLON.fullmatch(behind) and place + 3 <= last:
                end = place + 3
                if not (_NEXT_ROW if end == last else _COMMA).fullmatch(texts[end]):
                    raise _Unlike
                found.fixed |= {place + 1: behind, end: texts[end]}
                found.quoted[name] = place + 2
                place += 4
            else:
                found.bare[name] = (place + 1, *_around(behind, is_last=place + 1 == last))
                place += 2
        return found

    def _first_pairs(self) -> list[tuple[int, int]]:
        some = self._quotes[: self._width + 1].tolist()
        return list(pairwise(some))

    def _check(self) -> None:
        """Every row has the first one's fields and what stands between them, and nothing stands around the rows."""
        if not self._spelling.names >= _REQUIRED:
            raise _Unlike
        tail = _TAIL.fullmatch(self._tail)
        ends_bare = any(place == self._width - 1 for place, _, _ in self._spelling.bare.values())
        if not _HEAD.fullmatch(self._data[: self._quotes[0]]) or not tail or bool(tail[1]) is not ends_bare:
            raise _Unlike
        for place, text in self._spelling.fixed.items():
            rows = self._firsts if place < self._width - 1 else self._firsts[:-1]
            starts = self._quotes[rows + place]
            if not self._stands(f'"{text}"'.encode(), starts, self._quotes[rows + place + 1]):
                raise _Unlike

    def _stands(self, text: bytes, starts: Places, lasts: Places) -> bool:
        """Whether the text stands at every start and ends with its last letter."""
        if not bool((lasts - starts == len(text) - 1).all()):
            return False
        kind, places = f"S{len(text)}", len(self._data) - len(text) + 1
        windows: npt.NDArray[np.bytes_] = np.ndarray((places,), kind, self._data, 0, (1,))
        return bool((windows[starts] == text).all())

    def _text(self, name: str) -> pa.StringArray:
        if name not in self._spelling.quoted:
            raise _Unlike
        return self._column(self._spelling.quoted[name])

    def _value(self) -> pa.StringArray:
        name = "dataValue"
        return self._text(name) if name in self._spelling.quoted else self._bare(name, _NUMBER)

    def _moment(self) -> pa.StringArray:
        name = "uploadDate"
        if name in self._spelling.quoted:
            return self._text(name)
        if name in self._spelling.bare:
            self._bare(name, _NO_TEXT)
        return pa.nulls(len(self._firsts), pa.string())

    def _words(self, name: str) -> Words:
        """A field of few different words; null, which only some may be, and other bare words as msgspec has them."""
        if name not in self._spelling.names:
            return Words([None], np.zeros(len(self._firsts), np.int64))
        if name in self._spelling.quoted:
            texts = self._text(name).dictionary_encode()
            return Words(texts.dictionary.to_pylist(), _integers(texts.indices))
        texts = self._bare(name, _BARE_WORDS.get(name, _WHOLE)).dictionary_encode()
        different = [_ANY.decode(spelt) for spelt in texts.dictionary.to_pylist()]
        return Words(different, _integers(texts.indices))

    def _bare(self, name: str, pattern: str) -> pa.StringArray:
        """A field of values without quotes, each of which must be like the pattern."""
        place, before, after = self._spelling.bare[name]
        texts = self._column(place)
        if place == self._width - 1:
            text = before + self._tail.split(":")[1].strip(" }]") + after
            texts = pa.concat_arrays([texts, pa.array([text], pa.string())])
        encoded = texts.dictionary_encode()
        whole = f"^{re.escape(before)}{pattern}{re.escape(after)}$"
        if not pc.all(pc.match_substring_regex(encoded.dictionary, whole)).as_py():
            raise _Unlike
        values = pc.utf8_slice_codeunits(encoded.dictionary, len(before), -len(after))
        return values.take(encoded.indices)

    def _column(self, place: int) -> pa.StringArray:
        """What stands behind the quote of this place in each row, but for the last row's end."""
        rows = self._firsts if place < self._width - 1 else self._firsts[:-1]
        edges = np.empty(2 * len(rows), np.int32)  # of every text, and of what stands up to the next one
        edges[0::2] = self._quotes[rows + place] + 1
        edges[1::2] = self._quotes[rows + place + 1]
        texts = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(self._data))
        return texts.take(pa.array(np.arange(0, len(edges), 2)))


def _around(behind: str, *, is_last: bool) -> tuple[str, str]:
    found = _BARE_VALUE.fullmatch(behind)
    if found is None or ("}" in found[3]) is not is_last:
        raise _Unlike
    return found[1], found[3]


def _integers(places: pa.Array) -> Places:
    found: Places = places.to_numpy(zero_copy_only=False).astype(np.int64)
    return found
