"""Values of half-hours are shared out over their two quarter-hours, to the last digit (docs/adr/0033).

What adds up is halved: the first quarter-hour gets the half, cut at the store's last decimal, and the second the rest. A
coefficient or an efficiency is the same in both. Either is marked as estimated: nobody measured a quarter-hour.
"""

from __future__ import annotations

from decimal import MAX_EMAX, ROUND_05UP, Decimal, localcontext

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import Granularity
from graph.model.reading import INSTANT, VALUE_SCALE, Origin
from provincial_adapters._toolkit.codes import TEXT_MAX, readable
from provincial_adapters._toolkit.columns import MINUTE_US, OFFSET_US, written_out

HALF_HOUR_US, QUARTER_US = 30 * MINUTE_US, 15 * MINUTE_US
_SPLITS = r"^[+-]?[0-9]{1,14}(\.[0-9]{0,8})?$"
_NUMERIC = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"  # as the intake reads numbers
_EXACT = pa.decimal128(24, 8)
_HALF = pa.scalar(Decimal("0.5"), pa.decimal128(2, 1))


def in_quarters(table: pa.Table) -> tuple[pa.Table, dict[int, tuple[str, str]]]:
    """The table with two rows for each half-hour, and rows refused because they begin at no half-hour."""
    mine = pc.equal(table["granularity"].cast(pa.string()), Granularity.QUARTER_HOUR.value)
    table = _plainly(table, mine)
    local = pc.add(table["start"].cast(pa.int64()), OFFSET_US)
    whole = pc.multiply(pc.divide(local, HALF_HOUR_US), HALF_HOUR_US)
    off = pc.and_(mine, pc.fill_null(pc.not_equal(local, whole), fill_value=False))
    splits = pc.fill_null(pc.match_substring_regex(table["value"], _SPLITS), fill_value=False)
    shared = pc.and_(pc.and_(mine, pc.invert(off)), pc.and_(splits, pc.is_valid(local)))
    kept = table.filter(pc.invert(pc.or_(shared, off)))
    order = [("row", "ascending"), ("start", "ascending")]
    halves = _halves(table.filter(shared))
    return pa.concat_tables([kept, *halves]).sort_by(order), _refused(table.filter(off))


def _plainly(table: pa.Table, mine: pa.ChunkedArray) -> pa.Table:
    """The table with half-hours such as 1.5e3, .5 or of more than eight decimals written out: rare, and read one by one.

    What is too large for the store, or no number, stays whole, for the intake to refuse as it came.
    """
    value = table["value"]
    numeric = pc.and_(
        pc.match_substring_regex(value, _NUMERIC), pc.less_equal(pc.utf8_length(value), TEXT_MAX)
    )
    odd = pc.and_(pc.and_(mine, numeric), pc.invert(pc.match_substring_regex(value, _SPLITS)))
    odd = pc.fill_null(odd, fill_value=False)
    if not pc.any(odd).as_py():
        return table
    written = pa.array([_written(text) for text in value.filter(odd).to_pylist()], pa.string())
    plain = pc.replace_with_mask(value.combine_chunks(), odd.combine_chunks(), written)
    return table.set_column(table.schema.get_field_index("value"), "value", plain)


def _written(text: str) -> str:
    """A number with eight decimals; the last of them makes no tie of what is none, for the store rounds it once more."""
    number = Decimal(text)
    if number and number.adjusted() >= _EXACT.precision - _EXACT.scale - 2:
        return text
    with localcontext(prec=_EXACT.precision + TEXT_MAX, Emin=-MAX_EMAX, Emax=MAX_EMAX):
        return f"{number.quantize(Decimal(1).scaleb(-_EXACT.scale), ROUND_05UP):f}"


def _refused(off: pa.Table) -> dict[int, tuple[str, str]]:
    why = "is not the start of a half-hour, as realtime_minutes = 30 declares"
    return {
        row["row"]: ("off-grid", f"statDate {row['label']} {why}")
        for row in off.select(["row", "label"]).to_pylist()
    }


def _halves(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The first and the second quarter-hour of each row."""
    amount = table["value"].cast(_EXACT)
    half = pc.round(pc.multiply(amount, _HALF), VALUE_SCALE, "towards_zero")
    rest = pc.subtract(amount, half)
    adds_up = _adds_up(table["data_code"])
    first, second = (pc.if_else(adds_up, written_out(part), table["value"]) for part in (half, rest))
    later = pc.add(table["start"].cast(pa.int64()), QUARTER_US).cast(INSTANT)
    return _with(table, first, table["start"]), _with(table, second, later)


def _adds_up(codes: pa.ChunkedArray) -> pa.Array:
    """Whether each row's values of shorter periods, added, are its own; a malformed code is refused later anyway."""
    encoded = codes.combine_chunks()
    known = [readable(text) for text in encoded.dictionary.to_pylist()]
    adds_up = pa.array([code is None or code.data_class.adds_up for code in known], pa.bool_())
    return adds_up.take(encoded.indices)


def _with(table: pa.Table, value: pa.Array, start: pa.Array) -> pa.Table:
    origin = pa.array([Origin.ESTIMATED.value] * table.num_rows, pa.string()).dictionary_encode()
    for name, column in (("value", value), ("start", start), ("origin", origin)):
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table
