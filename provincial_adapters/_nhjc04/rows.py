"""Data rows as they came, as columns: what each field holds, before anybody asks what it means.

Two readers make them: `alike`, for rows that are all spelt as the first one is, and msgspec for every other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.errors import MalformedBody
from provincial_adapters._nhjc04.messages import UNREADABLE, DataRow

Places: TypeAlias = npt.NDArray[np.int64]

# A JSON number keeps the digits it was written with; through a float 0.1 + 0.2 would not.
_ROWS = msgspec.json.Decoder(list[DataRow], float_hook=str)
_ROW = msgspec.json.Decoder(DataRow, float_hook=str)
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Words:
    """A column of few different words, as text or number: each different one, and which of them each row has."""

    different: Sequence[Any]
    places: Places

    @classmethod
    def of(cls, words: Iterable[Any]) -> Words:
        """Words one by one; 1, "1" and true are three."""
        known: dict[tuple[type, Any], int] = {}
        places = [known.setdefault((type(word), word), len(known)) for word in words]
        return cls([word for _, word in known], np.array(places, np.int64))

    def among(self, table: Mapping[Any, Any]) -> list[bool]:
        """Of each different word, whether the table has it. `true` is not taken for 1."""
        return [not isinstance(word, bool | list | dict) and word in table for word in self.different]

    def meanings(self, table: Mapping[Any, Any]) -> pa.DictionaryArray:
        """What the table says of each row's word."""
        meant = pa.array([table[word] for word in self.different], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(self.places, pa.int32()), meant)

    def at(self, places: Places) -> Words:
        """The same of some rows, and only the words they have."""
        kept, renumbered = np.unique(self.places[places], return_inverse=True)
        return Words([self.different[place] for place in kept.tolist()], renumbered.astype(np.int64))


@dataclass(frozen=True)
class Rows:
    """Rows of one message; `numbers` are their places in it, from 1.

    Where `dataValue` is neither text nor a number its cell is null and `odd` says what came. An `uploadDate` that is no
    text is null: it says nothing of when the value was written.
    """

    numbers: Places
    data_code: pa.StringArray
    data_value: pa.StringArray
    stat_date: pa.StringArray
    upload_date: pa.StringArray
    input_type: Words
    stat_type: Words
    scope: Words
    valid: Words
    odd: Mapping[int, Any]

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, places: Places) -> Rows:
        """Some of them, all of which have a value."""
        take = pa.array(places)
        return Rows(
            self.numbers[places],
            self.data_code.take(take),
            self.data_value.take(take),
            self.stat_date.take(take),
            self.upload_date.take(take),
            self.input_type.at(places),
            self.stat_type.at(places),
            self.scope.at(places),
            self.valid.at(places),
            {},
        )


def one_by_one(data: bytes) -> tuple[Rows, dict[int, str]]:
    """Any rows, and by its number why each that is none cannot be read. Raises MalformedBody when `data` is no array."""
    try:
        rows = _ROWS.decode(data)
    except (msgspec.ValidationError, RecursionError):
        return _each(data)
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), "data") from fault
    return columns_of(rows, range(1, len(rows) + 1)), {}


def texts_of(data: bytes) -> list[bytes]:
    """Each row of an array as it stands in it. Raises MalformedBody when `data` is no array."""
    try:
        return [bytes(piece) for piece in _RAW_ROWS.decode(data)]
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), "data") from fault


def _each(data: bytes) -> tuple[Rows, dict[int, str]]:
    rows, numbers, faults = [], [], {}
    for number, piece in enumerate(texts_of(data), 1):
        try:
            rows.append(_ROW.decode(piece))
            numbers.append(number)
        except UNREADABLE as fault:
            faults[number] = str(fault)
    return columns_of(rows, numbers), faults


def columns_of(rows: Sequence[DataRow], numbers: Iterable[int]) -> Rows:
    """Rows that were read one by one, by the numbers they have."""
    values = [row.data_value for row in rows]
    odd = {place: value for place, value in enumerate(values) if type(value) not in (str, int)}
    return Rows(
        np.array(list(numbers), np.int64),
        pa.array([row.data_code for row in rows], pa.string()),
        pa.array([None if place in odd else str(value) for place, value in enumerate(values)], pa.string()),
        pa.array([row.stat_date for row in rows], pa.string()),
        pa.array([_text_or_none(row.upload_date) for row in rows], pa.string()),
        Words.of(row.input_type for row in rows),
        Words.of(row.stat_type for row in rows),
        Words.of(row.scope for row in rows),
        Words.of(_hashable(row.valid) for row in rows),
        odd,
    )


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | None) else spelt(value)


def spelt(value: Any) -> str:
    """A value as a message shows it, however deep it is nested."""
    try:
        return repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deep"
