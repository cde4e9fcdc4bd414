"""Errors on the wire: ours with their stable code, the asker's own with GraphQL's, anything else masked.

extensions.code is a code of graph.errors, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, or INTERNAL. Beside it
stand `place` (which argument) and `segment` (which part of a code) where they are known.
"""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from graph.errors import InvalidInput, MalformedCode, NengshuError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"
MASK = "something failed inside the hub; the answer holds what could be read"

logger = logging.getLogger("nengshu.graphql")


def translated(error: GraphQLError) -> GraphQLError:
    """The error as the asker may see it; one that was translated before stays as it is."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = _root(error)
    if isinstance(cause, NengshuError):
        said = str(cause)
        # GraphQL puts the name of the variable or argument around what a scalar found wrong with it
        return _worded(error, error.message if said in error.message else said, _extensions(cause))
    if isinstance(cause, GraphQLSyntaxError):
        return _worded(error, error.message, {"code": PARSE_FAILED})
    if _is_the_askers(error, cause):
        return _worded(error, error.message, {"code": VALIDATION_FAILED})
    logger.error("answering %s failed", _place(error), exc_info=cause)
    return _worded(error, MASK, {"code": INTERNAL})


def _root(error: GraphQLError) -> BaseException:
    """What was raised first; graphql-core wraps an error once for each place it passes."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_the_askers(error: GraphQLError, cause: BaseException) -> bool:
    """Faults of a document, a variable or an argument come without a path or point at the document.

    A value of ours that a scalar or an enumeration cannot write has a path and points nowhere by itself. What is
    no number to Python (one of 5 000 digits) is a ValueError inside of graphql-core, without a path.
    """
    if isinstance(cause, GraphQLError):
        return error.path is None or bool(cause.nodes)
    return isinstance(cause, ValueError) and error.path is None and bool(error.nodes)


def _extensions(cause: NengshuError) -> dict[str, Any]:
    found = {"code": cause.code}
    if isinstance(cause, MalformedCode):
        found["segment"] = cause.segment
    if isinstance(cause, InvalidInput) and cause.place is not None:
        found["place"] = cause.place
    return found


def _worded(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, extensions=extensions
    )


def _place(error: GraphQLError) -> str:
    return ".".join(map(str, error.path)) if error.path else "a query"
