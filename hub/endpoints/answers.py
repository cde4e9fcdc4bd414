"""What is said to a question or a subscription, whichever way it came: payloads with named errors, under one guard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import HTTPConnection
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.errors import NengshuError
from graph.execution.errors import INTERNAL, MASK
from graph.model.principal import Principal
from graph.ports import Events, GraphContext
from hub.endpoints.leaving import interruptible, uninterrupted
from hub.endpoints.noting import DENIALS
from hub.endpoints.problems import refused, unforeseen
from hub.endpoints.request_ids import request_id
from hub.wiring import Hub

T = TypeVar("T")
STREAMED = (
    OperationType.QUERY,
    OperationType.SUBSCRIPTION,
)  # what changes something is asked for by itself, by POST


@dataclass(frozen=True)
class Question:
    """A document, and which of its operations is asked with which values."""

    query: str
    variables: dict[str, Any] | None = None
    operation: str | None = None


@dataclass(frozen=True)
class Answer:
    """One payload; a refusal is of a question nothing of which was executed."""

    payload: dict[str, Any]
    is_refusal: bool


def context_of(hub: Hub, asker: Principal, name: str, events: Events | None = None) -> GraphContext:
    """Who asks and what may be asked, of a request of this name; of `events`, where others than the hub's are heard."""

    async def run_blocking(call: Callable[[], T]) -> T:
        return await interruptible(call, hub.readers)

    async def run_writing(call: Callable[[], T]) -> T:
        return await uninterrupted(call, hub.writers)

    sources = hub.sources_of(asker, events)
    return GraphContext(asker, sources, run_blocking=run_blocking, run_writing=run_writing, request=name)


async def answers(
    hub: Hub, question: Question, context: GraphContext, came: HTTPConnection
) -> AsyncGenerator[Answer]:
    """All that is said: one answer to a question, to a subscription one each time something happens."""
    results = await hub.schema.stream(
        question.query,
        variable_values=question.variables,
        context_value=context,
        operation_name=question.operation,
        allowed_operation_types=STREAMED,
    )
    async with aclosing(results):
        async for result in results:
            is_refusal = isinstance(result, PreExecutionError)
            yield Answer(_payload(came, result, is_refusal=is_refusal), is_refusal)


def _payload(came: HTTPConnection, result: Any, *, is_refusal: bool) -> dict[str, Any]:
    said = {} if is_refusal else {"data": result.data}
    if result.errors:
        said["errors"] = named(came, [error.formatted for error in result.errors])
    return said


def refusal(came: HTTPConnection, fault: NengshuError) -> list[dict[str, Any]]:
    """The errors of an answer that is refused for this, under its request's name."""
    return named(came, [{"message": str(fault), "extensions": {"code": fault.code}}])


def masked(came: HTTPConnection, fault: Exception) -> list[dict[str, Any]]:
    """The errors of an answer that failed as nobody foresaw: told to the log, and not to the asker."""
    unforeseen(came, fault)
    return named(came, [{"message": MASK, "extensions": {"code": INTERNAL}}])


def named(came: HTTPConnection, errors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The errors under their request's name. A bad question is one line of the log, whatever it got wrong."""
    name = request_id(came.scope)
    theirs = [error for error in errors if not is_internal(error)]  # which are logged with their cause
    if theirs:
        denied = sorted((error for error in theirs if _code(error) in DENIALS), key=_code)
        codes = ",".join(sorted(set(map(_code, theirs))))
        refused(came, codes, (denied or theirs)[0]["message"], _nouns(denied))
    return [{**error, "extensions": {**error["extensions"], "requestId": name}} for error in errors]


def is_internal(error: Mapping[str, Any]) -> bool:
    """Whether it is our own fault."""
    return _code(error) == INTERNAL


def _code(error: Mapping[str, Any]) -> str:
    found: str = error["extensions"]["code"]
    return found


def _nouns(denied: Sequence[Mapping[str, Any]]) -> set[str]:
    """What was refused: the nouns, or, of rows that came, the argument they came in."""
    told = [error["extensions"] for error in denied]
    named = {each.get("noun") or each.get("place", "").partition(".")[0] for each in told}
    return named - {""}
