"""graphql-core's executor, which completes lists of rows column by column.

Only `complete_list_value` is replaced, and only for rows that are still columns. What a plan cannot say, and whatever goes
wrong, is left to graphql-core on the same rows: nothing of the other way is visible by then, so that errors, their places
and what becomes null are graphql-core's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_nullable_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from graph.execution.batched import Level
from graph.execution.columnar.answer import Found, found, texts
from graph.execution.columnar.plan import Ask, Plan
from graph.execution.columnar.texts import Unusual, listed
from graph.execution.levels import Rows, bounds_of
from graph.execution.live import LiveExecutor
from graph.ports import GraphContext

FEW = 16  # rows that are as quickly completed one by one
CELLS_AT_ONCE = 2_000  # values written without leaving the event loop: less than a millisecond


class ColumnarExecutor(LiveExecutor):
    """Completes lists of rows by columns where it can."""

    def asking(self, parent: GraphQLObjectType, field: GraphQLField, selected: FieldDetailsList) -> Ask:
        """How a field is asked of all rows of a level. Raises GraphQLError where its arguments are none."""
        first = selected[0]
        given = get_argument_values(
            field, first.node, self.variable_values, first.fragment_variable_values, self.hide_suggestions
        )
        path = Path(None, first.node.name.value, parent.name)
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
        kind = get_nullable_type(return_type.of_type)
        if not isinstance(result, Rows) or len(result) < FEW or not is_object_type(kind):
            return one_by_one()
        try:
            plan = Plan.of(self, kind, field_details_list)
        except Exception as fault:  # noqa: BLE001 - graphql-core meets the same, and tells it at its place
            return self._left(fault, one_by_one)
        return self._by_columns(plan, result, one_by_one)

    async def _by_columns(self, plan: Plan, rows: Rows[Any], one_by_one: Callable[[], Any]) -> Any:
        context: GraphContext = self.context_value
        read = context.rows_read
        try:
            filled = await found(plan, rows)
            write = partial(_written, plan, filled)
            few = len(rows) * len(plan.columns) <= CELLS_AT_ONCE and not plan.asks
            text = write() if few else await context.run_blocking(write)
        except Exception as fault:  # noqa: BLE001 - graphql-core meets the same, and tells it at its place
            context.rows_read = read
            completed = self._left(fault, one_by_one)
            return await completed if self.is_awaitable(completed) else completed
        context.completion.by_columns(len(rows))
        return orjson.Fragment(text) if context.takes_text else orjson.loads(text)

    def _left(self, fault: Exception, one_by_one: Callable[[], Any]) -> Any:
        """Leave a list to graphql-core, and say why."""
        self.context_value.completion.one_by_one(
            str(fault) if isinstance(fault, Unusual) else type(fault).__name__
        )
        return one_by_one()


def _written(plan: Plan, level: Found) -> bytes:
    """A whole list as JSON. Raises Unusual."""
    rows = texts(plan, level)
    whole = listed(rows, bounds_of([len(rows)]))
    return bytes(whole[0].as_buffer())
