"""Tokens are counted as the parser takes them, and what is sent along is counted level by level."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind
from hypothesis import example, given
from hypothesis import strategies as st

from graph.errors import TooComplex
from graph.execution.text import (
    ITEMS_SENT_MAX,
    KEYS_SENT_MAX,
    NAMED_MAX,
    NESTING_MAX,
    TOKENS_MAX,
    VALUES_SENT_MAX,
    brackets,
    check_text,
    check_variables,
    tokens,
)

# Pieces of which documents are made, whole and broken: whatever begins or ends a string, a comment or a number.
ENDS = ('"', '""', '"""', '\\"""', "\\", '\\"', "\\\\", "#", "\n", "\r", "\r\n", " ", ",")
WORDS = ("a", "name", "é", "1", "-1", "0", "1.5", "1e3", "-", "+", "e")
MARKS = ("...", ".", "{", "}", "(", ")", "[", "]", ":", "$", "@", "!", "=", "|", "&")
PIECES = st.sampled_from(ENDS + WORDS + MARKS)


def _lexed(text: str) -> tuple[int, bool]:
    """How many tokens and comments the parser's own lexer takes, and whether it comes to the end."""
    lexer, count = Lexer(Source(text)), 0
    try:
        token = lexer.token
        while token.kind is not TokenKind.EOF:
            token = lexer.read_next_token(token.end)
            count += token.kind is not TokenKind.EOF
    except GraphQLSyntaxError:
        return count, False
    return count, True


@given(st.lists(PIECES, max_size=60).map("".join))
@example('{ a(b: "#", c: """ " # \\""" { """) } # "{')
@example('""""""')
@example('"""a""""')
@example('"a\\"b" c')
@example("1.5e+10 -0")
def test_as_many_tokens_are_counted_as_the_parser_takes(text: str) -> None:
    taken, is_whole = _lexed(text)
    counted = len(tokens(text))
    assert counted == taken if is_whole else counted >= taken


def test_brackets_in_strings_and_comments_open_nothing() -> None:
    assert brackets(tokens('{ a(b: "[[[::", c: """{{{:::""") # ((((:\n}')) == (2, 2)


def test_what_closes_more_than_was_opened_is_passed_over() -> None:
    assert brackets(tokens("}}) { a: b }} [[ : : :")) == (2, 3)


@pytest.mark.parametrize("text", ["{ a(%s) }", "{ a(b: {%s}) }", "query(%s) { a }", "{ %s }"])
def test_as_many_names_stand_at_one_place_as_the_limit_says(text: str) -> None:
    check_text(text % ("$a: b " * NAMED_MAX))
    with pytest.raises(TooComplex, match="at one place"):
        check_text(text % ("$a: b " * (NAMED_MAX + 1)))


@given(st.integers(1, TOKENS_MAX - 2))
def test_a_text_may_have_as_many_tokens_as_the_limit_says(number: int) -> None:
    check_text("{" + " a" * number + "}")
    with pytest.raises(TooComplex, match="tokens"):
        check_text("{" + " a" * (TOKENS_MAX - 2 + number) + "}")


def test_brackets_may_be_nested_as_deep_as_the_limit_says() -> None:
    check_text("{a" * NESTING_MAX + "}" * NESTING_MAX)
    with pytest.raises(TooComplex, match="brackets within brackets"):
        check_text("{a" * (NESTING_MAX + 1) + "}" * (NESTING_MAX + 1))


CELLS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.none() | st.integers() | st.lists(st.integers(), max_size=3)
)


@given(st.lists(CELLS, max_size=20))
def test_rows_that_people_send_pass(rows: list[dict[str, Any]]) -> None:
    check_variables({"rows": rows * 50, "reason": "抄表"})


def _within(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    ("most", "more", "words"),
    [
        ({"a": [1] * ITEMS_SENT_MAX}, {"a": [1] * (ITEMS_SENT_MAX + 1)}, "items of one list"),
        (
            {"a": [[1] * 4] * (VALUES_SENT_MAX // 5 - 1)},
            {"a": [[1] * 4] * (VALUES_SENT_MAX // 5)},
            "values in variables",
        ),
        (
            {"a": [dict.fromkeys(map(str, range(KEYS_SENT_MAX)))]},
            {"a": [dict.fromkeys(map(str, range(KEYS_SENT_MAX + 1)))]},
            "keys of one object",
        ),
        ({"a": _within(1, NESTING_MAX - 1)}, {"a": _within(1, NESTING_MAX)}, "within each other"),
    ],
    ids=["a list", "lists in a list", "an object", "a depth"],
)
def test_what_is_sent_along_is_bounded(most: dict[str, Any], more: dict[str, Any], words: str) -> None:
    check_variables(most)
    with pytest.raises(TooComplex, match=words):
        check_variables(more)
