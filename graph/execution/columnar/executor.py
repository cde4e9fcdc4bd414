"""graphql-core's executor, which completes lists of rows column by column.

Only `complete_list_value` is replaced, and only for rows that are still columns. What a plan cannot say, and whatever goes
wrong, is left to graphql-core on the same rows: nothing of the other way is visible by then, so that errors, their places
and what becomes null are graphql-core's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ClassVar

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_nullable_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import Executor, to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.types.base import get_object_definition

from graph.execution.batched import Level
from graph.execution.columnar.answer import Ready, mixed_found, rows_found
from graph.execution.columnar.plan import Ask, Plan
from graph.execution.columnar.texts import Unusual, whole_list
from graph.execution.levels import Mixed, Rows
from graph.execution.live import LiveExecutor
from graph.execution.references import folded, unfold
from graph.ports import GraphContext

FEW = 16  # rows that are as quickly completed one by one, where nothing has to be asked for
CELLS_AT_ONCE = 5_000  # values written without leaving the event loop: less than a millisecond


class ColumnarExecutor(LiveExecutor):
    """Completes lists of rows by columns where it can."""

    few: ClassVar = FEW

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        *rest: Any,
        **more: Any,
    ) -> list[GraphQLError] | Executor[Any]:
        """As graphql-core does; a long list of references is read as one value."""
        sent = folded(document, raw_variable_values or {})
        found = super().build(schema, document, root_value, context_value, sent, *rest, **more)
        if isinstance(found, Executor):
            unfold(found.variable_values)
        return found

    def asking(
        self, parent: GraphQLObjectType, field: GraphQLField, selected: FieldDetailsList, path: Path
    ) -> Ask:
        """How a field is asked of all rows of a level. Raises GraphQLError where its arguments are none."""
        first = selected[0]
        given = get_argument_values(
            field, first.node, self.variable_values, first.fragment_variable_values, self.hide_suggestions
        )
        info = self.build_resolve_info(field, to_nodes(selected), parent, path)
        resolve = field.resolve or self.field_resolver
        return lambda rows: resolve(Level(rows), info, **given)

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Rows by columns, everything else as graphql-core has it."""
        one_by_one = partial(
            super().complete_list_value,
            return_type,
            field_details_list,
            info,
            path,
            result,
            position_context,
        )
        if not isinstance(result, Rows | Mixed) or not len(result):
            return one_by_one()
        try:
            plans = self._plans(get_nullable_type(return_type.of_type), field_details_list, path, result)
        except (Unusual, GraphQLError) as fault:
            return self._left(fault, one_by_one)
        if len(result) < self.few and not any(plan.asks for plan in plans):
            return one_by_one()
        filling = mixed_found(plans, result) if isinstance(result, Mixed) else rows_found(plans[0], result)
        return self._by_columns(filling, len(result), one_by_one)

    def _plans(
        self, kind: object, selected: FieldDetailsList, path: Path, rows: Rows[Any] | Mixed
    ) -> list[Plan]:
        """One for each type of the rows. Raises Unusual, and GraphQLError."""
        kinds = [self._type_of(part.rows.of) for part in rows.parts] if isinstance(rows, Mixed) else [kind]
        return [self._plan(each, selected, path) for each in kinds]

    def _plan(self, kind: object, selected: FieldDetailsList, path: Path) -> Plan:
        if not is_object_type(kind):
            raise Unusual("an abstract type")
        return Plan.of(self, kind, selected, path)

    def _type_of(self, of: type) -> object:
        """The type rows of a list of several types are of."""
        return self.schema.get_type(get_object_definition(of, strict=True).name)

    async def _by_columns(self, filling: Awaitable[Ready], rows: int, one_by_one: Callable[[], Any]) -> Any:
        context: GraphContext = self.context_value
        try:
            ready = await filling
            write = partial(_whole, ready)
            text = write() if ready.cells <= CELLS_AT_ONCE else await context.run_blocking(write)
        except Exception as fault:  # noqa: BLE001 - graphql-core meets the same, and tells it at its place
            completed = self._left(fault, one_by_one)
            return await completed if self.is_awaitable(completed) else completed
        context.completion.by_columns(rows)
        return orjson.Fragment(text) if context.takes_text else orjson.loads(text)

    def _left(self, fault: Exception, one_by_one: Callable[[], Any]) -> Any:
        """Leave a list to graphql-core, and say why."""
        self.context_value.completion.one_by_one(
            str(fault) if isinstance(fault, Unusual) else type(fault).__name__
        )
        return one_by_one()


def _whole(ready: Ready) -> bytes:
    """A whole list as JSON. Raises Unusual."""
    return whole_list(ready.write())
