"""Units of measure as sources write them, turned exactly into the unit a variety is summed in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.energy import NativeUnit
from provincial_adapters._toolkit.columns import once_each, written_out

_KWH, _T, _M3, _GJ = NativeUnit.KILOWATT_HOUR, NativeUnit.TONNE, NativeUnit.CUBIC_METRE, NativeUnit.GIGAJOULE


@dataclass(frozen=True)
class Measure:
    """A written unit (计量单位): `factor` native units are one of it."""

    word: str
    native: NativeUnit
    factor: Decimal


MEASURES = {
    word: Measure(word, native, Decimal(factor))
    for word, native, factor in (
        ("Wh", _KWH, "0.001"), ("kWh", _KWH, "1"), ("MWh", _KWH, "1000"), ("GWh", _KWH, "1000000"),
        ("千瓦时", _KWH, "1"), ("万kWh", _KWH, "10000"), ("万千瓦时", _KWH, "10000"),
        ("kg", _T, "0.001"), ("t", _T, "1"), ("千克", _T, "0.001"), ("吨", _T, "1"),
        ("万t", _T, "10000"), ("万吨", _T, "10000"),
        ("m3", _M3, "1"), ("km3", _M3, "1000"), ("立方米", _M3, "1"), ("万m3", _M3, "10000"), ("万立方米", _M3, "10000"),
        ("MJ", _GJ, "0.001"), ("GJ", _GJ, "1"), ("TJ", _GJ, "1000"), ("百万千焦", _GJ, "1"),
    )
}  # fmt: skip

FACTOR_DIGITS, FACTOR_SCALE = 18, 9  # with a value of 40 digits the product still fits Arrow's 76
_VALUE = pa.decimal256(40, 12)
_PLAIN = r"^[+-]?[0-9]{1,20}(\.[0-9]{1,12})?$"  # what _VALUE holds without loss
# Anything else that a reader further on could take for a number; the exponent is kept small, because
# writing 1e999999999 out would fill the memory.
_UNUSUAL = r"^[+-]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][+-]?[0-9]{1,3})?$"


def scaled(values: pa.Array, factor: Decimal) -> pa.Array:
    """Values times a factor, exactly, as text. What is no number stays as it came, for the intake to refuse."""
    texts = pc.utf8_trim_whitespace(values.cast(pa.string()))
    if factor == 1:
        return texts
    plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), False)
    product = written_out(pc.multiply(pc.if_else(plain, texts, None).cast(_VALUE), _factor(factor)))
    left = pc.or_kleene(pc.invert(plain), pc.equal(product, "0"))  # Arrow's decimals have no -0
    rest = once_each(texts.filter(left), lambda distinct: _one_by_one(distinct, factor))
    return pc.replace_with_mask(product, left, rest)


def _factor(factor: Decimal) -> pa.Scalar:
    return pa.scalar(factor, pa.decimal256(FACTOR_DIGITS, FACTOR_SCALE))


def _one_by_one(texts: pa.Array, factor: Decimal) -> pa.Array:
    """The distinct unusual ones, by Python's decimals."""
    is_number = pc.match_substring_regex(texts, _UNUSUAL).to_pylist()
    pairs = zip(texts.to_pylist(), is_number, strict=True)
    return pa.array([_product(text, factor) if number else text for text, number in pairs], pa.string())


def _product(text: str, factor: Decimal) -> str:
    """Exact whatever the context's precision: integers multiplied, exponents added."""
    sign, digits, exponent = Decimal(text).as_tuple()
    _, by_digits, by_exponent = factor.as_tuple()
    if not isinstance(exponent, int) or not isinstance(by_exponent, int):
        return text
    whole = int("".join(map(str, digits))) * int("".join(map(str, by_digits)))
    shifted = Decimal((sign, tuple(map(int, str(whole))), exponent + by_exponent))
    plain = format(shifted, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
