"""Passwords are long, nobody's name, and cost a stranger as much time as somebody who is known."""

from __future__ import annotations

import statistics
import time
import unicodedata
from dataclasses import replace

import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.access.people.passwords import LETTERS_MAX, LETTERS_MIN, Passwords, Weakness, weakness_of
from tests.hub.access.people.fakes import QUICK

GOOD = "correct horse battery"


def test_a_digest_is_of_its_password_alone_and_says_argon2id() -> None:
    passwords = Passwords(QUICK)
    digest = passwords.hash(GOOD)
    assert digest.startswith("$argon2id$")
    assert GOOD not in digest
    assert passwords.matches(digest, GOOD)
    assert not passwords.matches(digest, GOOD + " ")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("no digest at all", GOOD)


def test_the_parameters_are_those_of_rfc_9106_for_little_memory_or_better() -> None:
    digest = Passwords().hash(GOOD)
    assert "m=65536,t=3,p=4" in digest
    assert RFC_9106_LOW_MEMORY.memory_cost == 65_536


def test_a_digest_of_other_parameters_is_outdated_and_still_matches() -> None:
    digest = Passwords(replace(QUICK, time_cost=2)).hash(GOOD)
    passwords = Passwords(QUICK)
    assert passwords.is_outdated(digest)
    assert passwords.matches(digest, GOOD)
    assert not passwords.is_outdated(passwords.hash(GOOD))


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    composed, taken_apart = (unicodedata.normalize(form, "Zürich 是不是 éàü") for form in ("NFC", "NFD"))
    passwords = Passwords(QUICK)
    assert composed != taken_apart
    assert passwords.matches(passwords.hash(composed), taken_apart)


def test_a_password_that_is_too_long_is_not_cut_to_one_that_fits() -> None:
    passwords = Passwords(QUICK)
    longest = "x" * LETTERS_MAX
    assert not passwords.matches(passwords.hash(longest), longest + "y")


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("short", Weakness.LENGTH),
        ("x" * (LETTERS_MAX + 1), Weakness.LENGTH),
        ("ababababababab", Weakness.ALIKE),
        ("Administrator-1", Weakness.NAME),
        (GOOD, None),
    ],
)
def test_what_is_no_password_is_told_by_a_word(password: str, wrong: Weakness | None) -> None:
    assert weakness_of(password, "administrator-1", "张三") is wrong


@settings(max_examples=60)
@given(st.text(min_size=LETTERS_MIN, max_size=40).filter(lambda text: weakness_of(text) is None))
def test_any_password_that_is_one_matches_its_digest(password: str) -> None:
    passwords = Passwords(QUICK)
    assert passwords.matches(passwords.hash(password), password)


def test_a_stranger_is_looked_at_as_long_as_somebody_known() -> None:
    passwords = Passwords(replace(QUICK, memory_cost=8_192, time_cost=2))
    digest = passwords.hash(GOOD)

    def took(of: str | None) -> float:
        begun = time.perf_counter()
        passwords.matches(of, "wrong wrong wrong")
        return time.perf_counter() - begun

    known, unknown = (statistics.median(took(of) for _ in range(15)) for of in (digest, None))
    assert known / 3 < unknown < known * 3
