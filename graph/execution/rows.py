"""The one place where columns become objects: an Arrow table and a strawberry type in, a list of objects out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

import pyarrow as pa
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from graph.errors import StoreError
from graph.model.period import UTC

T = TypeVar("T")
_NOTHING: Mapping[str, Any] = {}


def rows(table: pa.Table, of: type[T], beside: Mapping[str, Sequence[Any]] = _NOTHING) -> list[T]:
    """One object of `of` a row, its attributes the columns of the same name and what is given `beside` them."""
    found = {**columns(table, of, beside), **beside}
    if not found:
        return [of() for _ in range(table.num_rows)]
    names = tuple(found)
    return [of(**dict(zip(names, values, strict=True))) for values in zip(*found.values(), strict=True)]


def columns(table: pa.Table, of: type, beside: Mapping[str, Any] = _NOTHING) -> dict[str, list[Any]]:
    """The values of every attribute `of` reads from a row, by its Python name; those `beside` are not read.

    A column the table lacks is left to the attribute's default; without one StoreError names it. In the place of a word
    that its enumeration lacks stands a StoreError. Timestamps without a zone are UTC, as the stores keep them.
    """
    held = set(table.column_names)
    found = {}
    for name, attribute in attributes(of).items():
        if name in beside:
            continue
        if name in held:
            found[name] = attribute_of(table, of, name)
        elif not attribute.is_optional:
            raise StoreError(f"{of.__name__} needs the column {name!r}, the table has {sorted(held)}")
    return found


def enumerations(of: type) -> dict[str, type[Enum] | None]:
    """Every attribute `of` reads from a row, by its Python name, with its enumeration where it has one."""
    return {name: attribute.enumeration for name, attribute in attributes(of).items()}


def attribute_of(table: pa.Table, of: type, name: str) -> list[Any]:
    """One attribute of every row."""
    return values(table.column(name), attributes(of)[name].enumeration, f"{of.__name__}.{name}")


def values(column: pa.ChunkedArray | pa.Array, enumeration: type[Enum] | None, place: str) -> list[Any]:
    """A column as an attribute holds it, with a StoreError for a word its enumeration lacks."""
    found: list[Any] = column.to_pylist()
    if enumeration is not None:
        return _members(found, enumeration, place)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        return [value.replace(tzinfo=UTC) if isinstance(value, dt.datetime) else None for value in found]
    return found


def _members(values: list[Any], enumeration: type[Enum], place: str) -> list[Any]:
    """Members; where a word is unknown its fault stands, which is raised by who says the value, and by nobody else."""
    members = _by_word(enumeration)
    return [members[value] if value in members else _unknown(value, enumeration, place) for value in values]


@cache
def _by_word(enumeration: type[Enum]) -> Mapping[Any, Enum | None]:
    return {None: None, **{member.value: member for member in enumeration}}


def _unknown(value: object, enumeration: type[Enum], place: str) -> StoreError:
    return StoreError(f"{place}: {value!r} is none of {[member.value for member in enumeration]}")


@dataclasses.dataclass(frozen=True)
class Attribute:
    """What an object has of a row: its default where the row may lack it, and its enumeration where it has one."""

    default: Any
    enumeration: type[Enum] | None

    @property
    def is_optional(self) -> bool:
        """Whether a table may lack the column."""
        return self.default is not dataclasses.MISSING


@cache
def attributes(of: type) -> Mapping[str, Attribute]:
    """Each attribute that is set from a row, by its Python name."""
    enumerations = {
        field.python_name: _enumeration(field.type)
        for field in get_object_definition(of, strict=True).fields
        if field.base_resolver is None
    }
    return {
        field.name: Attribute(field.default, enumerations.get(field.name))
        for field in dataclasses.fields(of)
        if field.init
    }


def _enumeration(of: object) -> type[Enum] | None:
    while isinstance(of, StrawberryContainer):
        of = of.of_type
    if has_enum_definition(of):
        of = of.__strawberry_definition__
    wrapped = of.wrapped_cls if isinstance(of, StrawberryEnumDefinition) else None
    return cast("type[Enum] | None", wrapped)
