"""Text as the registry keeps it: what looks alike is one, nothing in it is unseen, and an address holds no password."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.execution import arguments
from hub.stores.registry import cells
from hub.stores.registry.tables import NAME_MAX

NAME = cells.words()


UNSEEN = "\u0000\n\u007f\u00ad\u200b\u200d\u2028\u202e\u2066\ufeff"


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_a_name_holds_nothing_that_is_not_seen(unseen: str) -> None:
    with pytest.raises(InvalidInput):
        NAME(f"虚构{unseen}钢铁")
    assert NAME("虚构 钢铁") == "虚构 钢铁"


def test_the_character_that_is_not_seen_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"holds U\+202E, which is not seen"):
        NAME("虚构\u202e钢铁")


def test_no_character_that_is_not_seen_is_printable() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    assert [c for c in every if unicodedata.category(c) in cells.UNSEEN and c.isprintable()] == []


def test_names_that_look_alike_are_one() -> None:
    assert NAME("Cafe\u0301") == NAME("Caf\u00e9") == "Caf\u00e9"


def test_grounds_may_have_lines() -> None:
    grounds = cells.words(cells.PROSE_MAX, cells.LINES)
    assert grounds("一\n二") == "一\n二"
    with pytest.raises(InvalidInput):
        grounds("一\u202e二")


@given(st.text(max_size=NAME_MAX))
def test_who_asks_by_a_name_asks_for_what_is_kept_of_it(text: str) -> None:
    try:
        kept = NAME(text)
    except InvalidInput:
        return
    assert arguments.words(text) == kept == NAME(kept)
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize(
    "address",
    [
        "http://u:PW@h/", "HTTP://u@h", "ht\ntp://u:PW@h/", "//u:PW@h/", "u:PW@h", "u@h/x", "http:u:PW@h",
        "http:/u:PW@h/", "http:\\\\u:PW@h/", "sftp:////u:PW@h", " http://u:PW@h/", "http://u:P\tW@h/",
    ],
)  # fmt: skip
def test_an_address_with_a_user_or_a_password_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        cells.address(address)
    assert "PW" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    ["https://hub.example/graphql", "http://h/a@b", "http://h?to=a@b", "drop", "/srv/a@b/c", "devices call"],
)
def test_an_address_without_any_is_kept_as_it_is(address: str) -> None:
    assert cells.address(address) == address
