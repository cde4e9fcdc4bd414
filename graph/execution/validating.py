"""Validation that ends after a few faults; strawberry's own goes on for a hundred, and each costs as much as the first."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import specified_rules, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

FAULTS_MAX = 5  # of one question; for each a name is looked for that is like the one that came

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)  # as strawberry keeps them


class Validating(SchemaExtension):
    """Validates what nobody has validated yet, so it stands behind who remembers what passed before."""

    def on_validate(self) -> Iterator[None]:
        """By the rules strawberry keeps, up to the last fault that is told."""
        context = self.execution_context
        if context.pre_execution_errors is None and context.graphql_document is not None:
            more = [rule for rule in context.validation_rules if rule not in RULES]
            known = context.schema._schema  # noqa: SLF001 - no other way
            context.pre_execution_errors = validate(
                known, context.graphql_document, (*RULES, *more), max_errors=FAULTS_MAX
            )
        yield
