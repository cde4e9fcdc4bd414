"""What a question may cost is settled before it is answered: one pass over its document, each fragment measured once.

Cost counts the values an answer may hold, and what costs more than a value as so many of them. It is the product of
page sizes down the tree: what `first` or `last` says, and an assumed number of rows where a list has no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)
from strawberry.extensions import SchemaExtension

from graph.errors import InvalidInput
from graph.execution.arguments import ROWS_DEFAULT
from graph.execution.measure import NOTHING, ONE_SPREAD, Measure, bound, together
from graph.execution.prices import BATCHED_COST, Price, prices_of
from graph.execution.repeats import pairs
from graph.execution.said import Said, variables_of
from graph.execution.text import check_text, check_variables
from graph.ports import ROWS_PER_PAGE_MAX

OPERATIONS_MAX = 10  # GraphiQL sends everything that stands in its editor
FRAGMENTS_MAX = 50  # validation goes through them again for every rule it keeps
DEPTH_MAX = 20  # selections within selections; GraphiQL's question about the schema is 18 deep
ALIASES_MAX = 30  # the same field again and again is how a short text becomes a long answer
DIRECTIVES_MAX = 4  # at one place; there are two, and each one more is one more error of validation
ROOT_FIELDS_MAX = 20  # another hub asks for seven nouns at once; each root is a question to a store
FIELDS_MAX = 500  # of all operations and fragments with fragments in place; validation takes 50 us for each
PAIRS_MAX = 200  # of fields with one name in the answer: validation compares them in pairs, 1 000 in 10 ms
LIVES_MAX = 5  # fields of one operation that ask other hubs: each asks every province it is found below
COST_MAX = 200_000  # a page of 10 000 rows with 18 fields: about a second, in which nobody else is served

CONNECTION_COST = 200  # a list below a row is asked for once a parent: a question to a store and its page
FILTER_VALUES_OF_ONE = (
    2  # values of a filter below a row that cost one together: they are bound anew for each
)


def check(document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, Any]) -> None:
    """Raise TooComplex where a limit of this module is passed."""
    walk = _Walk(document, schema, variables)
    bound("operations", len(walk.operations), OPERATIONS_MAX)
    bound("fragments", len(walk.fragments), FRAGMENTS_MAX)
    for node in (*document.definitions, *variables_of(walk.operations)):
        _bound_directives(node)
    asked = [walk.operation(operation) for operation in walk.operations]
    unasked = [walk.fragment(name, 0) for name in walk.fragments]  # validation reads those too
    for measure in asked:
        bound("root fields", measure.width, ROOT_FIELDS_MAX)
        bound("aliases", measure.aliases, ALIASES_MAX)
        bound("cost", measure.cost, COST_MAX)
        bound("live fields", measure.lives, LIVES_MAX)
    bound("fields", sum(measure.fields for measure in asked + unasked), FIELDS_MAX)
    sets = [node.selection_set for node in (*walk.operations, *walk.fragments.values())]
    bound("pairs of fields with one name", pairs(sets, walk.fragments, FIELDS_MAX), PAIRS_MAX)


def _bound_directives(node: Node) -> None:
    bound("directives at one place", len(getattr(node, "directives", None) or ()), DIRECTIVES_MAX)


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
            bound(f"live fields of a {node.operation.value}", measure.lives, 0)
        return measure

    def fragment(self, name: str, level: int) -> Measure:
        """Of a fragment, measured once; one within itself counts as nothing."""
        if name in self.fragments and name not in self._measures:
            self._measures[name] = NOTHING
            node = self.fragments[name]
            kind = self._schema.get_type(node.type_condition.name.value)
            self._measures[name] = self.within(node.selection_set, kind, level)
        measure = self._measures.get(name, NOTHING)
        bound("levels of depth", level + measure.depth, DEPTH_MAX)
        return measure

    def within(self, node: SelectionSetNode | None, kind: GraphQLNamedType | None, level: int) -> Measure:
        """Of a selection set on a type; no deeper than the limit, whatever is below."""
        if node is None:
            return NOTHING
        bound("levels of depth", level + 1, DEPTH_MAX)
        found = together([self._selection(selection, kind, level + 1) for selection in node.selections])
        return found._replace(depth=found.depth + 1)

    def _selection(self, node: SelectionNode, kind: GraphQLNamedType | None, level: int) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, kind, level)
        _bound_directives(node)
        if isinstance(node, FragmentSpreadNode):
            return together([self.fragment(node.name.value, level), ONE_SPREAD])
        condition = getattr(node, "type_condition", None)
        narrowed = self._schema.get_type(condition.name.value) if condition else kind
        return together([self.within(getattr(node, "selection_set", None), narrowed, level), ONE_SPREAD])

    def _field(self, node: FieldNode, kind: GraphQLNamedType | None, level: int) -> Measure:
        price = prices_of(self._schema, kind).get(node.name.value) if kind is not None else None
        has_more = node.arguments or node.selection_set or node.alias or node.directives
        if price is not None and price.by_itself is not None and not has_more:
            return price.by_itself
        _bound_directives(node)
        below = self.within(node.selection_set, price.below if price else None, level)
        fields, aliases = below.fields + 1, below.aliases + (node.alias is not None)
        if price is None:
            return Measure(1, fields, aliases, below.depth, 1 + below.cost, 0, 1 + below.values)
        said = {argument.name.value: argument.value for argument in node.arguments or ()}
        rows, each, lives = self._rows(said, price), below.cost, below.lives
        if price.is_live:  # what is below is found there: here it is only said
            bound("live fields within live", lives, 0)
            each, lives = below.values, 1
        if price.counted_by is not None:
            each += BATCHED_COST
        cost, values = self._own(said, price) + rows * each + below.once, 1 + rows * below.values + below.once
        if price.is_beside_rows:
            return Measure(1, fields, aliases, below.depth, once=cost, lives=lives)
        return Measure(1, fields, aliases, below.depth, cost, values=values, lives=lives)

    def _own(self, said: Mapping[str, ValueNode], price: Price) -> int:
        """What a field costs for one parent, without what is below it."""
        if not price.is_paged_below:
            return price.own + (price.past if "asOf" in said else 0)
        cursors = sum(name in said for name in ("after", "before"))  # each is a statement more
        return CONNECTION_COST * (1 + cursors) + self._said.values(said.get("filter")) // FILTER_VALUES_OF_ONE

    def _rows(self, said: Mapping[str, ValueNode], price: Price) -> int:
        """How many times what is selected below a field is said, at most or as assumed."""
        if price.is_paged:
            sizes = [self._said.number(said.get(name)) for name in ("first", "last")]
            rows = max((size for size in sizes if size is not None), default=ROWS_DEFAULT)
            return min(max(rows, 1), ROWS_PER_PAGE_MAX)  # others are refused later
        if price.counted_by is not None:
            return self._said.length(said.get(price.counted_by))
        return price.rows


def _check_name(document: DocumentNode, name: str | None) -> None:
    """Of several operations one is named: the specification has no first one."""
    operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    if operations > 1 and name is None:
        raise InvalidInput(f"the question has {operations} operations, say which of them", "operationName")


class QueryGuard(SchemaExtension):
    """Refuses a question that is too large before it is validated. It has no `resolve`: that slows every field."""

    def on_operation(self) -> Iterator[None]:
        """Bound the text and what was sent along, before the parser sees either."""
        check_text(self.execution_context.query or "")
        check_variables(self.execution_context.variables or {})
        yield

    def on_parse(self) -> Iterator[None]:
        """Measure what was parsed."""
        yield
        context = self.execution_context
        if context.graphql_document is not None:
            check(context.graphql_document, context.schema._schema, context.variables or {})  # noqa: SLF001 - no other way
            _check_name(context.graphql_document, context._provided_operation_name)  # noqa: SLF001 - strawberry would take the first
