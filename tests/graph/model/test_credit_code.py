"""Laws of the unified social credit code and its check character."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.errors import MalformedCode
from graph.model.credit_code import ALPHABET, LENGTH, CreditCode
from graph.model.region import DivisionTree, RegionCode
from tests.graph.model.values import UNIT, bodies, credit_codes

WEIGHTS = (
    1,
    3,
    9,
    27,
    19,
    26,
    16,
    17,
    20,
    29,
    25,
    13,
    8,
    24,
    10,
    30,
    28,
    1,
)  # the check character weighs one
WHOLLY_ALPHABETIC = (0, 1, *range(8, LENGTH))  # the places that may hold any letter of the alphabet


def _changed(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]


def _swapped(text: str, one: int, other: int) -> str:
    return _changed(_changed(text, one, text[other]), other, text[one])


def test_the_alphabet_has_31_letters_and_leaves_out_five() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(ALPHABET) == set("IOSVZ")


@given(credit_codes)
def test_a_code_satisfies_the_standard_weights(code: CreditCode) -> None:
    total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(code.text, WEIGHTS, strict=True))
    assert total % 31 == 0


@pytest.mark.parametrize("letter", ALPHABET)
def test_every_letter_occurs_as_check_character(letter: str) -> None:
    found = {code.text[-1] for code in (CreditCode.of_body(f"9131011500000000{one}") for one in ALPHABET)}
    assert letter in found


@given(bodies)
def test_exactly_one_of_the_31_letters_closes_a_body(body: str) -> None:
    def accepted(letter: str) -> bool:
        try:
            return CreditCode(body + letter).text == body + letter
        except MalformedCode:
            return False

    assert [letter for letter in ALPHABET if accepted(letter)] == [CreditCode.of_body(body).text[-1]]


@given(credit_codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_single_changed_character_is_found(code: CreditCode, place: int, letter: str) -> None:
    assume(letter != code.text[place])
    with pytest.raises(MalformedCode):
        CreditCode(_changed(code.text, place, letter))


@given(credit_codes, st.integers(0, LENGTH - 2))
def test_two_swapped_neighbours_are_found(code: CreditCode, place: int) -> None:
    assume(code.text[place] != code.text[place + 1])
    with pytest.raises(MalformedCode):
        CreditCode(_swapped(code.text, place, place + 1))


@given(credit_codes, st.tuples(st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1)))
def test_two_swapped_characters_are_found_wherever_they_stand_but_at_both_ends(
    code: CreditCode, places: tuple[int, int]
) -> None:
    one, other = sorted(places)
    assume(code.text[one] != code.text[other] and (one, other) != (0, LENGTH - 1))
    with pytest.raises(MalformedCode):
        CreditCode(_swapped(code.text, one, other))


@given(credit_codes)
def test_the_first_and_the_last_weigh_the_same_so_that_their_swap_goes_unseen(code: CreditCode) -> None:
    assert CreditCode(_swapped(code.text, 0, LENGTH - 1)).text[-1] == code.text[0]


@given(credit_codes, st.sampled_from(["", " ", "\t", "  \n"]), st.booleans())
def test_lower_case_and_blanks_around_parse(code: CreditCode, blank: str, low: bool) -> None:
    written = code.text.lower() if low else code.text
    assert CreditCode.parse(blank + written + blank) == code


def test_the_constructor_is_strict_where_parse_is_lenient() -> None:
    assert CreditCode.parse(UNIT.text.lower()) == UNIT
    with pytest.raises(MalformedCode, match="alphabet"):
        CreditCode(UNIT.text.lower())


@given(credit_codes, st.sampled_from(WHOLLY_ALPHABETIC), st.sampled_from("IOSVZ"))
def test_the_five_letters_left_out_are_refused_by_name(code: CreditCode, place: int, letter: str) -> None:
    with pytest.raises(MalformedCode, match=f"'{letter}' cannot occur") as fault:
        CreditCode(_changed(code.text, place, letter))
    assert fault.value.segment == "alphabet"


@given(credit_codes, st.integers(2, 7), st.sampled_from(ALPHABET[10:]))
def test_a_letter_among_the_division_digits_is_refused(code: CreditCode, place: int, letter: str) -> None:
    with pytest.raises(MalformedCode) as fault:
        CreditCode(_changed(code.text, place, letter))
    assert fault.value.segment == "division (3-8)"


@pytest.mark.parametrize("text", ["", "9", UNIT.text[:-1], UNIT.text + "0"])
def test_another_length_is_refused_and_named(text: str) -> None:
    with pytest.raises(MalformedCode, match=f"expected 18 characters, came {len(text)}"):
        CreditCode(text)


def test_a_wrong_check_character_is_told_with_the_right_one() -> None:
    wrong = "0" if UNIT.text[-1] != "0" else "1"
    with pytest.raises(MalformedCode, match=f"expected {UNIT.text[-1]}, came {wrong}"):
        CreditCode(UNIT.text[:-1] + wrong)


@pytest.mark.parametrize("body", ["", "913101", "9131011500000000I", "913101150000000000"])
def test_a_body_of_another_form_makes_no_code(body: str) -> None:
    with pytest.raises(MalformedCode, match="body"):
        CreditCode.of_body(body)


def test_the_division_of_an_abolished_county_is_shown_and_accepted() -> None:
    abolished = RegionCode("110103")
    assert DivisionTree()[abolished].abolished is not None
    code = CreditCode.of_body(f"91{abolished}MA1K3B4X0")
    assert code.division == str(abolished)


@given(credit_codes, credit_codes)
def test_codes_order_and_compare_as_their_text(one: CreditCode, other: CreditCode) -> None:
    assert (one < other) == (one.text < other.text)
    assert (one == other) == (str(one) == str(other))
