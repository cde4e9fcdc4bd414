"""What the arguments of a document say: numbers, and how many values, whether written out, sent along or by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from graph.ports import ROWS_PER_PAGE_MAX


def variables_of(operations: Sequence[OperationDefinitionNode]) -> Iterator[VariableDefinitionNode]:
    """The variables all operations declare."""
    return (node for operation in operations for node in operation.variable_definitions or ())


class Said:
    """Values of arguments. Fragments are shared by operations, so of several defaults of a name the largest counts."""

    def __init__(self, operations: Sequence[OperationDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._defaults: dict[str, list[ValueNode]] = {}
        for node in variables_of(operations):
            if node.default_value is not None:
                self._defaults.setdefault(node.variable.name.value, []).append(node.default_value)

    def number(self, node: ValueNode | None) -> int | None:
        """A number of rows; None where none is said."""
        if not isinstance(node, VariableNode):
            return _literal(node)
        value = self._variables.get(node.name.value)
        if node.name.value not in self._variables:
            return max((n for n in map(_literal, self._of(node)) if n is not None), default=None)
        if isinstance(value, float) and value.is_integer():
            return int(value)  # JSON's 1e4 is a number of rows, too
        return value if isinstance(value, int) else None

    def length(self, node: ValueNode | None) -> int:
        """How many values a list has; what is no list is one."""
        if isinstance(node, ListValueNode):
            return len(node.values)
        if not isinstance(node, VariableNode):
            return 1
        value = self._variables.get(node.name.value)
        if value is None:
            return max(map(self.length, self._of(node)), default=1)
        return len(value) if isinstance(value, list) else 1

    def values(self, node: ValueNode | None) -> int:
        """How many values there are in all, lists and objects opened."""
        if isinstance(node, VariableNode):
            if node.name.value in self._variables:
                return _count(self._variables[node.name.value])
            return max(map(self.values, self._of(node)), default=0)
        if isinstance(node, ListValueNode):
            return sum(map(self.values, node.values))
        if isinstance(node, ObjectValueNode):
            return sum(self.values(field.value) for field in node.fields)
        return int(node is not None)

    def _of(self, node: VariableNode) -> list[ValueNode]:
        return self._defaults.get(node.name.value, [])


def _count(value: Any) -> int:
    inner = list(value.values()) if isinstance(value, Mapping) else value
    return sum(map(_count, inner)) if isinstance(inner, list) else int(value is not None)


def _literal(node: ValueNode | None) -> int | None:
    if not isinstance(node, IntValueNode):
        return None
    return int(node.value) if len(node.value) < 10 else ROWS_PER_PAGE_MAX
