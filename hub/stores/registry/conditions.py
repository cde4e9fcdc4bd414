"""Turns reach, conditions and cursors into SQL conditions; a value is bound, or refused by a column of another kind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, false, literal, not_, or_

from graph.errors import InvalidInput, TooLarge
from graph.model.period import aware
from graph.model.principal import Reach
from graph.model.region import RegionCode, RegionLevel
from graph.ports import ROWS_PER_PAGE_MAX, Compare, Condition
from hub.stores.registry.among import Among
from hub.stores.registry.columns import Scaled, python_type
from hub.stores.registry.nouns import Noun, ReachColumns, Shown

VALUES_MAX = ROWS_PER_PAGE_MAX  # values of one IN: as many as a page can have brought
WHOLE_MAX = 2**63 - 1  # what a database's whole number can be
MANY = 50  # values that are sent as one: bound one by one, a thousand take as long as to find their rows
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = {True: WHOLE_MAX, False: 2**31 - 1}


def within(columns: ReachColumns, reach: Reach) -> list[ColumnElement[bool]]:
    """The rows a reach may see; a noun without the column a reach needs shows it nothing but public rows."""
    if reach.is_national:
        return []
    bounds: list[ColumnElement[bool]] = []
    if reach.region is not None:
        bounds += _within_region(columns, reach.region)
    if reach.unit is not None:
        bounds.append(false() if columns.unit is None else columns.unit == str(reach.unit))
    seen = and_(*bounds)
    return [seen if columns.public is None else or_(columns.public, seen)]


def _within_region(columns: ReachColumns, region: RegionCode) -> list[ColumnElement[bool]]:
    """A province's rows; of them, for a city or county, those that say they lie in it, and no others."""
    if columns.province is None:
        return [false()]
    bounds: list[ColumnElement[bool]] = [columns.province == str(region.province)]
    if region.level is RegionLevel.PROVINCE:
        return bounds
    if columns.region is None:
        return [false()]
    if region.level is RegionLevel.COUNTY:
        return [*bounds, columns.region == str(region)]
    city = region.digits[:4]
    return [*bounds, columns.region.between(city + "00", city + "99")]


def holds(noun: Noun, condition: Condition) -> ColumnElement[bool]:
    """One condition on one column. Raises InvalidInput for an unknown column or a value of another kind."""
    column = noun.column(condition.column)
    source, value = column.source, condition.value
    if condition.compare is Compare.IN:
        return _is_one_of(column, value)
    if condition.compare is Compare.EQ:
        return source.is_(None) if value is None else source == bound(column, value)
    if value is None:
        raise InvalidInput(f"nothing is {condition.compare.value} null", column.name)
    if condition.compare is Compare.CONTAINS:
        return _contains(column, value)
    return (
        source >= bound(column, value) if condition.compare is Compare.GE else source < bound(column, value)
    )


def _contains(column: Shown, value: Any) -> ColumnElement[bool]:
    if python_type(column.source.type) is not str:
        raise InvalidInput("only text can contain something", column.name)
    return column.source.icontains(_of_kind(column, value), autoescape=True)


def _is_one_of(column: Shown, values: Any) -> ColumnElement[bool]:
    if not isinstance(values, tuple):
        raise InvalidInput(f"expected a tuple of values, came {type(values).__name__}", column.name)
    if len(values) > VALUES_MAX:
        raise TooLarge(f"came {len(values)} values, expected at most {VALUES_MAX}", column.name)
    known = _all_of_kind(column, [value for value in values if value is not None])
    is_many = len(known) >= MANY and python_type(column.source.type) is str
    among = column.source.op("IN", is_comparison=True)(Among(known)) if is_many else column.source.in_(known)
    return or_(among, column.source.is_(None)) if None in values else among


@dataclass(frozen=True)
class Cut:
    """What a cursor makes of a list: the rows it leaves, and all others."""

    left: ColumnElement[bool]
    off: ColumnElement[bool]


def beyond(
    order: Shown, id_: Shown, value: Any, row_id: int, *, descending: bool, backwards: bool = False
) -> Cut:
    """Leaves the rows after (value, id), or backwards those before, where nulls come last and the id breaks ties.

    Where the order has no nulls both conditions begin with a bound that an index of it is entered by.
    """
    source, here, down = order.source, bound(id_, row_id), descending is not backwards
    further_id = id_.source < here if down else id_.source > here
    if value is None:
        left = or_(source.is_not(None), further_id) if backwards else and_(source.is_(None), further_id)
        return Cut(left, not_(left))
    limit = bound(order, value)
    further = or_(source < limit if down else source > limit, and_(source == limit, further_id))
    if order.nullable:
        left = and_(further, source.is_not(None)) if backwards else or_(further, source.is_(None))
        return Cut(left, not_(left))
    if down:
        return Cut(and_(source <= limit, further), and_(source >= limit, not_(further)))
    return Cut(and_(source >= limit, further), and_(source <= limit, not_(further)))


def bound(column: Shown, value: Any) -> ColumnElement[Any]:
    """A value as a bound parameter of a column's type. Raises InvalidInput when it is of another kind."""
    return literal(_of_kind(column, value), column.source.type)


def _all_of_kind(column: Shown, values: Sequence[Any]) -> list[Any]:
    """Each of the values as `_of_kind` has it. Texts are looked at together: mostly all of them can be stored."""
    are_texts = python_type(column.source.type) is str and set(map(type, values)) == {str}
    if are_texts and not _UNSTORABLE.search("".join(values)):
        return list(values)
    return [_of_kind(column, value) for value in values]


def _of_kind(column: Shown, value: Any) -> Any:
    """The value, if the column can hold its like; enumerations are their words."""
    plain = value.value if isinstance(value, Enum) else value
    kind = python_type(column.source.type)
    if isinstance(column.source.type, Scaled):
        return _exact(column, plain)
    fits = type(plain) is kind or (kind is dt.datetime and isinstance(plain, dt.datetime))
    if not fits or (kind is dt.datetime and plain.tzinfo is None):
        raise InvalidInput(f"came {str(value)[:64]!r}, expected {_KINDS[kind]}", column.name)
    if kind is str:
        return clean(plain, column.name)
    if kind is dt.datetime:
        return aware(plain)  # one the calendar does not hold in UTC is found before the database is asked
    if kind is int and abs(plain) > _LARGEST[isinstance(column.source.type, BigInteger)]:
        raise InvalidInput(f"{str(plain)[:32]} is larger than any", column.name)
    return plain


_KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dt.date: "a date",
    dt.datetime: "a moment with its offset",
}


def _exact(column: Shown, value: Any) -> Decimal:
    """A decimal to compare with; more places than the column has would compare with another number."""
    scale = getattr(column.source.type, "scale", 0)
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise InvalidInput(f"came {str(value)[:64]!r}, expected a decimal", column.name)
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= 10 ** (18 - scale) or number != round(number, scale):
        raise InvalidInput(f"came {str(value)[:64]}, expected 18 digits, {scale} of them places", column.name)
    return number


def clean(text: str, place: str) -> str:
    """Text a database can keep. Raises InvalidInput for NUL and for half a character (a lone surrogate)."""
    if _UNSTORABLE.search(text):
        raise InvalidInput(f"{ascii(text)[:64]} holds what is no character", place)
    return text
