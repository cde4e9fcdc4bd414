"""NHJC-04's data rows become columns; a row that cannot be read costs itself and never the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode, Scope
from graph.model.period import Granularity
from graph.model.reading import Arrived
from graph.model.verdict import Rejection
from provincial_adapters._nhjc04.messages import UNREADABLE, DataRow
from provincial_adapters._nhjc04.words import as_word, granularities, origins, polarity, scopes
from provincial_adapters._toolkit.codes import as_digits
from provincial_adapters._toolkit.columns import LabelRule, instants
from provincial_adapters._toolkit.rejected import as_table, rejection

# A JSON number keeps the digits it was written with; through a float 0.1 + 0.2 would not.
_ROWS = msgspec.json.Decoder(list[DataRow], float_hook=str)
_ROW = msgspec.json.Decoder(DataRow, float_hook=str)
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_SCOPES = scopes()
_ORIGINS = origins()


def arrived(data: bytes, unit: CreditCode, quirks: Mapping[str, Any]) -> Arrived:
    """The readings of a JSON array of data rows; a row's number is its place in the array, counted from 1.

    `quirks` are settled ones. Raises MalformedBody when `data` is no array.
    """
    rows, numbers, refused = _rows(data)
    wrong = _wrong_words(rows, quirks)
    if wrong:
        refused += [_refused(rows[place], numbers[place], code, why) for place, code, why in wrong]
        bad = {place for place, _, _ in wrong}
        numbers = [number for place, number in enumerate(numbers) if place not in bad]
        rows = [row for place, row in enumerate(rows) if place not in bad]
    return Arrived(_columns(rows, numbers, unit, quirks), as_table(refused))


def _rows(data: bytes) -> tuple[list[DataRow], list[int], list[Rejection]]:
    """All rows at once, or one by one when one of them is of the wrong type."""
    try:
        rows = _ROWS.decode(data)
        return rows, list(range(1, len(rows) + 1)), []
    except (msgspec.ValidationError, RecursionError):
        return _rows_one_by_one(data)
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), "data") from fault


def _rows_one_by_one(data: bytes) -> tuple[list[DataRow], list[int], list[Rejection]]:
    try:
        pieces = _RAW_ROWS.decode(data)
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), "data") from fault
    rows, numbers, refused = [], [], []
    for number, piece in enumerate(pieces, 1):
        try:
            rows.append(_ROW.decode(piece))
            numbers.append(number)
        except UNREADABLE as fault:
            refused.append(
                rejection(number, "malformed-row", str(fault), bytes(piece).decode("utf-8", "replace"))
            )
    return rows, numbers, refused


def _wrong_words(rows: list[DataRow], quirks: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Place, code and reason of each row with a word nobody knows; the first reason of a row stands."""
    found: dict[int, tuple[int, str, str]] = {}
    for place, code, why in _faults(rows, quirks):
        found.setdefault(place, (place, code, why))
    return list(found.values())


def _faults(rows: list[DataRow], quirks: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    yield from _unknown(
        "statType", [row.stat_type for row in rows], granularities(quirks["realtime_minutes"])
    )
    yield from _unknown("inputType", [row.input_type for row in rows], _ORIGINS)
    yield from _not_values([row.data_value for row in rows])
    if (flags := polarity(quirks["valid_means"])) is not None:
        said = [None if row.valid is None else as_word(row.valid) for row in rows]
        yield from _unknown("valid", said, {**flags, None: None})
    scope_words = [row.scope for row in rows]
    yield from _unknown("scope", scope_words, {**_SCOPES, None: None, "": None})
    yield from _out_of_scope([row.data_code for row in rows], scope_words)


def _unknown(field: str, words: list[Any], table: Mapping[Any, Any]) -> Iterator[tuple[int, str, str]]:
    if set(words) <= table.keys():
        return
    expected = ", ".join(dict.fromkeys(str(word) for word in table if word is not None))
    for place, word in enumerate(words):
        if word not in table:
            yield place, "unknown-word", f"{field}: came {word!r:.64}, expected one of {expected}"


def _not_values(values: list[Any]) -> Iterator[tuple[int, str, str]]:
    """dataValue is text by the protocol, a number by some clients; anything else is no value."""
    if {type(value) for value in values} <= {str, int}:
        return
    for place, value in enumerate(values):
        if type(value) not in (str, int):
            yield place, "malformed-row", f"dataValue: expected text or a number, came {value!r:.40}"


def _out_of_scope(codes: list[str], words: list[Any]) -> Iterator[tuple[int, str, str]]:
    """Each distinct pair of code and scope is judged once; malformed codes are left to the intake."""
    faults = {}
    for code, word in set(zip(codes, words, strict=True)):
        if (scope := _SCOPES.get(word)) and (fault := _scope_fault(code, scope)):
            faults[code, word] = fault
    if not faults:
        return
    for place, pair in enumerate(zip(codes, words, strict=True)):
        if pair in faults:
            yield place, "scope-mismatch", faults[pair]


def _scope_fault(text: str, scope: Scope) -> str | None:
    try:
        code = DataCode.parse(text)
    except MalformedCode:
        return None
    try:
        code.check_scope(scope)
    except MalformedCode as fault:
        return str(fault)
    return None


def _refused(row: DataRow, number: int, code: str, why: str) -> Rejection:
    return rejection(number, code, why, msgspec.json.encode(row).decode())


def _columns(
    rows: list[DataRow], numbers: list[int], unit: CreditCode, quirks: Mapping[str, Any]
) -> pa.Table:
    labels = pa.array([row.stat_date for row in rows], pa.string())
    codes = pa.array([row.data_code for row in rows], pa.string())
    grains = granularities(quirks["realtime_minutes"])
    flags = polarity(quirks["valid_means"])
    return pa.table(
        {
            "row": pa.array(numbers, pa.int32()),
            "unit": pa.repeat(pa.scalar(unit.text, pa.string()), len(rows)),
            "data_code": as_digits(codes),
            "granularity": pa.array([grains[row.stat_type] for row in rows], pa.string()),
            # A label at the start of its period is its instant, whatever the period's length.
            "start": LabelRule(Granularity.QUARTER_HOUR).starts(labels),
            "value": _values(rows),
            "version": instants(pa.array([_text_or_none(row.upload_date) for row in rows], pa.string())),
            "origin": pa.array([_ORIGINS[row.input_type] for row in rows], pa.string()),
            "valid": _flags(rows, flags),
            "label": labels,
        }
    )


def _text_or_none(value: Any) -> str | None:
    """An uploadDate that is no text says nothing of when the value was written; arrival decides then."""
    return value if isinstance(value, str) else None


def _values(rows: list[DataRow]) -> pa.Array:
    values = [row.data_value for row in rows]
    if {type(value) for value in values} != {str}:
        values = [str(value) for value in values]
    return pc.utf8_trim_whitespace(pa.array(values, pa.string()))


def _flags(rows: list[DataRow], flags: Mapping[str, bool] | None) -> pa.Array:
    """The source's own flag; null where it said nothing, or where its link does not say what it means."""
    if flags is None:
        return pa.nulls(len(rows), pa.bool_())
    return pa.array([flags.get(as_word(row.valid)) for row in rows], pa.bool_())
