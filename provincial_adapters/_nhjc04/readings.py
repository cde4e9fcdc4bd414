"""NHJC-04's data rows become columns; a row that cannot be read costs itself and never the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import Scope
from graph.model.reading import Arrived
from graph.model.verdict import Rejection
from provincial_adapters._nhjc04.alike import alike
from provincial_adapters._nhjc04.half_hours import in_quarters
from provincial_adapters._nhjc04.labels import Refused, labelled
from provincial_adapters._nhjc04.rows import Rows, Words, one_by_one, spelt, texts_of
from provincial_adapters._nhjc04.words import HALF_HOUR, as_word, granularities, origins, polarity, scopes
from provincial_adapters._toolkit.codes import CODES_KEPT, TEXT_MAX, as_digits, readable
from provincial_adapters._toolkit.columns import instants
from provincial_adapters._toolkit.rejected import as_table, rejection

ALIKE_BYTES_MIN = 64 * 1024  # some 350 rows: below it msgspec is as quick
NOTHING: Mapping[int, str] = {}
_SCOPES = scopes()
_ORIGINS = origins()


@dataclass(frozen=True)
class _Fault:
    """Why a row is refused, by its place among those that could be read."""

    place: int
    code: str
    why: str


def arrived(
    data: bytes, unit: CreditCode, quirks: Mapping[str, Any], undecrypted: Mapping[int, str] = NOTHING
) -> Arrived:
    """The readings of a JSON array of data rows; a row's number is its place in the array, counted from 1.

    `quirks` are settled ones; `undecrypted` says of rows by number why their value is none. Raises MalformedBody when `data`
    is no array.
    """
    rows, unreadable = _read(data)
    if undecrypted:
        rows = rows.at(np.flatnonzero(~np.isin(rows.numbers, list(undecrypted))))
    refused = {number: ("malformed-row", why) for number, why in unreadable.items()}
    refused |= {number: ("decryption-failed", why) for number, why in undecrypted.items()}
    table, wrong = understood(rows, _of_one(unit.text, len(rows)), quirks)
    return Arrived(table, as_table(_rejections(data, refused | wrong)))


def understood(rows: Rows, units: pa.DictionaryArray, quirks: Mapping[str, Any]) -> tuple[pa.Table, Refused]:
    """Rows as readings, each of its unit, by settled quirks; and why each of the others is refused, by its number."""
    faults = _first_of_each(_faults(rows, quirks))
    refused = {int(rows.numbers[each.place]): (each.code, each.why) for each in faults}
    if faults:
        kept = np.delete(np.arange(len(rows)), [each.place for each in faults])
        rows, units = rows.at(kept), units.take(pa.array(kept))
    table, unclear = labelled(_columns(rows, units, quirks), quirks)
    table, off_grid = in_quarters(table) if quirks["realtime_minutes"] == HALF_HOUR else (table, {})
    return table, refused | unclear | off_grid


def _read(data: bytes) -> tuple[Rows, dict[int, str]]:
    rows = alike(data) if len(data) >= ALIKE_BYTES_MIN else None
    return one_by_one(data) if rows is None else (rows, {})


def _rejections(data: bytes, refused: Mapping[int, tuple[str, str]]) -> list[Rejection]:
    texts = texts_of(data) if refused else []
    return [
        rejection(number, code, why, texts[number - 1].decode("utf-8", "replace"))
        for number, (code, why) in refused.items()
    ]


def _first_of_each(faults: Iterator[_Fault]) -> list[_Fault]:
    """The first reason of a row stands."""
    found: dict[int, _Fault] = {}
    for fault in faults:
        found.setdefault(fault.place, fault)
    return list(found.values())


def _faults(rows: Rows, quirks: Mapping[str, Any]) -> Iterator[_Fault]:
    yield from _unknown("statType", rows.stat_type, granularities(quirks["realtime_minutes"]))
    yield from _unknown("inputType", rows.input_type, _ORIGINS)
    for place, value in rows.odd.items():
        why = f"dataValue: expected text or a number, came {spelt(value):.40}"
        yield _Fault(place, "malformed-row", why)
    if (flags := polarity(quirks["valid_means"])) is not None:
        yield from _unknown("valid", _spelt(rows.valid), {**flags, None: None})
    yield from _unknown("scope", rows.scope, {**_SCOPES, None: None, "": None})
    yield from _out_of_scope(rows)


def _spelt(words: Words) -> Words:
    """Words as `valid` is looked up by: true and "TRUE" are one."""
    return Words([None if word is None else as_word(word) for word in words.different], words.places)


def _unknown(field: str, words: Words, table: Mapping[Any, Any]) -> Iterator[_Fault]:
    known = words.among(table)
    if all(known):
        return
    expected = ", ".join(dict.fromkeys(str(word) for word in table if word is not None))
    for place in np.flatnonzero(~np.array(known)[words.places]).tolist():
        word = words.different[words.places[place]]
        yield _Fault(place, "unknown-word", f"{field}: came {word!r:.64}, expected one of {expected}")


def _out_of_scope(rows: Rows) -> Iterator[_Fault]:
    """Each distinct pair of code and scope is judged once; malformed codes are left to the intake."""
    declared = [_SCOPES.get(word) if known else None for word, known in _scope_words(rows.scope)]
    if not any(declared):
        return
    codes = rows.data_code.dictionary_encode()
    pairs = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64) * len(declared) + rows.scope.places
    texts = codes.dictionary.to_pylist()
    different, where = np.unique(pairs, return_inverse=True)
    split = (divmod(pair, len(declared)) for pair in different.tolist())
    whys = [_scope_fault(texts[code], declared[scope]) for code, scope in split]
    for place in np.flatnonzero(np.array([why is not None for why in whys], bool)[where]).tolist():
        yield _Fault(place, "scope-mismatch", str(whys[where[place]]))


def _scope_words(words: Words) -> Iterator[tuple[Any, bool]]:
    return zip(words.different, words.among(_SCOPES), strict=True)


def _scope_fault(text: str, scope: Scope | None) -> str | None:
    return None if scope is None or len(text) > TEXT_MAX else _fault_of(text, scope)


@lru_cache(CODES_KEPT)
def _fault_of(text: str, scope: Scope) -> str | None:
    code = readable(text)
    if code is None:
        return None
    try:
        code.check_scope(scope)
    except MalformedCode as fault:
        return str(fault)
    return None


def _columns(rows: Rows, units: pa.DictionaryArray, quirks: Mapping[str, Any]) -> pa.Table:
    grains = granularities(quirks["realtime_minutes"])
    return pa.table(
        {
            "row": pa.array(rows.numbers, pa.int32()),
            "unit": units,
            "data_code": _as_digits(rows.data_code),
            "granularity": rows.stat_type.meanings(grains),
            "value": pc.utf8_trim_whitespace(rows.data_value),
            "version": instants(rows.upload_date),
            "origin": rows.input_type.meanings(_ORIGINS),
            "valid": _flags(rows.valid, polarity(quirks["valid_means"])),
            "label": rows.stat_date,
        }
    )


def _of_one(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text], pa.string()))


def _as_digits(codes: pa.StringArray) -> pa.DictionaryArray:
    """Both written forms as sixteen digits, each once; a malformed code stays as it came, for the intake to name."""
    spelt = codes.dictionary_encode()
    digits = as_digits(spelt.dictionary).dictionary_encode()
    return pa.DictionaryArray.from_arrays(digits.indices.take(spelt.indices), digits.dictionary)


def _flags(words: Words, flags: Mapping[str, bool] | None) -> pa.Array:
    """The source's own flag; null where it said nothing, or where its link does not say what it means."""
    if flags is None:
        return pa.nulls(len(words.places), pa.bool_())
    said = [None if word is None else flags.get(as_word(word)) for word in words.different]
    return pa.array(said, pa.bool_()).take(pa.array(words.places))
