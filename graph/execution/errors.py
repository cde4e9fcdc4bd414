"""Errors on the wire: ours with their stable code, the asker's own with GraphQL's, anything else masked.

extensions.code is a code of graph.errors, GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, or INTERNAL. Beside it
stand `place` (which argument), `segment` (which part of a code) and `noun` (which is not the asker's) where they are
known. Rows that came together are answered with one error a fault, whose place is argument, row and field, as
`units.3.creditCode`.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.utils.str_converters import to_camel_case

from graph.errors import Fault, FaultyRows, Forbidden, InvalidInput, MalformedCode, NengshuError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL = "INTERNAL"
MASK = "something failed inside the hub; the answer holds what could be read"
FAILURE_LOGGED_MAX = 500  # characters of what was raised; a database quotes whole statements
PLACE_LOGGED_MAX = 200  # characters; aliases are the asker's
CALLS_LOGGED = 8  # the innermost ones

MESSAGE_MAX = 500  # characters of GraphQL's own words; a misspelt name can be as long as a body

_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
# GraphQL quotes what came: of one misspelt field the whole input object, and with it what a link keeps secret.
_QUOTED = re.compile(r"(?:[,;] found| Found): .*|(cannot represent [^:]*value): .*", re.DOTALL)

logger = logging.getLogger("nengshu.graphql")


def told(errors: Sequence[GraphQLError], request: str, *, suggesting: bool = True) -> list[GraphQLError]:
    """The errors as the asker may see them. What failed inside is one line of the log, however often it failed."""
    each = [one for error in errors for one in _singly(error)]
    found = [translated(error, suggesting=suggesting) for error in each]
    new = [now for before, now in zip(each, found, strict=True) if now is not before and now.original_error]
    if new:
        place, cause = _place(new[0]), new[0].original_error
        logger.error(
            "answering %s of request %s failed, %d times: %s", place, request, len(new), _line(cause)
        )
    return found


def translated(error: GraphQLError, *, suggesting: bool = True) -> GraphQLError:
    """The error as the asker may see it; one that was translated before stays as it is.

    Only one that is masked keeps what it comes from, which never goes over the wire. GraphQL's own words suggest
    names of the schema for misspelt ones, unless not `suggesting`.
    """
    if error.extensions and "code" in error.extensions:
        return error
    cause = _root(error)
    if isinstance(cause, NengshuError):
        said = str(cause)
        # GraphQL puts the name of the variable or argument around what a scalar found wrong with it
        before, it, after = error.message.partition(said)
        return _worded(error, before + it + _QUOTED.sub(r"\1", after) if it else said, _extensions(cause))
    if (why := _not_to_be_run(cause)) is not None:
        return _worded(error, why, {"code": InvalidInput.code})
    if isinstance(cause, GraphQLSyntaxError):
        return _worded(error, error.message, {"code": PARSE_FAILED})
    if _is_the_askers(error, cause):
        message = _QUOTED.sub(r"\1", error.message)
        message = message if suggesting else _SUGGESTION.sub("", message)
        return _worded(error, message[:MESSAGE_MAX], {"code": VALIDATION_FAILED})
    return _worded(error, MASK, {"code": INTERNAL}, cause)


def _singly(error: GraphQLError) -> Iterator[GraphQLError]:
    """The error; or, of rows that came together, each fault as an error of its own."""
    rows = _root(error)
    if not isinstance(rows, FaultyRows):
        yield error
        return
    for fault in rows.faults:
        place, said = _place_and_words(rows.argument, fault)
        yield _worded(error, f"{place}: {said}", {**_extensions(fault.error), "place": place})
    if rows.more:
        words = f"{rows.argument}: and {rows.more} faults more"
        yield _worded(error, words, {"code": rows.code, "place": rows.argument})


def _place_and_words(argument: str, fault: Fault) -> tuple[str, str]:
    """Where a fault is, as argument, row and field, and what is said of it there."""
    said, own = str(fault.error), None
    if isinstance(fault.error, InvalidInput) and fault.error.place is not None:
        own, said = fault.error.place, said.removeprefix(f"{fault.error.place}: ")
    field = fault.column or own
    return ".".join((argument, str(fault.row), *([to_camel_case(field)] if field else []))), said


def _root(error: GraphQLError) -> BaseException:
    """What was raised first; graphql-core wraps an error once for each place it passes."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _not_to_be_run(cause: BaseException) -> str | None:
    """What strawberry says of a document with nothing in it to be run here."""
    if isinstance(cause, MissingQueryError):
        return "expected a query"
    if isinstance(cause, InvalidOperationTypeError):
        return f"a {cause.operation_type.value} is not answered here"
    return cause.as_http_error_reason() if isinstance(cause, CannotGetOperationTypeError) else None


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
    if isinstance(cause, Forbidden) and cause.noun is not None:
        found["noun"] = cause.noun
    return found


def _worded(
    error: GraphQLError, message: str, extensions: dict[str, Any], cause: BaseException | None = None
) -> GraphQLError:
    kept = cause if isinstance(cause, Exception) else None
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, kept, extensions)


def _line(cause: Exception | None) -> str:
    """Where something was raised, from the outermost of the innermost calls on, and what: on one line."""
    return f"{cause!r:.{FAILURE_LOGGED_MAX}} at {way_to(cause)}"


def way_to(cause: BaseException | None) -> str:
    """The innermost calls on the way to where something was raised."""
    calls = traceback.extract_tb(cause.__traceback__ if cause else None)[-CALLS_LOGGED:]
    return " > ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)


def _place(error: GraphQLError) -> str:
    return ".".join(map(str, error.path))[:PLACE_LOGGED_MAX] if error.path else "a query"
