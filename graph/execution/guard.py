"""What a question may cost is settled before it is answered: one pass over its document, each fragment measured once.

Cost counts the values an answer may hold, and what costs more than a value as so many of them. It is the product of
page sizes down the tree: what `first` or `last` says, and an assumed number of rows where a list has no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter

from graph.errors import InvalidInput, TooComplex
from graph.execution.arguments import ROWS_DEFAULT
from graph.execution.batched import BATCH
from graph.execution.measure import Measure
from graph.execution.said import Said, variables_of
from graph.ports import ROWS_PER_PAGE_MAX

CHARACTERS_MAX = 50_000  # a question people write has a few thousand; long lists of codes go in variables
TOKENS_MAX = 2_000  # GraphiQL's own question about the schema has two hundred; 2 000 are parsed in 10 ms
OPERATIONS_MAX = 10  # GraphiQL sends everything that stands in its editor
FRAGMENTS_MAX = 50  # validation goes through them again for every rule it keeps
DEPTH_MAX = 20  # selections within selections; GraphiQL's question about the schema is 18 deep
ALIASES_MAX = 30  # the same field again and again is how a short text becomes a long answer
DIRECTIVES_MAX = 4  # at one place; there are two, and each one more is one more error of validation
ROOT_FIELDS_MAX = 20  # another hub asks for seven nouns at once; each root is a question to a store
FIELDS_MAX = 500  # of all operations and fragments with fragments in place; validation compares them in pairs
LIVES_MAX = 5  # fields of one operation that ask other hubs: each asks every province it is found below
COST_MAX = 200_000  # a page of 10 000 rows with 18 fields: about a second, in which nobody else is served

LIST_ROWS = 10  # assumed of a list without a page: a unit's points, a region's divisions
SCHEMA_ROWS = 8  # of a list in the schema's description of itself: fields of a type, arguments of a field
BATCHED_COST = 15  # a value found for many parents at once is awaited: fifteen plain values' work and more
CONNECTION_COST = 200  # a list below a row is asked for once a parent: a question to a store and its page
FILTER_VALUES_OF_ONE = (
    2  # values of a filter below a row that cost one together: they are bound anew for each
)

# Keys of a strawberry field's metadata, for what its type does not tell.
ROWS = "rows"  # rows assumed of this list instead of LIST_ROWS
LIVE = "live"  # it asks another hub
COST = "cost"  # what answering this field costs before any of its values is said
PAST_COST = "past cost"  # what it costs more when a past state is asked for
COUNTED_BY = "counted by"  # the argument whose every value is answered with a row, each looked up or written


def check(document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, Any]) -> None:
    """Raise TooComplex where a limit of this module is passed."""
    walk = _Walk(document, schema, variables)
    _bound("operations", len(walk.operations), OPERATIONS_MAX)
    _bound("fragments", len(walk.fragments), FRAGMENTS_MAX)
    for node in (*document.definitions, *variables_of(walk.operations)):
        _bound_directives(node)
    asked = [walk.operation(operation) for operation in walk.operations]
    unasked = [walk.fragment(name, 0) for name in walk.fragments]  # validation reads those too
    for measure in asked:
        _bound("root fields", measure.width, ROOT_FIELDS_MAX)
        _bound("aliases", measure.aliases, ALIASES_MAX)
        _bound("cost", measure.cost, COST_MAX)
        _bound("live fields", measure.lives, LIVES_MAX)
    _bound("fields", sum(measure.fields for measure in asked + unasked), FIELDS_MAX)


def _bound(what: str, came: int, limit: int) -> None:
    if came > limit:
        raise TooComplex(what, limit, str(came))


def _bound_directives(node: Node) -> None:
    _bound("directives at one place", len(getattr(node, "directives", None) or ()), DIRECTIVES_MAX)


class _Walk:
    """One pass. What cannot be known here (a field, a type, a fragment, a cycle) is left to validation to refuse."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, Any]) -> None:
        found = document.definitions
        self.operations = [node for node in found if isinstance(node, OperationDefinitionNode)]
        self.fragments = {node.name.value: node for node in found if isinstance(node, FragmentDefinitionNode)}
        self._schema = schema
        self._said = Said(self.operations, variables)
        self._measures: dict[str, Measure] = {}

    def operation(self, node: OperationDefinitionNode) -> Measure:
        """Of an operation; other hubs are only ever asked by a query."""
        measure = self.within(node.selection_set, self._schema.get_root_type(node.operation), 0)
        if node.operation is not OperationType.QUERY:
            _bound(f"live fields of a {node.operation.value}", measure.lives, 0)
        return measure

    def fragment(self, name: str, level: int) -> Measure:
        """Of a fragment, measured once; one within itself counts as nothing."""
        if name in self.fragments and name not in self._measures:
            self._measures[name] = Measure()
            node = self.fragments[name]
            kind = self._schema.get_type(node.type_condition.name.value)
            self._measures[name] = self.within(node.selection_set, kind, level)
        measure = self._measures.get(name, Measure())
        _bound("levels of depth", level + measure.depth, DEPTH_MAX)
        return measure

    def within(self, node: SelectionSetNode | None, kind: GraphQLNamedType | None, level: int) -> Measure:
        """Of a selection set on a type; no deeper than the limit, whatever is below."""
        if node is None:
            return Measure()
        _bound("levels of depth", level + 1, DEPTH_MAX)
        found = (self._selection(selection, kind, level + 1) for selection in node.selections)
        measure = reduce(Measure.beside, found, Measure())
        return replace(measure, depth=measure.depth + 1)

    def _selection(self, node: SelectionNode, kind: GraphQLNamedType | None, level: int) -> Measure:
        _bound_directives(node)
        if isinstance(node, FieldNode):
            return self._field(node, kind, level)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value, level).beside(Measure(fields=1))
        condition = getattr(node, "type_condition", None)
        narrowed = self._schema.get_type(condition.name.value) if condition else kind
        return self.within(getattr(node, "selection_set", None), narrowed, level).beside(Measure(fields=1))

    def _field(self, node: FieldNode, kind: GraphQLNamedType | None, level: int) -> Measure:
        known = kind is not None and is_composite_type(kind)
        field = self._schema.get_field(kind, node.name.value) if known else None  # type: ignore[arg-type]  # known
        below = self.within(node.selection_set, get_named_type(field.type) if field else None, level)
        aliases = below.aliases + (node.alias is not None)
        if field is None:
            return Measure(1, below.fields + 1, aliases, below.depth, 1 + below.cost, 0, 1 + below.values)
        rows, each, lives = self._rows(node, field, kind), below.cost, below.lives
        if LIVE in _metadata(field):  # what is below is found there: here it is only said
            _bound("live fields within live", lives, 0)
            each, lives = below.values, 1
        if _counted_by(field) is not None:
            each += BATCHED_COST
        cost, values = self._own(node, field) + rows * each + below.once, 1 + rows * below.values + below.once
        if _is_beside_rows(field, kind):
            return Measure(1, below.fields + 1, aliases, below.depth, once=cost, lives=lives)
        return Measure(1, below.fields + 1, aliases, below.depth, cost, values=values, lives=lives)

    def _own(self, node: FieldNode, field: GraphQLField) -> int:
        """What a field costs for one parent, without what is below it."""
        metadata, past = _metadata(field), 0
        if any(argument.name.value == "asOf" for argument in node.arguments or ()):
            past = metadata.get(PAST_COST, 0)
        if BATCH not in metadata:
            cost: int = metadata.get(COST, 1) + past
            return cost
        if "first" not in field.args or _is_list(field):
            return BATCHED_COST
        said = {argument.name.value: argument.value for argument in node.arguments or ()}
        cursors = sum(name in said for name in ("after", "before"))  # each is a statement more
        return CONNECTION_COST * (1 + cursors) + self._said.values(said.get("filter")) // FILTER_VALUES_OF_ONE

    def _rows(self, node: FieldNode, field: GraphQLField, kind: GraphQLNamedType | None) -> int:
        """How many times what is selected below a field is said, at most or as assumed."""
        said = {argument.name.value: argument.value for argument in node.arguments or ()}
        if "first" in field.args and (_is_list(field) or _is_connection(get_named_type(field.type))):
            sizes = [self._said.number(said.get(name)) for name in ("first", "last")]
            rows = max((size for size in sizes if size is not None), default=ROWS_DEFAULT)
            return min(max(rows, 1), ROWS_PER_PAGE_MAX)  # others are refused later
        if (argument := _counted_by(field)) is not None:
            return self._said.length(said.get(argument))
        if not _is_list(field) or (_is_connection(kind) and not _is_beside_rows(field, kind)):
            return 1  # a connection's rows were counted where its page was asked for
        usual: int = _metadata(field).get(ROWS, LIST_ROWS)
        return SCHEMA_ROWS if kind is not None and kind.name.startswith("__") else usual


