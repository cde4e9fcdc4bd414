"""Exact ratios of exact sums, rounded once."""

from __future__ import annotations

from decimal import Context, Decimal

STEP = Decimal("0.000001")  # a ten-thousandth of a per cent: finer than any meter
_EXACT = Context(
    prec=128
)  # the quotient of two sums of 38 digits differs from a half well before its 84th digit


def share(part: Decimal | None, whole: Decimal) -> Decimal | None:
    """part / whole (占比), half to even at six places; None without a part, or of a whole that is zero."""
    if part is None or not whole:
        return None
    return _EXACT.divide(part, whole).quantize(STEP, context=_EXACT)


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """now / before - 1 (增减率), half to even at six places; None without one of them, or from nothing or below."""
    if now is None or before is None or before <= 0:
        return None
    return share(_EXACT.subtract(now, before), before)
