"""How an enumeration of the model becomes GraphQL's, and the one that every list speaks in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from graph.model.coverage import CoverageState

__all__ = ["CoverageState", "described"]


def described(enumeration: type[Enum], description: str, members: Mapping[Enum, str]) -> None:
    """Make it a GraphQL enumeration; a member without a description is a KeyError at import."""
    strawberry.enum(enumeration, description=description)
    definition: StrawberryEnumDefinition = vars(enumeration)["__strawberry_definition__"]
    for member, value in zip(enumeration, definition.values, strict=True):
        value.description = members[member]


described(
    CoverageState,
    "How much of what a province owes has come (覆盖情况).",
    {
        CoverageState.WHOLE: "All of it (齐全).",
        CoverageState.PARTIAL: "A part (部分).",
        CoverageState.NOTHING: "Nothing (缺失).",
        CoverageState.NOT_DUE: "Nothing was due (无应传数据).",
    },
)
