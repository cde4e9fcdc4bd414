"""From columns as they arrived to columns the rules can judge: exact values, checked codes, points by number.

Codes and words are worked on once for each different one and values as whole columns, so that a batch of 170 000 rows
costs a few dozen calls and no object a row. Columns of few different texts stay dictionaries from here to the store.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, ROUND_05UP, Decimal, localcontext
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import Granularity
from graph.model.reading import (
    ARRIVED_COLUMNS,
    INSTANT,
    REQUIRED_COLUMNS,
    VALUE,
    VALUE_DIGITS,
    VALUE_MAX,
    VALUE_SCALE,
    Origin,
    instants,
    numbered,
)
from national_sync.words import at, at_both, integers, numbers_among, taken, whole, worded

# What rules see. `*_fault` says why a code is malformed (null: it is well formed); `amount` is the exact value
# before rounding to the store's scale (null: it is not a number); `value` is null where it does not fit.
PREPARED = (
    "row", "unit", "data_code", "granularity", "start", "value", "version", "origin", "valid", "label",
    "relabelled", "said", "amount", "unit_fault", "code_fault", "granularity_number", "origin_number",
    "unit_id", "point_id", "known_unit", "province", "due", "low", "high", "state", "until",
)  # fmt: skip

WORDED = (
    "unit",
    "data_code",
    "granularity",
    "origin",
)  # texts of which few different ones stand in many rows
CODES_KEPT = 40_000  # codes that were read before: twice a nation's units, a few megabytes
_FINE = pa.decimal128(38, 12)  # fine enough for any meter; what is finer is no measurement
_PLAIN = r"^[+-]?([0-9]{1,24}(\.[0-9]{0,12})?|\.[0-9]{1,12})$"
_EXACT = r"^[+-]?[0-9]{1,14}(\.[0-9]{0,4})?$"
_NUMERIC = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"
_FINE_DIGITS: int = _FINE.precision - _FINE.scale  # before the point
_BEYOND: Decimal = Decimal(10) ** (_FINE_DIGITS - 1)  # larger than the store takes, and still a number
TEXT_MAX = 64  # a number or code longer than this is not one


def complete(table: pa.Table) -> pa.Table:
    """The table with every arrived column, in order. Raises MalformedBody when a required one is missing."""
    missing = [name for name in REQUIRED_COLUMNS if name not in table.column_names]
    if missing:
        raise MalformedBody(
            f"columns are missing: {', '.join(missing)}; came {', '.join(table.column_names)}"
        )
    columns = {}
    for name, kind in ARRIVED_COLUMNS.items():
        if name not in table.column_names:
            columns[name] = pa.nulls(table.num_rows, kind)
        elif kind is None:
            columns[name] = table[name]
        else:
            columns[name] = _cast(table[name], kind, name)
    return pa.table(columns)


def _cast(column: pa.ChunkedArray, kind: pa.DataType, name: str) -> pa.ChunkedArray:
    try:
        if name in WORDED:
            return worded(column)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        found = column.cast(kind)
    except pa.ArrowException as fault:
        raise MalformedBody(f"expected {kind}, came {column.type}: {fault}", name) from fault
    return instants(found) if kind == INSTANT else found


def with_values(table: pa.Table) -> pa.Table:
    """Add `said` (as it came), `amount` (exact) and `value` (at the store's scale, half to even)."""
    if _fits_the_store(table["value"].type):
        value = table["value"].cast(VALUE)
        return _replace(table, said=table["value"], amount=value, value=value)
    said = _as_text(table["value"])
    exact = pc.fill_null(pc.match_substring_regex(said, _EXACT), fill_value=False)
    if pc.all(exact).as_py():
        value = said.cast(VALUE)
        return _replace(table, said=said, amount=value, value=value)
    plain = pc.fill_null(pc.match_substring_regex(said, _PLAIN), fill_value=False)
    amount = pc.if_else(plain, said, pa.scalar(None, pa.string())).cast(_FINE)
    amount = _with_odd_numbers(said, plain, amount)
    rounded = pc.round(amount, VALUE_SCALE, "half_to_even")
    fits = pc.less_equal(pc.abs(rounded), pa.scalar(VALUE_MAX, _FINE))
    value = pc.if_else(fits, rounded, pa.scalar(None, _FINE)).cast(VALUE)
    return _replace(table, said=said, amount=amount, value=value)


def _fits_the_store(kind: pa.DataType) -> bool:
    """Whether every value of a column of this type is a value of the store's, without a look at it."""
    if not pa.types.is_decimal(kind):
        return False
    return bool(kind.scale <= VALUE_SCALE and kind.precision - kind.scale <= VALUE_DIGITS - VALUE_SCALE)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if (
        pa.types.is_decimal(column.type)
        or pa.types.is_integer(column.type)
        or pa.types.is_floating(column.type)
    ):
        return column.cast(pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.utf8_trim_whitespace(column.cast(pa.string()))
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    raise MalformedBody(f"expected text or numbers, came {column.type}", "value")


def _with_odd_numbers(
    said: pa.ChunkedArray, plain: pa.ChunkedArray, amount: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Numbers such as 1.5e3, or of very many digits, are rare enough to be read one by one."""
    numeric = pc.fill_null(pc.match_substring_regex(said, _NUMERIC), fill_value=False)
    short = pc.fill_null(pc.less_equal(pc.utf8_length(said), TEXT_MAX), fill_value=False)
    odd = pc.and_(pc.and_(pc.invert(plain), numeric), short)
    if not pc.any(odd).as_py():
        return amount
    read = pa.array([_odd_number(text) for text in said.filter(odd).to_pylist()], _FINE)
    return pc.replace_with_mask(amount.combine_chunks(), odd.combine_chunks(), read)


def _odd_number(text: str) -> Decimal:
    """The number at _FINE's scale, without a tie that rounding again would see; the largest there is if it is larger."""
    number = Decimal(text)
    if number and number.adjusted() >= _FINE_DIGITS - 1:
        return _BEYOND.copy_sign(number)
    with localcontext(prec=_FINE.precision + TEXT_MAX, Emin=-MAX_EMAX, Emax=MAX_EMAX):
        exact: Decimal = number.quantize(Decimal(1).scaleb(-_FINE.scale), ROUND_05UP)
        return exact


def with_codes(table: pa.Table) -> pa.Table:
    """Normalise credit and data codes and say what is wrong with the malformed ones."""
    unit, unit_fault = _by_distinct(table["unit"], _credit_code)
    code, code_fault = _by_distinct(table["data_code"], _data_code)
    return _replace(table, unit=unit, data_code=code, unit_fault=unit_fault, code_fault=code_fault)


@lru_cache(CODES_KEPT)
def _credit_code(text: str) -> str:
    return str(CreditCode.parse(text))


@lru_cache(CODES_KEPT)
def _data_code(text: str) -> str:
    return DataCode.parse(text).digits


def _by_distinct(
    column: pa.ChunkedArray, parse: Callable[[str], str]
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Parse each different text once; a text that fails stays as it came, with its fault beside it."""
    encoded = whole(column)
    good: list[str] = []
    faults: list[str | None] = []
    for text in encoded.dictionary.to_pylist():
        try:
            good.append(parse(text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"))
            faults.append(None)
        except MalformedCode as fault:
            good.append(text)
            faults.append(f"{fault.segment}: {fault.why}")
    parsed = pa.DictionaryArray.from_arrays(encoded.indices, pa.array(good, pa.string()))
    return pa.chunked_array([parsed]), pa.chunked_array([_fault_of(encoded, faults)])


def _fault_of(encoded: pa.DictionaryArray, faults: list[str | None]) -> pa.Array:
    """The fault of each row's text; a text that is missing is one."""
    if encoded.null_count == 0 and not any(faults):
        return pa.nulls(len(encoded), pa.string())
    return pc.if_else(pc.is_null(encoded), "missing", pa.array(faults, pa.string()).take(encoded.indices))


def units_of(table: pa.Table) -> list[str]:
    """The well-formed credit codes that rows name, in order, each once."""
    unit, fault = table["unit"], table["unit_fault"]
    if fault.null_count < len(fault):
        unit = unit.filter(pc.is_null(fault))
    return sorted(set(pc.unique(unit).to_pylist()))


def with_numbers(table: pa.Table) -> pa.Table:
    """Granularity and origin as the store's small integers; null where the word is unknown."""
    origin = table["origin"]
    if origin.null_count:
        origin = worded(pc.fill_null(origin.cast(pa.string()), Origin.INSTRUMENT.value))
    return _replace(
        table,
        granularity_number=_numbered(table["granularity"], Granularity),
        origin_number=_numbered(origin, Origin),
        origin=origin,
    )


def _numbered(words: pa.ChunkedArray, kind: type[Granularity] | type[Origin]) -> pa.ChunkedArray:
    encoded = whole(words)
    numbers = numbered(pa.chunked_array([encoded.dictionary]), kind)
    return pa.chunked_array([numbers.combine_chunks().take(encoded.indices)])


def with_points(table: pa.Table, points: pa.Table) -> pa.Table:
    """Join the directory's unit_id, point_id, bounds and state; null where it knows no such unit or point."""
    unit, code = whole(table["unit"]), whole(table["data_code"])
    known_unit, known_code = whole(points["unit"]), whole(points["data_code"])
    units, codes = numbers_among(unit, known_unit), numbers_among(code, known_code)
    at_unit = at(units, integers(known_unit.indices), len(known_unit.dictionary))
    at_point = at_both((units, codes), (integers(known_unit.indices), integers(known_code.indices)))
    return _replace(
        table,
        known_unit=pa.chunked_array([pc.is_valid(at_unit)]),
        unit_id=points["unit_id"].take(at_unit),
        province=points["province"].take(at_unit),
        point_id=points["point_id"].take(at_point),
        due=points["due"].take(at_point),
        low=taken(points["low"], at_point),
        high=taken(points["high"], at_point),
        state=points["state"].take(at_point),
        until=taken(points["until"], at_point),
    )


def _replace(table: pa.Table, **columns: Any) -> pa.Table:
    for name, column in columns.items():
        if name in table.column_names:
            table = table.set_column(table.schema.get_field_index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table
