"""Several instruments make one data code (虚拟计量): a formula over what each of them measured in one period.

Read: an instrument adds, subtracts, multiplies or divides (reportArithmetic 1 to 4), with a ratio of its own
(reportRatio). Assumed, because no source says it: terms count in the order they came, from the left, none before another;
the ratio multiplies its own instrument first; rounding is once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from graph.errors import InvalidInput

TERMS_MAX = 100  # instruments of one data code; a plant's largest sum seen has some twenty
DIGITS_MAX = 18  # of a reading, and of a ratio or amount before and after the point
PLACES = 4  # of the result: as many as a reading keeps (graph/model/reading.py, which is not for the probe)


class Arithmetic(IntEnum):
    """What a term does to what stands before it (运算方式 reportArithmetic); the numbers are the wire's."""

    ADD = 1
    SUBTRACT = 2
    MULTIPLY = 3
    DIVIDE = 4

    @property
    def sign(self) -> str:
        """How a person writes it."""
        return "+-×÷"[self - 1]


@dataclass(frozen=True)
class Term:
    """One instrument of a formula, by its number, with what it does and its ratio (reportRatio)."""

    instrument: str
    arithmetic: Arithmetic = Arithmetic.ADD
    ratio: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not self.instrument.strip():
            raise InvalidInput("a term needs its instrument's number", "instrument")
        if not _is_sound(self.ratio) or not self.ratio:
            why = (
                f"came {self.ratio!s:.40}, expected a number of {DIGITS_MAX} digits at most that is not zero"
            )
            raise InvalidInput(why, f"ratio of {self.instrument}")

    def __str__(self) -> str:
        return f"{self.arithmetic.sign} {self.instrument} × {self.ratio:f}"


@dataclass(frozen=True)
class Formula:
    """How a virtual meter is worked out. The first term has nothing before it: it adds or subtracts."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.terms) <= TERMS_MAX:
            raise InvalidInput(f"{len(self.terms)} terms, expected 1 to {TERMS_MAX}", "formula")
        first = self.terms[0]
        if first.arithmetic > Arithmetic.SUBTRACT:
            why = f"{first.instrument} comes first and cannot {first.arithmetic.name.lower()}: nothing is before it"
            raise InvalidInput(why, "formula")

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument it needs, once each."""
        return tuple(dict.fromkeys(term.instrument for term in self.terms))

    def value(self, amounts: Mapping[str, Decimal | None]) -> Decimal | None:
        """What it makes of the instruments' amounts, half to even at PLACES places.

        None, and never zero, where an instrument's amount is missing or not finite, what is divided by is zero, or the
        result is larger than a reading can hold.
        """
        total = Fraction(0)
        for term in self.terms:
            amount = amounts.get(term.instrument)
            if amount is None or not _is_sound(amount):
                return None
            counted = Fraction(amount) * Fraction(term.ratio)
            if term.arithmetic is Arithmetic.DIVIDE and not counted:
                return None
            total = _applied(total, term.arithmetic, counted)
        return _rounded(total)

    def __str__(self) -> str:
        """As `A × 1 + B × 0.5`: what a person is shown."""
        return " ".join(map(str, self.terms)).removeprefix(f"{Arithmetic.ADD.sign} ")


def formula_of(terms: Sequence[tuple[str, int, Decimal]]) -> Formula:
    """The formula of (instrument, reportArithmetic, reportRatio) in the order they came. Raises InvalidInput."""
    return Formula(
        tuple(Term(instrument, arithmetic_of(number), ratio) for instrument, number, ratio in terms)
    )


def arithmetic_of(number: int) -> Arithmetic:
    """The arithmetic of the wire's number. Raises InvalidInput."""
    try:
        return Arithmetic(number)
    except ValueError as fault:
        raise InvalidInput(f"came {number!r:.40}, expected 1 to 4", "reportArithmetic") from fault


def _applied(total: Fraction, arithmetic: Arithmetic, counted: Fraction) -> Fraction:
    match arithmetic:
        case Arithmetic.ADD:
            return total + counted
        case Arithmetic.SUBTRACT:
            return total - counted
        case Arithmetic.MULTIPLY:
            return total * counted
        case Arithmetic.DIVIDE:
            return total / counted


def _rounded(total: Fraction) -> Decimal | None:
    """To PLACES places, half to even, without a float in between."""
    steps = round(total * 10**PLACES)
    return Decimal(steps).scaleb(-PLACES) if abs(steps) < 10**DIGITS_MAX else None


def _is_sound(number: Decimal) -> bool:
    """Whether a number is finite and within the digits a reading can hold."""
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DIGITS_MAX and number.adjusted() < DIGITS_MAX
