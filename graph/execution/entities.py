"""Entities a gateway names by their keys: one question to the store for all of a type, whatever their order.

What is no reference (a type without key, a malformed key) is its own fault and costs no other entity anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from graphql.pyutils import gather_with_cancel

from graph.errors import InvalidInput
from graph.execution.context import Info
from graph.execution.levels import Mixed
from graph.execution.nouns import Noun
from graph.execution.selection import TYPENAME

FAULTS_MAX = 100  # of one question, each told at its place; a gateway that makes more makes all of them
Representation = Mapping[str, Any]


async def entities(nouns: Mapping[str, Noun[Any]], info: Info, named: Sequence[object]) -> Sequence[Any]:
    """What each representation names, in their order: a row, None where there is none within reach, or its fault.

    Raises InvalidInput past FAULTS_MAX.
    """
    if (alike := _of_one_type(nouns, named)) is not None:
        noun, keys = alike
        return Mixed.of([await noun.look_up(info, keys)], [range(len(keys))])
    asked: dict[str, list[tuple[int, tuple[Any, ...]]]] = {}
    faults: dict[int, InvalidInput] = {}
    for place, representation in enumerate(named):
        try:
            name, key = _reference(nouns, representation)
        except InvalidInput as fault:
            faults[place] = fault
            if len(faults) > FAULTS_MAX:
                raise InvalidInput(
                    f"more than {FAULTS_MAX} references are none, the last: {fault}", "representations"
                ) from fault
        else:
            asked.setdefault(name, []).append((place, key))
    found = await gather_with_cancel(
        *(nouns[name].look_up(info, [key for _, key in keys]) for name, keys in asked.items())
    )
    places = [[place for place, _ in keys] for keys in asked.values()]
    rows = Mixed.of(found, places)
    if not faults:
        return rows
    known = iter(rows)
    return [faults[place] if place in faults else next(known) for place in range(len(named))]


def _of_one_type(
    nouns: Mapping[str, Noun[Any]], named: Sequence[Any]
) -> tuple[Noun[Any], Sequence[tuple[Any, ...]]] | None:
    """Type and keys, where a gateway asks for one type by good keys: a thousand are read at once.

    None for what has to be looked at one by one.
    """
    try:
        (name,) = set(map(itemgetter(TYPENAME), named))
        noun = nouns[name]
        return noun, noun.keys_of(named)
    except (LookupError, TypeError, ValueError, InvalidInput):
        return None


def _reference(nouns: Mapping[str, Noun[Any]], representation: object) -> tuple[str, tuple[Any, ...]]:
    """A type's name and a key of it. Raises InvalidInput."""
    given = representation if isinstance(representation, dict) else {}
    name = given.get(TYPENAME)
    noun = nouns.get(name) if isinstance(name, str) else None
    if noun is None or not isinstance(name, str):
        raise InvalidInput(f"came {name!r:.64}, expected one of {', '.join(sorted(nouns))}", TYPENAME)
    return name, noun.key_of(given)
