"""How often validation would hold two fields against each other: what answers under one name must be one thing.

It compares every two, and below them every two again, so a short text with one name in it often takes it longest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from graph.execution.measure import bound

Fragments = Mapping[str, FragmentDefinitionNode]


def pairs(found: Sequence[SelectionSetNode], fragments: Fragments, fields_max: int) -> int:
    """Of fields with one name in the answer, how many pairs there are below these definitions.

    Raises TooComplex where more than `fields_max` fields are found, as where a fragment is far within itself.
    """
    waiting, count, steps = [[one] for one in found], 0, 0
    while waiting:
        named: dict[str, list[SelectionSetNode | None]] = {}
        for field in _fields(waiting.pop(), fragments, set()):
            steps += 1
            bound("fields", steps, fields_max)
            named.setdefault((field.alias or field.name).value, []).append(field.selection_set)
        for sets in named.values():
            count += len(sets) * (len(sets) - 1) // 2
            if below := [one for one in sets if one is not None]:
                waiting.append(below)
    return count


def _fields(sets: Sequence[SelectionSetNode], fragments: Fragments, seen: set[str]) -> Iterator[FieldNode]:
    """What stands at one level, each fragment once, as execution collects it."""
    for node in (node for one in sets for node in one.selections):
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields([node.selection_set], fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            if node.name.value in fragments:
                yield from _fields([fragments[node.name.value].selection_set], fragments, seen)
