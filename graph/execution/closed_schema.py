"""A schema that does not tell all of itself at once; what a federation gateway needs, `{ _service { sdl } }`, it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import ASTValidationRule, FieldNode, GraphQLError
from strawberry.extensions import SchemaExtension

from graph.errors import Forbidden

WHOLE = "__schema"
REFUSAL = f"{WHOLE} is closed here (NENGSHU_SCHEMA_OPEN); {{ _service {{ sdl }} }} has the text of the schema"


class ClosedSchema(SchemaExtension):
    """Refuses `__schema`. `__type` of a name the asker has stays: it tells one type, and clients look for features so."""

    def on_operation(self) -> Iterator[None]:
        """Add the rule to those of validation."""
        self.execution_context.validation_rules += (NotTheWhole,)
        yield


class NotTheWhole(ASTValidationRule):
    """Nobody asks for the whole schema."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at one field."""
        if node.name.value == WHOLE:
            self.report_error(GraphQLError(REFUSAL, node, original_error=Forbidden(REFUSAL, WHOLE)))
