"""The schema: every noun found in graph/types and every mutation in graph/decisions, merged into one federated subgraph.

`python -m graph.schema` writes graph/schema.graphql, which is committed and tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry.federation import Schema as FederatedSchema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition
from strawberry.types.execution import ExecutionContext

from graph.discover import members_of
from graph.errors import InvalidInput
from graph.execution.closed_schema import ClosedSchema
from graph.execution.context import Info
from graph.execution.errors import told
from graph.execution.guard import QueryGuard
from graph.execution.scalars import SCALARS
from graph.ports import GraphContext

FEDERATION_VERSION: Final = "2.9"  # strawberry's default 2.11 is refused by one of the three composers
RESERVED: Final = frozenset({"__typename", "cls", "info"})  # no key is called so
FILE = Path(__file__).with_suffix(".graphql")


class Schema(FederatedSchema):
    """Executes queries; whatever goes wrong is said in words the asker may see.

    An open one tells all of itself to `__schema` and suggests names for misspelt ones.
    """

    is_open = True

    def process_errors(
        self,
        errors: list[GraphQLError],
        execution_context: ExecutionContext | None = None,  # strawberry logs 39 kB with it
    ) -> None:
        """Replace each error in place; strawberry hands over the list it answers with."""
        request = execution_context.context.request if execution_context else GraphContext.request
        errors[:] = told(errors, request, suggesting=self.is_open)

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        """What a gateway's representations name, in their order; strawberry's own fails on names nobody has.

        A faulty one is answered with its fault, which costs that entity and no other.
        """
        found: list[Any] = [self._entity(info, representation) for representation in representations]
        return found

    def _entity(self, info: Info, representation: object) -> object:
        given = representation if isinstance(representation, dict) else {}
        name = given.get("__typename")
        entity = self.entities.get(name) if isinstance(name, str) else None
        if entity is None:
            known = ", ".join(sorted(self.entities))
            return InvalidInput(f"came {name!r:.64}, expected one of {known}", "__typename")
        key = {word: value for word, value in given.items() if word not in RESERVED}
        return entity.resolve_reference(info=info, **key)

    @cached_property
    def entities(self) -> Mapping[str, Any]:
        """The types a gateway may name by a key, by their names."""
        origins = {
            name: getattr(found.definition, "origin", None)
            for name, found in self.schema_converter.type_map.items()
        }
        return {name: origin for name, origin in origins.items() if hasattr(origin, "resolve_reference")}


def queries() -> dict[str, type]:
    """The root fields of every noun, by the name of its file."""
    return members_of("graph.types", "QUERY", type)


def mutations() -> dict[str, type]:
    """The mutations of every noun that people decide, by the name of its file."""
    return members_of("graph.decisions", "MUTATION", type)


def build_schema(*, is_open: bool = True) -> Schema:
    """The schema of every noun found. Raises TypeError when two nouns claim one root field."""
    schema = Schema(
        query=_merged("Query", queries(), "What can be asked (查询入口)."),
        mutation=_merged(
            "Mutation",
            mutations(),
            "What can be decided (决策入口), with the role decide; every field saves all of its rows or none.",
        ),
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version=FEDERATION_VERSION,
        extensions=[QueryGuard] if is_open else [QueryGuard, ClosedSchema],
    )
    schema.is_open = is_open
    return schema


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
    return build_schema().as_str().rstrip() + "\n"


def write(path: Path = FILE) -> Path:
    """Write the schema's text to `path`."""
    path.write_text(schema_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    write()
