"""What is selected below a field, so that what nobody asked for is not worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    SelectionNode,
)

from graph.execution.context import Info

TYPENAME = "__typename"  # what every type has, and no resolver


def raw_of(info: Info) -> GraphQLResolveInfo[Any]:
    """What graphql-core knows of a field: its nodes, the fragments, the operation."""
    found: GraphQLResolveInfo[Any] = info._raw_info  # noqa: SLF001 - strawberry hands out nodes in no other way
    return found


def selects(info: Info, *path: str) -> bool:
    """Whether a field is selected right below this one, or below that one the next, by their names in the schema."""
    raw = raw_of(info)
    level = list(raw.field_nodes)
    for name in path:
        level = [field for field in _fields(level, raw.fragments) if field.name.value == name]
    return bool(level)


def _fields(
    above: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields right below these.

    Fragments are entered once each: strawberry's own `selected_fields` spreads them again and again, and that is
    exponential for a document made to be.
    """
    seen: set[str] = set()
    waiting: list[SelectionNode] = [node for field in above for node in _below(field.selection_set)]
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            yield selection
        elif not isinstance(selection, FragmentSpreadNode):
            waiting += _below(getattr(selection, "selection_set", None))
        elif selection.name.value not in seen:
            seen.add(selection.name.value)
            waiting += _below(fragments[selection.name.value].selection_set)


def _below(selection_set: object) -> Iterable[SelectionNode]:
    return getattr(selection_set, "selections", ())
