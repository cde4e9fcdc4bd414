"""How an enumeration of the model becomes GraphQL's, each member described."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def described(enumeration: type[Enum], description: str, members: Mapping[Enum, str]) -> None:
    """Make it a GraphQL enumeration; a member without a description is a KeyError at import."""
    strawberry.enum(enumeration, description=description)
    definition: StrawberryEnumDefinition = vars(enumeration)["__strawberry_definition__"]
    for member, value in zip(enumeration, definition.values, strict=True):
        value.description = members[member]
