"""Completes what a province's hub answered under our own types, so that what is false in it costs only what it touches.

A row of such an answer is asked by response keys instead of by resolvers, and its values are read as input is read before
they are written: a number in a text's place, a word no enumeration has, null where there never is one are each an error
at their place. The rest of completion is graphql-core's, and no task is switched in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors, to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graph.errors import NengshuError, SourceError, SourceMalformed, SourceRefused, Unauthenticated
from graph.execution.arguments import ROWS_DEFAULT
from graph.execution.errors import INTERNAL, PARSE_FAILED, VALIDATION_FAILED
from graph.execution.live_budget import LIES_MAX, VALUES_MAX, LiveBudget
from graph.execution.selection import TYPENAME
from graph.model.live import LiveFault
from graph.ports import GraphContext

MESSAGE_MAX = 300  # characters of a province's error that are told again
EXCERPT_MAX = 60  # characters of a value that is none
WHOLE_BITS = 64  # of a whole number, its sign included, as JSON is written here
ROWS = ("nodes", "edges")  # of a connection's page
SENT = "variables as they were sent"  # their place in a request's loaders


@dataclass(frozen=True)
class Heard:
    """A province's whole answer, as the resolver of a field hands it over; `completed` hears of its lies."""

    province: str
    data: Mapping[str, Any] | None
    faults: tuple[LiveFault, ...]
    completed: Callable[[Sequence[str]], None]
    budget: LiveBudget = field(default_factory=LiveBudget)
    lies: list[str] = field(default_factory=list)

    def lie(self, came: str) -> GraphQLError:
        """Note a value that is none: the exception to raise. Raises _Enough."""
        if self.budget.lies >= LIES_MAX:
            first = self.lies[0] if self.lies else came
            raise _Enough(f"values that are none, beyond {LIES_MAX} of one question, the first: {first}")
        self.budget.lies += 1
        self.lies.append(came)
        return fault_of(SourceMalformed, self.province, f"answered with {came}")

    def check_values(self, data: Mapping[str, Any]) -> None:
        """Raise _Enough where the province says too much, TooLarge where all do."""
        if not self.budget.has_values_for(self.province, data):
            raise _Enough(f"more than {VALUES_MAX} values")


class LiveRow:
    """One object of an answer; of a page, also how many rows were asked for."""

    __slots__ = ("_heard", "_rows", "_said")

    def __init__(self, said: Mapping[str, Any], heard: Heard, rows: int | None = None) -> None:
        self._said, self._heard, self._rows = said, heard, rows

    def value(self, key: str, name: str, kind: GraphQLOutputType, rows: int | None) -> Any:
        """What stands under a response key, as graphql-core completes it; a lie is the exception to raise."""
        if key not in self._said:
            return self._heard.lie("nothing where a value was asked for")
        said = self._said[key]
        most = self._rows if name in ROWS else rows
        if most is not None and isinstance(said, list) and len(said) > most:
            return self._heard.lie(f"{len(said)} rows, of at most {most}")
        return self._read(said, kind, rows)

    def _read(self, said: Any, kind: GraphQLOutputType, rows: int | None) -> Any:
        if is_non_null_type(kind):
            if said is None:
                return self._heard.lie("null, which there never is")
            return self._read(said, kind.of_type, rows)
        if said is None:
            return None
        if is_list_type(kind):
            if not isinstance(said, list):
                return self._heard.lie(f"{_excerpt(said)}, expected a list")
            return [self._read(item, kind.of_type, rows) for item in said]
        if is_leaf_type(kind):
            return self._leaf(said, kind)
        if not isinstance(said, dict):
            return self._heard.lie(f"{_excerpt(said)}, expected an object")
        return LiveRow(said, self._heard, rows)

    def _leaf(self, said: Any, kind: Any) -> Any:
        try:
            return kind.coerce_input_value(said)
        except Exception:  # noqa: BLE001 - a scalar may raise whatever it likes for what it cannot read
            return self._heard.lie(f"{_excerpt(said)}, which is no {kind.name}")


def fault_of(kind: type[SourceError], province: str, what: str) -> GraphQLError:
    """A fault of a province's hub as the asker sees it."""
    return GraphQLError(f"province {province} {what}", extensions={"code": kind.code, "province": province})


class _Enough(BaseException):
    """An answer is not worth reading on. No Exception: graphql-core would take those for the fault of one field."""


class LiveExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which also completes answers of other hubs."""

    _heard: Heard | None = None  # the answer that is being completed

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Keep the variables as they were sent, for who sends them on: resolvers see what became of them."""
        if isinstance(self.context_value, GraphContext):
            sources = self.variable_values.sources
            sent = {name: source.value for name, source in sources.items() if source.value is not Undefined}
            self.context_value.loaders[SENT] = sent
        return super().execute_operation(serially)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """A row of an answer is asked by response keys; which type it is of is ours to say."""
        node = field_details_list[0].node
        if not isinstance(source, LiveRow) or node.name.value == TYPENAME:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        field = parent_type.fields[node.name.value]
        info = self.build_resolve_info(field, to_nodes(field_details_list), parent_type, path)
        try:
            rows = self._rows_asked(field, node)
            value = source.value(str(path.key), node.name.value, field.type, rows)
            return self.complete_value(field.type, field_details_list, info, path, value, position_context)
        except Exception as fault:  # noqa: BLE001 - as graphql-core has it: what fails is told at its place
            self.handle_field_error(fault, field.type, field_details_list, path)
            return None

    def _rows_asked(self, field: GraphQLField, node: FieldNode) -> int | None:
        """How many rows were asked for at most, where a field has pages."""
        if "first" not in field.args:
            return None
        given = get_argument_values(field, node, self.variable_values)
        sizes = [given.get(name) for name in ("first", "last")]
        return max((size for size in sizes if size is not None), default=ROWS_DEFAULT)

    def complete_leaf_value(self, return_type: GraphQLLeafType, result: Any) -> Any:  # type: ignore[override]  # static there, and called on the executor
        """What was read but cannot be written is a lie, too."""
        try:
            written = super().complete_leaf_value(return_type, result)
        except Exception:
            if self._heard is None:
                raise
            raise self._heard.lie(f"{_excerpt(result)}, which is no {return_type.name}") from None
        if self._heard is not None and isinstance(written, int) and not _may_be_told(written):
            raise self._heard.lie(f"{_excerpt(result)}, a number beyond {WHOLE_BITS} bits")
        return written

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """A whole answer is completed at once, and its errors are told apart from ours."""
        complete = super().complete_object_value
        if not isinstance(result, Heard):
            return complete(return_type, field_details_list, info, path, result, position_context)
        whole = partial(complete, return_type, field_details_list, info, path)
        kept, self.collected_errors, self._heard = self.collected_errors, CollectedErrors(), result
        try:
            return self._completed(result, partial(whole, position_context=position_context))
        finally:
            found, self.collected_errors, self._heard = self.collected_errors.errors, kept, None
            if not kept.has_nulled_position(path):
                kept.errors.extend(_theirs(result, path, to_nodes(field_details_list)))
                kept.errors.extend(found)
            result.completed(result.lies)

    def _completed(self, heard: Heard, complete: Callable[[LiveRow], Any]) -> Any:
        """The answer's values, None where it has none. Raises SourceMalformed for one that is not worth reading."""
        if heard.data is None:
            return None
        try:
            heard.check_values(heard.data)
            return complete(LiveRow(heard.data, heard))
        except _Enough as fault:
            self.collected_errors = CollectedErrors()
            heard.budget.lies -= len(heard.lies)
            heard.lies[:] = [str(fault)]
            raise fault_of(SourceMalformed, heard.province, f"answered with {fault}") from None


def _theirs(heard: Heard, path: Path, nodes: Sequence[FieldNode]) -> Iterator[GraphQLError]:
    """Errors a province told, at their places in our answer, as its own."""
    told = heard.budget.faults_told(len(heard.faults))
    for fault in heard.faults[:told]:
        message = f"province {heard.province} says: {bounded(fault.message)}"
        code = fault.code if fault.code in CODES else SourceRefused.code
        place = [*path.as_list(), *(fault.path if all(map(_may_be_told, fault.path)) else ())]
        yield GraphQLError(message, nodes, path=place, extensions={"code": code, "province": heard.province})


def _may_be_told(step: str | int) -> bool:
    """Whether an answer with it can be written: one immense number would cost all provinces theirs."""
    return isinstance(step, str) or step.bit_length() < WHOLE_BITS


def bounded(text: str) -> str:
    """Somebody else's words on one line, and not too many."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * MESSAGE_MAX]).split())[
        :MESSAGE_MAX
    ]


def _excerpt(said: object) -> str:
    """A value that is none, as far as it is worth telling; of what holds others only what it is."""
    if isinstance(said, dict):
        return "an object"
    if isinstance(said, list):
        return "a list"
    if isinstance(said, int) and said.bit_length() > 8 * EXCERPT_MAX:
        return "an immense number"  # Python writes none of more than 4 300 digits
    return f"{said!r:.{EXCERPT_MAX}}"


def _codes(error: type[NengshuError]) -> Iterator[str]:
    yield error.code
    for kind in error.__subclasses__():
        yield from _codes(kind)


OF_US = frozenset({Unauthenticated.code, INTERNAL})  # askers read them as said of themselves, or of this hub
CODES = frozenset({*_codes(NengshuError), PARSE_FAILED, VALIDATION_FAILED}) - OF_US
