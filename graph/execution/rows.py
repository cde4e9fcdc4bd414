"""The one place where columns become objects: an Arrow table and a strawberry type in, a list of objects out.

An executor that completes lists column by column takes `columns` itself and leaves the objects unmade.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

import pyarrow as pa
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from graph.errors import StoreError
from graph.model.period import UTC

T = TypeVar("T")


def rows(table: pa.Table, of: type[T]) -> list[T]:
    """One object of `of` a row, its attributes the columns of the same name."""
    found = columns(table, of)
    if not found:
        return [of() for _ in range(table.num_rows)]
    names = tuple(found)
    return [of(**dict(zip(names, values, strict=True))) for values in zip(*found.values(), strict=True)]


def columns(table: pa.Table, of: type) -> dict[str, list[Any]]:
    """The values of every attribute `of` reads from a row, by its Python name.

    A column the table lacks is left to the attribute's default; without one StoreError names it. An enumeration's
    unknown word is a StoreError too. Timestamps without a zone are UTC, as the stores keep them.
    """
    held = set(table.column_names)
    found = {}
    for name, optional, enumeration in _attributes(of):
        if name in held:
            found[name] = _values(table.column(name), enumeration, f"{of.__name__}.{name}")
        elif not optional:
            raise StoreError(f"{of.__name__} needs the column {name!r}, the table has {sorted(held)}")
    return found


def enumerations(of: type) -> dict[str, type[Enum] | None]:
    """Every attribute `of` reads from a row, by its Python name, with its enumeration where it has one."""
    return {name: enumeration for name, _, enumeration in _attributes(of)}


def _values(column: pa.ChunkedArray, enumeration: type[Enum] | None, place: str) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if enumeration is not None:
        return _members(values, enumeration, place)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        return [value.replace(tzinfo=UTC) if isinstance(value, dt.datetime) else None for value in values]
    return values


def _members(values: list[Any], enumeration: type[Enum], place: str) -> list[Any]:
    members: dict[Any, Enum | None] = {member.value: member for member in enumeration}
    members[None] = None
    try:
        return [members[value] for value in values]
    except KeyError as fault:
        raise StoreError(f"{place}: {fault.args[0]!r} is none of {[m.value for m in enumeration]}") from fault


@cache
def _attributes(of: type) -> tuple[tuple[str, bool, type[Enum] | None], ...]:
    """Name, whether it may be left out, and its enumeration, of each attribute that is set from a row."""
    enumerations = {
        field.python_name: _enumeration(field.type)
        for field in get_object_definition(of, strict=True).fields
        if field.base_resolver is None
    }
    missing = dataclasses.MISSING
    return tuple(
        (field.name, field.default is not missing, enumerations.get(field.name))
        for field in dataclasses.fields(of)
        if field.init
    )


def _enumeration(of: object) -> type[Enum] | None:
    while isinstance(of, StrawberryContainer):
        of = of.of_type
    if has_enum_definition(of):
        of = of.__strawberry_definition__
    wrapped = of.wrapped_cls if isinstance(of, StrawberryEnumDefinition) else None
    return cast("type[Enum] | None", wrapped)
