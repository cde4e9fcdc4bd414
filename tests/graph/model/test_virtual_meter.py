"""Several instruments make one data code: the laws of the arithmetic, and that nothing missing becomes zero."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.virtual_meter import PLACES, TERMS_MAX, Arithmetic, Formula, Term, formula_of

ADD, SUBTRACT, MULTIPLY, DIVIDE = Arithmetic
amounts = st.decimals(
    min_value=-(10**9), max_value=10**9, places=PLACES, allow_nan=False, allow_infinity=False
)
ratios = st.decimals(min_value=-1000, max_value=1000, places=3, allow_nan=False).filter(bool)
names = st.text("ABCDEFG0123456789-", min_size=1, max_size=8)


def terms(
    first: st.SearchStrategy[Arithmetic], rest: st.SearchStrategy[Arithmetic]
) -> st.SearchStrategy[Formula]:
    one = st.builds(Term, names, first, ratios)
    more = st.lists(st.builds(Term, names, rest, ratios), max_size=6)
    return st.builds(lambda head, tail: Formula((head, *tail)), one, more)


sums = terms(st.sampled_from([ADD, SUBTRACT]), st.sampled_from([ADD, SUBTRACT]))
formulas = terms(st.sampled_from([ADD, SUBTRACT]), st.sampled_from(list(Arithmetic)))


def of(*given: tuple[str, int, str]) -> Formula:
    return formula_of([(name, number, Decimal(ratio)) for name, number, ratio in given])


@given(sums, st.data())
def test_terms_that_add_and_subtract_may_come_in_any_order(formula: Formula, data: st.DataObject) -> None:
    values = {name: data.draw(amounts) for name in formula.instruments}
    shuffled = Formula(tuple(data.draw(st.permutations(formula.terms))))
    assert shuffled.value(values) == formula.value(values)


@given(amounts, amounts.filter(bool), ratios, ratios)
def test_what_is_multiplied_and_divided_by_the_same_comes_back_exactly(
    base: Decimal, by: Decimal, own: Decimal, ratio: Decimal
) -> None:
    there = Formula((Term("A", ADD, own), Term("B", MULTIPLY, ratio), Term("C", DIVIDE, ratio)))
    alone = Formula((Term("A", ADD, own),))
    assert there.value({"A": base, "B": by, "C": by}) == alone.value({"A": base})


@given(amounts, amounts)
def test_what_is_added_and_subtracted_again_is_nothing_more(a: Decimal, b: Decimal) -> None:
    assert of(("A", 1, "1"), ("B", 1, "1"), ("C", 2, "1")).value({"A": a, "B": b, "C": b}) == a


@given(formulas, st.data())
def test_without_one_of_its_instruments_there_is_no_value(formula: Formula, data: st.DataObject) -> None:
    values: dict[str, Decimal | None] = {name: data.draw(amounts) for name in formula.instruments}
    gone = data.draw(st.sampled_from(formula.instruments))
    assert formula.value({**values, gone: None}) is None
    del values[gone]
    assert formula.value(values) is None


@given(formulas, st.data())
def test_it_is_what_exact_fractions_from_the_left_make(formula: Formula, data: st.DataObject) -> None:
    values = {name: data.draw(amounts) for name in formula.instruments}
    total = Fraction(0)
    for term in formula.terms:
        counted = Fraction(values[term.instrument]) * Fraction(term.ratio)
        if term.arithmetic is DIVIDE and not counted:
            assert formula.value(values) is None
            return
        total = {
            ADD: lambda a, b: a + b,
            SUBTRACT: lambda a, b: a - b,
            MULTIPLY: lambda a, b: a * b,
            DIVIDE: lambda a, b: a / b,
        }[term.arithmetic](total, counted)
    found = formula.value(values)
    if found is None:
        assert abs(total) > 10**13
        return
    assert abs(Fraction(found) - total) <= Fraction(1, 2 * 10**PLACES)


def test_terms_count_from_the_left_and_none_before_another() -> None:
    values = {"A": Decimal(10), "B": Decimal(2), "C": Decimal(3)}
    assert of(("A", 1, "1"), ("B", 1, "1"), ("C", 3, "1")).value(values) == Decimal(36)
    assert of(("A", 1, "1"), ("B", 2, "0.5"), ("C", 4, "1")).value(values) == Decimal(3)
    assert of(("A", 2, "1"), ("B", 1, "1")).value(values) == Decimal(-8)


def test_what_would_be_divided_by_zero_has_no_value() -> None:
    formula = of(("A", 1, "1"), ("B", 4, "2"))
    assert formula.value({"A": Decimal(10), "B": Decimal("0.0000")}) is None
    assert formula.value({"A": Decimal(0), "B": Decimal(0)}) is None
    assert formula.value({"A": Decimal(0), "B": Decimal(5)}) == 0


def test_it_is_rounded_once_and_half_to_even() -> None:
    thirds = of(("A", 1, "1"), ("B", 4, "1"), ("B", 3, "1"))
    assert thirds.value({"A": Decimal(1), "B": Decimal(3)}) == Decimal(1)
    half = of(("A", 1, "0.5"))
    assert half.value({"A": Decimal("0.0001")}) == Decimal("0.0000")
    assert half.value({"A": Decimal("0.0003")}) == Decimal("0.0002")


@pytest.mark.parametrize("odd", ["NaN", "sNaN", "Infinity", "-Infinity", "1e30", "1e-40"])
def test_an_amount_that_no_reading_can_hold_is_none(odd: str) -> None:
    assert of(("A", 1, "1")).value({"A": Decimal(odd)}) is None
    with pytest.raises(InvalidInput, match="ratio of A"):
        Term("A", ADD, Decimal(odd))


def test_what_no_reading_can_hold_is_no_value() -> None:
    square = of(("A", 1, "1"), ("A", 3, "1"))
    assert square.value({"A": Decimal(9_999_999)}) == Decimal(9_999_999) ** 2
    assert square.value({"A": Decimal(10_000_000)}) is None


def test_a_formula_that_cannot_be_is_told_where() -> None:
    with pytest.raises(InvalidInput, match="comes first"):
        of(("A", 3, "1"))
    with pytest.raises(InvalidInput, match="comes first"):
        of(("A", 4, "1"))
    with pytest.raises(InvalidInput, match="1 to 4"):
        of(("A", 5, "1"))
    with pytest.raises(InvalidInput, match="not zero"):
        of(("A", 1, "0"))
    with pytest.raises(InvalidInput, match="instrument"):
        of((" ", 1, "1"))
    for count in (0, TERMS_MAX + 1):
        with pytest.raises(InvalidInput, match=f"{count} terms"):
            Formula((Term("A"),) * count)


def test_a_person_is_shown_it_as_it_counts() -> None:
    assert str(of(("A", 1, "1"), ("B", 2, "0.50"))) == "A × 1 - B × 0.50"
