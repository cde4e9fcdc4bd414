"""The schema: every noun found in graph/types and every mutation in graph/decisions, merged into one federated subgraph.

`python -m graph.schema` writes graph/schema.graphql, which is committed and tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, cast

import strawberry
from graphql import GraphQLError
from strawberry.federation import Schema as FederatedSchema
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema_directives import Key
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types.base import get_object_definition
from strawberry.types.execution import ExecutionContext, ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from graph.discover import members_of, modules_in
from graph.errors import InvalidInput, NengshuError
from graph.execution.closed_schema import ClosedSchema, NotTheWhole
from graph.execution.columnar.executor import ColumnarExecutor
from graph.execution.context import Info
from graph.execution.documents import remembering
from graph.execution.entities import entities
from graph.execution.errors import told
from graph.execution.examining import faults_of
from graph.execution.guard import QueryGuard
from graph.execution.live import LiveExecutor
from graph.execution.nouns import Noun
from graph.execution.prices import COST
from graph.execution.scalars import SCALARS
from graph.execution.validating import Validating
from graph.ports import GraphContext

FEDERATION_VERSION: Final = "2.9"  # strawberry's default 2.11 is refused by one of the three composers
STREAMED: Final = "a subscription is told over a WebSocket, or by POST to who accepts text/event-stream"
SDL_COST = 20_000  # the schema's text: no rows, but as long as an answer with some thousands of values
FILE = Path(__file__).with_suffix(".graphql")


class Schema(FederatedSchema):
    """Executes queries; whatever goes wrong is said in words the asker may see.

    An open one tells all of itself to `__schema` and suggests names for misspelt ones.
    """

    is_open = True
    text = ""  # in GraphQL's definition language, printed once: it never changes

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,  # strawberry logs 39 kB with it
    ) -> None:
        """Replace each error in place; strawberry hands over the list it answers with."""
        request = execution_context.context.request if execution_context else GraphContext.request
        errors[:] = told(errors, request, suggesting=self.is_open)

    async def execute(self, *args: Any, **rest: Any) -> ExecutionResult:
        """The one result of a question. Raises InvalidInput for a subscription, which has many."""
        asked = rest.get("allowed_operation_types") or OperationType
        try:
            once = set(asked) - {OperationType.SUBSCRIPTION}
            return await super().execute(*args, **{**rest, "allowed_operation_types": once})
        except InvalidOperationTypeError as fault:
            if fault.operation_type is OperationType.SUBSCRIPTION:
                raise InvalidInput(STREAMED) from fault
            raise

    async def stream(self, *args: Any, **rest: Any) -> StreamResult:
        """Results one after another; in strawberry's own, what an extension refuses is raised instead of said."""
        return self._with_refusal(await super().stream(*args, **rest))

    async def _with_refusal(self, results: StreamResult) -> StreamResult:
        try:
            async with aclosing(results):
                async for result in results:
                    yield result
        except NengshuError as fault:
            errors = [GraphQLError(str(fault), original_error=fault)]
            self.process_errors(errors)
            yield PreExecutionError(data=None, errors=errors)

    async def entities_resolver(  # type: ignore[override]  # awaited, as every resolver may be
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """What a gateway's representations name; strawberry's own asks for each by itself, and fails on unknown names."""
        found: Any = await entities(self.entities, info, representations)
        return cast("list[FederationAny]", found)

    def faults_of(self, text: str) -> list[str]:
        """What stands against a document that nobody has asked yet (graph.execution.examining)."""
        return faults_of(text, self._schema, () if self.is_open else (NotTheWhole,))

    @cached_property
    def entities(self) -> Mapping[str, Noun[Any]]:
        """The nouns a gateway may name by a key, by their types' names."""
        nouns = (getattr(module, "NOUN", None) for module in modules_in("graph.types").values())
        return {noun.of.__name__: noun for noun in nouns if noun is not None and _has_key(noun.of)}


def _has_key(of: type) -> bool:
    """Whether a type is an entity of the federation."""
    return any(isinstance(said, Key) for said in get_object_definition(of, strict=True).directives or ())


def _text(info: Info) -> str:
    return cast("Schema", info.schema).text


@strawberry.type(name="_Service")
class _Service:
    """The schema's own text, as the specification of federation has a gateway ask for it."""

    sdl: str = strawberry.field(resolver=_text, metadata={COST: SDL_COST})


@strawberry.type
class _Federated:
    """What a gateway asks; strawberry's own prints the schema each time."""

    service: _Service = strawberry.field(resolver=lambda: _Service(), name="_service")


def queries() -> dict[str, type]:
    """The root fields of every noun, by the name of its file."""
    return members_of("graph.types", "QUERY", type)


def subscriptions() -> dict[str, type]:
    """What nouns tell as it happens, by the name of their file; not every noun does."""
    found = modules_in("graph.types")
    return {name: module.SUBSCRIPTION for name, module in found.items() if hasattr(module, "SUBSCRIPTION")}


def mutations() -> dict[str, type]:
    """The mutations of every noun that people decide, by the name of its file."""
    return members_of("graph.decisions", "MUTATION", type)


def build_schema(*, is_open: bool = True, executor: type[LiveExecutor] = ColumnarExecutor) -> Schema:
    """The schema of every noun found. Raises TypeError when two nouns claim one root field."""
    schema = Schema(
        query=_merged("Query", {"federated": _Federated, **queries()}, "What can be asked (查询入口)."),
        subscription=_merged("Subscription", subscriptions(), "What is told as it happens (订阅入口)."),
        mutation=_merged(
            "Mutation",
            mutations(),
            "What can be decided (决策入口), with the role decide; every field saves all of its rows or none.",
        ),
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version=FEDERATION_VERSION,
        execution_context_class=executor,
        extensions=[QueryGuard, remembering(), Validating, *(() if is_open else (ClosedSchema,))],
    )
    schema.is_open = is_open
    schema.text = schema.as_str()
    return schema


@cache
def shared_schema(*, is_open: bool) -> Schema:
    """The one schema of a process, for all hubs that it opens: it is made of the nouns alone."""
    return build_schema(is_open=is_open)


def _merged(name: str, nouns: Mapping[str, type], description: str) -> type:
    """One type of the root fields of every noun."""
    roots = tuple(nouns.values())
    claimed = Counter(
        field.name for root in roots for field in get_object_definition(root, strict=True).fields
    )
    if twice := sorted(field for field, count in claimed.items() if count > 1):
        raise TypeError(f"root fields claimed twice: {', '.join(twice)}")
    return strawberry.type(type(name, roots, {}), description=description)


def schema_text() -> str:
    """The schema in GraphQL's definition language, as it is committed."""
    return build_schema().text.rstrip() + "\n"


def write(path: Path = FILE) -> Path:
    """Write the schema's text to `path`."""
    path.write_text(schema_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write()
