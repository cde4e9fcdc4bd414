"""What a question's text and variables may be is settled before anything of them is parsed, at the speed of a search.

Parsing costs ten times as much a token as counting it does, so the count is what stands between a stranger and the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from graph.execution.measure import bound

CHARACTERS_MAX = 6_000  # the longest question of the docs has 1 100; long lists of codes go in variables
TOKENS_MAX = 400  # GraphiQL's own question has 183, the longest of the docs 117; parsed in 4 ms
NESTING_MAX = 32  # brackets within brackets: twenty levels of selections, and a filter at the deepest
NAMED_MAX = 40  # arguments, keys or variables at one place: the widest input has eight
VALUES_SENT_MAX = 40_000  # in variables: rows of a mutation have 9 000, ten thousand references 30 000
ITEMS_SENT_MAX = 10_000  # of one list in variables: as many rows as a page has
KEYS_SENT_MAX = 100  # of one object in variables: a fault found in one copies all of it

# What the parser takes one by one. A string without an end goes to the end of its line or of the text, as it does there,
# so that nothing is looked at twice.
_TOKEN = re.compile(
    r"""
      [_A-Za-z][_0-9A-Za-z]*
    | [!$&()@:=\[\]{}|]
    | \.\.\.
    | -?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?
    | \#[^\n\r]*
    | \"{3} (?: [^"\\]++ | \\\"{3} | \\ | "(?!"") )*+ (?:\"{3})?
    | " (?: [^"\\\n\r]++ | \\[^\n\r] )*+ "?
    """,
    re.VERBOSE,
)
_OPENING, _CLOSING, _NAMED = frozenset("([{"), frozenset(")]}"), ":"


def tokens(text: str) -> list[str]:
    """The tokens and comments of a document; what the parser does not know is passed over, it ends there."""
    return _TOKEN.findall(text)


def brackets(found: Iterable[str]) -> tuple[int, int]:
    """How many brackets are open at once, at most, and how many colons stand right within one of them."""
    colons, deepest, widest = [0], 0, 0
    for token in found:
        if token in _OPENING:
            colons.append(0)
            deepest = max(deepest, len(colons) - 1)
        elif token in _CLOSING and len(colons) > 1:
            colons.pop()
        elif token == _NAMED:
            colons[-1] += 1
            widest = max(widest, colons[-1])
    return deepest, widest


def check_text(text: str) -> None:
    """Raise TooComplex for a text that is too long to parse."""
    bound("characters", len(text), CHARACTERS_MAX)
    found = tokens(text)
    bound("tokens", len(found), TOKENS_MAX)
    deepest, widest = brackets(found)
    bound("brackets within brackets", deepest, NESTING_MAX)
    bound("arguments, keys or variables at one place", widest, NAMED_MAX)


def check_variables(variables: Mapping[str, Any]) -> None:
    """Raise TooComplex for more values than anybody sends, or deeper ones; looked at level by level."""
    level: list[Any] = [dict(variables)]
    values = depth = 0
    while level:
        depth += 1
        bound("lists and objects within each other in variables", depth, NESTING_MAX)
        values += sum(map(len, level))
        bound("values in variables", values, VALUES_SENT_MAX)
        lists = [each for each in level if isinstance(each, list)]
        objects = [each for each in level if isinstance(each, dict)]
        bound("items of one list in variables", max(map(len, lists), default=0), ITEMS_SENT_MAX)
        bound("keys of one object in variables", max(map(len, objects), default=0), KEYS_SENT_MAX)
        inner = chain(chain.from_iterable(lists), chain.from_iterable(map(dict.values, objects)))
        level = [each for each in inner if isinstance(each, (dict, list))]
