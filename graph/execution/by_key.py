"""Root fields that give one row by its natural key (按主键查询), marked for whoever composes schemas.

`@lookup` is of the GraphQL Composite Schemas specification: a gateway may find an entity through such a field. Its
arguments are the key's fields, of the same names and types, so that no `@is` is needed; a type has one such field.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import strawberry
from strawberry.schema_directive import Location, schema_directive
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from graph.execution.context import Info
from graph.execution.nouns import Noun
from graph.execution.resolvers import named, with_signature


@schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="lookup",
    description="Finds an entity by a stable key: its arguments are fields of what it returns.",
)
class Lookup:
    """Without arguments."""


def by_key(noun: Noun[Any], found: str, **arguments: str) -> Any:
    """The root field of a noun's key; `found` says what it finds, `arguments` the parts of the key, in its order.

    A key of nothing and one of what is out of reach are answered alike, with null. Raises TypeError unless every
    part of the key is described and nothing else.
    """
    if list(arguments) != list(noun.key):
        raise TypeError(f"the key of {noun.name} is {list(noun.key)}, described are {list(arguments)}")

    async def resolve(info: Info, **key: Any) -> Any:
        return await noun.named(info, key)

    signature = inspect.Signature([named("info", Info), *_arguments(noun, arguments)])
    description = f"{found}; null when there is none within reach."
    return strawberry.field(
        resolver=with_signature(resolve, signature), description=description, directives=[Lookup()]
    )


def _arguments(noun: Noun[Any], described: Mapping[str, str]) -> Iterator[inspect.Parameter]:
    """A part of the key each, of the type its field has; one that may be null may be left out."""
    fields = {field.python_name: field for field in get_object_definition(noun.of, strict=True).fields}
    for name, description in described.items():
        said: Any = Annotated[_kind(fields[name]), strawberry.argument(description=description)]
        unsaid = None if name in noun.nullable else inspect.Parameter.empty
        yield named(name, said, unsaid)


def _kind(field: StrawberryField) -> Any:
    """The Python type a field was annotated with."""
    return field.type_annotation.evaluate() if field.type_annotation else None
