"""What is selected of a level's rows, read off graphql-core's own collection of fields: aliases, fragments, conditions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    get_nullable_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from graph.execution.batched import WHOLE
from graph.execution.columnar.texts import Unusual
from graph.execution.selection import TYPENAME

OBEYED = frozenset({"skip", "include"})  # directives that collecting fields has obeyed already

Ask: TypeAlias = Callable[[Sequence[Any]], Awaitable[Sequence[Any]] | Sequence[Any]]  # of all rows of a level


class Core(Protocol):
    """What a plan is made with of graphql-core's executor."""

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        """Fields as they are answered, by response key."""
        ...

    def asking(
        self, parent: GraphQLObjectType, field: GraphQLField, selected: FieldDetailsList, path: Path
    ) -> Ask:
        """How a field is asked of all rows of a level. Raises GraphQLError where its arguments are none."""
        ...


@dataclass(frozen=True)
class Column:
    """One response key: an attribute of the rows, or what is asked for of all of them."""

    key: str
    name: str  # in Python
    kind: GraphQLOutputType
    below: Plan | None = None
    ask: Ask | None = None

    @property
    def is_list(self) -> bool:
        """Whether each row has several."""
        return is_list_type(get_nullable_type(self.kind))


@dataclass(frozen=True)
class Plan:
    """The columns of an answer's rows, which are of `origin` in Python."""

    kind: GraphQLObjectType
    origin: type
    columns: tuple[Column, ...]

    @property
    def asks(self) -> bool:
        """Whether anything has to be asked for, here or below."""
        return any(column.ask or (column.below and column.below.asks) for column in self.columns)

    @classmethod
    def of(cls, core: Core, kind: GraphQLObjectType, selected: FieldDetailsList, path: Path) -> Plan:
        """Read off what is selected at a place. Raises Unusual, and GraphQLError."""
        definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if definition is None:
            raise Unusual("types of others")
        collected = core.collect_subfields(kind, selected)
        if collected.new_defer_usages:
            raise Unusual("what is deferred")
        fields = collected.grouped_field_set.items()
        columns = (_column(core, kind, path.add_key(key, kind.name), each) for key, each in fields)
        return cls(kind, definition.origin, tuple(columns))


def _column(core: Core, parent: GraphQLObjectType, path: Path, selected: FieldDetailsList) -> Column:
    _check_directives(selected)
    node, key = selected[0].node, str(path.key)
    if node.name.value == TYPENAME:
        return Column(key, TYPENAME, parent)
    known = parent.fields.get(node.name.value)
    definition = known.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if known else None
    if known is None or not isinstance(definition, StrawberryField):
        raise Unusual("fields of others")
    ask = None
    if WHOLE in definition.metadata:
        ask = core.asking(parent, known, selected, path)
    elif not getattr(known.resolve, "_is_default", False) or node.arguments:
        raise Unusual(f"the field {parent.name}.{node.name.value}")
    return Column(key, definition.python_name, known.type, _below(core, known.type, selected, path), ask)


def _check_directives(selected: FieldDetailsList) -> None:
    if any(each.defer_usage for each in selected):
        raise Unusual("what is deferred")
    if any(said.name.value not in OBEYED for each in selected for said in each.node.directives or ()):
        raise Unusual("directives")


def _below(core: Core, kind: GraphQLOutputType, selected: FieldDetailsList, path: Path) -> Plan | None:
    """The plan of what a field leads to; None where that is values."""
    inner = get_nullable_type(kind)
    inner = get_nullable_type(inner.of_type) if is_list_type(inner) else inner
    return Plan.of(core, inner, selected, path) if is_object_type(inner) else None