def _is_beside_rows(field: GraphQLField, kind: GraphQLNamedType | None) -> bool:
    """Whether a field of a connection is of the whole list and not of its page's rows: it says what it costs."""
    return bool(_metadata(field).keys() & {ROWS, COST}) and _is_connection(kind)


def _counted_by(field: GraphQLField) -> str | None:
    """The argument whose values are answered with a row each, if there is one."""
    return "representations" if "representations" in field.args else _metadata(field).get(COUNTED_BY)


def _metadata(field: GraphQLField) -> Mapping[Any, Any]:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    found: Mapping[Any, Any] = getattr(definition, "metadata", {})
    return found


def _is_list(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type))


def _is_connection(kind: GraphQLNamedType | None) -> bool:
    return isinstance(kind, GraphQLObjectType) and "pageInfo" in kind.fields


def _check_name(document: DocumentNode, name: str | None) -> None:
    """Of several operations one is named: the specification has no first one."""
    operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    if operations > 1 and name is None:
        raise InvalidInput(f"the question has {operations} operations, say which of them", "operationName")


class QueryGuard(SchemaExtension):
    """Refuses a question that is too large before it is validated. It has no `resolve`: that slows every field."""

    def on_operation(self) -> Iterator[None]:
        """Bound the text, and what the parser may take of it."""
        _bound("characters", len(self.execution_context.query or ""), CHARACTERS_MAX)
        self.execution_context.parse_options["max_tokens"] = TOKENS_MAX
        yield

    def on_parse(self) -> Iterator[None]:
        """Measure what was parsed."""
        yield
        context = self.execution_context
        for error in context.pre_execution_errors or ():
            if f"more than {TOKENS_MAX} tokens" in error.message:
                raise TooComplex("tokens", TOKENS_MAX, "more") from error
            if "nested too deeply" in error.message:
                raise TooComplex("levels of depth", DEPTH_MAX, "more than can be parsed") from error
        if context.graphql_document is not None:
            check(context.graphql_document, context.schema._schema, context.variables or {})  # noqa: SLF001 - no other way
            _check_name(context.graphql_document, context._provided_operation_name)  # noqa: SLF001 - strawberry would take the first
