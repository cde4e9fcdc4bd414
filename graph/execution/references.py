"""Long lists of references, as gateways send them in a variable, read as one value instead of one by one.

graphql-core reads each item of a list by itself, by way of its types; a reference is any object at all, of which it reads
nothing. What stands in the list is looked at where it is resolved (entities.py), and was counted before (text.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
)
from graphql.execution.values import VariableValues

REFERENCE = "_Any"


@dataclass(frozen=True)
class Sent:
    """A list in the place of one value; graphql-core takes a value for a list of one."""

    items: list[Any]


def folded(document: DocumentNode, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Variables as they were sent, with lists of references, all of them objects, as one value each."""
    fold = {name for name in _lists(document) if _are_objects(sent.get(name))}
    return {name: Sent(value) if name in fold else value for name, value in sent.items()}


def unfold(variables: VariableValues) -> None:
    """Put the lists back."""
    for name, found in variables.coerced.items():
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], Sent):
            items = found[0].items
            variables.coerced[name] = items
            variables.sources[name] = variables.sources[name]._replace(value=items)


def _lists(document: DocumentNode) -> Iterator[str]:
    """The variables that are lists of references, where no other operation calls something else so."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) == 1:
        for variable in operations[0].variable_definitions or ():
            if _is_of_references(variable.type):
                yield variable.variable.name.value


def _is_of_references(kind: TypeNode) -> bool:
    """Whether it is `[_Any!]!`."""
    for node in (NonNullTypeNode, ListTypeNode, NonNullTypeNode):
        if not isinstance(kind, node):
            return False
        kind = kind.type
    return isinstance(kind, NamedTypeNode) and kind.name.value == REFERENCE


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) == {dict}
