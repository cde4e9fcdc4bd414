"""What stands against a document before anybody asks it: it is bounded, parsed, measured and validated as when asked."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import ASTValidationRule, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from graph.errors import TooComplex
from graph.execution.guard import check
from graph.execution.text import check_text
from graph.execution.validating import FAULTS_MAX, RULES


def faults_of(text: str, schema: GraphQLSchema, rules: Sequence[type[ASTValidationRule]] = ()) -> list[str]:
    """Each fault with its place, line:column, where it has one; none of a document that can be asked.

    Variables are not known yet, so a page whose size is one is measured at its usual size.
    """
    try:
        check_text(text)
        document = parse(text)
        check(document, schema, {})
    except TooComplex as fault:
        return [str(fault)]
    except GraphQLError as fault:
        return [_told(fault)]
    if not any(isinstance(node, OperationDefinitionNode) for node in document.definitions):
        return ["expected a query, a mutation or a subscription"]
    return [_told(fault) for fault in validate(schema, document, (*RULES, *rules), max_errors=FAULTS_MAX)]


def _told(fault: GraphQLError) -> str:
    places = fault.locations or ()
    return "".join(f"{place.line}:{place.column}: " for place in places[:1]) + fault.message
