"""What a question would cost, measured of its selections: how wide, how deep, how many values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graph.errors import TooComplex


class Measure(NamedTuple):
    """Of selections with their fragments in place; `width` counts the fields right at this level.

    `once` is cost beside a page's rows, said once however many those are.
    `values` is the part of the cost that is values said, without what finding them costs.
    """

    width: int = 0
    fields: int = 0
    aliases: int = 0
    depth: int = 0
    cost: int = 0
    once: int = 0
    values: int = 0
    lives: int = 0


NOTHING = Measure()
ONE_SPREAD = Measure(fields=1)


def together(found: Sequence[Measure]) -> Measure:
    """Of selections at one level: all of it added up, but for the depth, which is the deepest one's."""
    if len(found) == 1:
        return found[0]
    columns = tuple(zip(*found, strict=True))
    if not columns:
        return NOTHING
    width, fields, aliases, _, cost, once, values, lives = map(sum, columns)
    return Measure(width, fields, aliases, max(columns[3]), cost, once, values, lives)


def bound(what: str, came: int, limit: int) -> None:
    """Raise TooComplex where more came than there may be."""
    if came > limit:
        raise TooComplex(what, limit, str(came))
