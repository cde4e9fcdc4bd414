"""A masked telephone number tells who it might be, and nobody can call it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.person import CHANGED, MASK, is_masked, masked_change, masked_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"), ("+86 138-1234-5678", "861****5678"), ("010-68505081", "010****5081"),
        ("68505081", MASK), ("", MASK), ("某某办公室", MASK),
    ],
)  # fmt: skip
def test_a_long_number_keeps_its_ends_and_a_short_one_nothing(number: str, shown: str) -> None:
    assert masked_phone(number) == shown


@given(st.text(max_size=40))
def test_at_least_four_digits_are_hidden_and_nothing_else_is_shown(number: str) -> None:
    shown = masked_phone(number)
    assert re.fullmatch(r"([0-9]{3}\*{4}[0-9]{4}|\*{4})", shown)
    assert len(re.sub(r"[^0-9]", "", number)) - len(re.sub(r"[^0-9]", "", shown)) >= 4 or shown == MASK


@given(st.text(max_size=40), st.text(max_size=40))
def test_of_two_numbers_the_later_says_that_it_took_the_others_place(before: str, after: str) -> None:
    said = masked_change(before, after)
    assert said is not None
    assert is_masked(said)
    assert said.endswith(CHANGED) == (before != after)


def test_a_number_that_came_or_went_says_so_by_itself() -> None:
    assert (masked_change(None, "13812345678"), masked_change("13812345678", None)) == ("138****5678", None)


@pytest.mark.parametrize("text", ["13812345678", "", "138****5678 13812345678", "(changed)"])
def test_what_is_not_masked_does_not_pass_for_it(text: str) -> None:
    assert not is_masked(text)
