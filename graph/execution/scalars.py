"""Scalars on the wire: exact decimals as text, Beijing moments with their offset, whole numbers past 32 bits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from graph.errors import InvalidInput
from graph.model.period import BEIJING, Day, aware, beijing_day

COUNT_MAX = 2**53 - 1  # the largest whole number every JSON reader keeps exactly
DECIMAL_CHARACTERS_MAX = 64  # a decimal(38) with sign and point is 40; more is not a figure

Count = NewType("Count", int)


def write_decimal(value: object) -> str:
    """Exact digits without exponent and without trailing zeros, so that equal numbers are equal text."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise GraphQLError(f"Decimal cannot represent {value!r:.64}")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def read_decimal(value: object) -> Decimal:
    """From text or a whole number; a binary fraction is refused, because its digits are not what was meant."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise GraphQLError(f'Decimal cannot represent {value!r:.64}: expected text such as "12.5"')
    if len(str(value)) > DECIMAL_CHARACTERS_MAX:
        raise GraphQLError(f"Decimal has at most {DECIMAL_CHARACTERS_MAX} characters")
    try:
        number = Decimal(str(value))
    except InvalidOperation as fault:
        raise GraphQLError(f"Decimal cannot represent {value!r:.64}") from fault
    if not number.is_finite():
        raise GraphQLError(f"Decimal cannot represent {value!r:.64}")
    return number


def write_date(value: object) -> str:
    """As 2026-11-23."""
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise GraphQLError(f"Date cannot represent {value!r:.64}")
    return value.isoformat()


def read_date(value: object) -> dt.date:
    """From 2026-11-23, of the years a Day may have."""
    try:
        return Day.parse(value if isinstance(value, str) else repr(value)).date
    except InvalidInput as fault:
        raise GraphQLError(f"Date: {fault}", original_error=fault) from fault


def write_moment(value: object) -> str:
    """As ISO 8601 in Beijing time, 2026-11-23T08:00:00+08:00."""
    if not isinstance(value, dt.datetime):
        raise GraphQLError(f"DateTime cannot represent {value!r:.64}")
    return aware(value).astimezone(BEIJING).isoformat()


def read_moment(value: object) -> dt.datetime:
    """From ISO 8601 with an offset, of the years a Day may have; without an offset it could be any of 24 moments."""
    try:
        return _moment(value if isinstance(value, str) else repr(value))
    except InvalidInput as fault:
        raise GraphQLError(
            f"DateTime cannot represent {value!r:.64}: {fault}", original_error=fault
        ) from fault


def _moment(text: str) -> dt.datetime:
    try:
        moment = aware(dt.datetime.fromisoformat(text))
    except ValueError as fault:
        raise InvalidInput(
            f"{text[:32]!r} is no moment, expected ISO 8601 with an offset such as +08:00"
        ) from fault
    Day(beijing_day(moment))
    return moment


def write_count(value: object) -> int:
    """As a JSON number."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= COUNT_MAX:
        raise GraphQLError(f"Count cannot represent {value!r:.64}")
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, written as text without exponent or trailing zeros.",
        serialize=write_decimal,
        parse_value=read_decimal,
    ),
    dt.date: strawberry.scalar(
        name="Date",
        description="A Beijing day, ISO 8601: 2026-11-23; of the years 1990 to 2200.",
        serialize=write_date,
        parse_value=read_date,
    ),
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, ISO 8601: written in Beijing time (+08:00), read with any offset and never "
        "without, of the years 1990 to 2200.",
        serialize=write_moment,
        parse_value=read_moment,
    ),
    Count: strawberry.scalar(
        name="Count",
        description="A whole number from 0 to 2^53 - 1, written as a JSON number.",
        serialize=write_count,
        parse_value=write_count,
    ),
}
