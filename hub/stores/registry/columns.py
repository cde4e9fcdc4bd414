"""Column types that are exact on every database, and the Arrow type each column travels as."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from graph.model.period import UTC, aware
from graph.model.reading import INSTANT


class Scaled(TypeDecorator[Decimal]):
    """A decimal kept as a whole number of its last place: exact and ordered in SQLite too, which has no decimals."""

    impl = BigInteger
    cache_ok = True
    scale: ClassVar[int]

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """The decimal as a whole number; cells have checked its places before."""
        return None if value is None else int(Decimal(value).scaleb(self.scale).to_integral_exact())

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> Decimal | None:
        """The whole number as a decimal with its places."""
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)


class Bound(Scaled):
    """A bound of a single value, in the variety's native unit, four places as readings have."""

    cache_ok = True
    scale = 4


class CoalEquivalent(Scaled):
    """Kilograms of coal equivalent per native unit, six places."""

    cache_ok = True
    scale = 6


class Points(Scaled):
    """What a formula made of something, six places."""

    cache_ok = True
    scale = 6


class Share(Scaled):
    """A share of a whole, up to 1, six places."""

    cache_ok = True
    scale = 6


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC; SQLite keeps no offset, so it is put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """The moment in UTC. Raises InvalidInput for a naive one."""
        return None if value is None else aware(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> dt.datetime | None:
        """The moment in UTC, aware."""
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_ARROW = {str: pa.string(), bool: pa.bool_(), int: pa.int32(), dt.date: pa.date32()}


def python_type(type_: TypeEngine[Any]) -> type[Any]:
    """What a cell of this SQL type is in Python, whatever decorates the type."""
    return (type_.impl_instance if isinstance(type_, TypeDecorator) else type_).python_type


def arrow_type(type_: TypeEngine[Any]) -> pa.DataType:
    """What a column of this SQL type travels as."""
    if isinstance(type_, Scaled):
        return pa.decimal128(18, type_.scale)
    if isinstance(type_, Moment):
        return INSTANT
    return pa.int64() if isinstance(type_, BigInteger) else _ARROW[python_type(type_)]


def is_long_text(type_: TypeEngine[Any]) -> bool:
    """Whether a column holds prose or JSON, which nobody orders a list by."""
    return isinstance(type_, Text)
