"""GraphQL over HTTP: the schema under the asker's token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
from cross_web import AsyncHTTPRequestAdapter, StarletteRequestAdapter
from cross_web import HTTPException as Malformed
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, process_result
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.exceptions import InvalidOperationTypeError

from graph.errors import InvalidInput, MalformedBody
from graph.execution.errors import INTERNAL
from graph.model.principal import Role
from graph.ports import GraphContext, Sources
from hub.endpoints.asking import principal_of
from hub.endpoints.bodies import read_body
from hub.endpoints.leaving import interruptible, uninterrupted, while_connected
from hub.endpoints.media_types import JSON, RESPONSE, is_readable, wants_response
from hub.endpoints.problems import refused
from hub.endpoints.request_ids import request_id
from hub.wiring import Hub

QUESTION_BYTES_MAX = 1024 * 1024  # a question is text people write
T = TypeVar("T")


class _Question(StarletteRequestAdapter):
    """A request whose form was looked at; strawberry would tell `Application/JSON` from `application/json`."""

    content_type = JSON


class GraphQLEndpoint(GraphQL[GraphContext, None]):
    """Strawberry's view with our context, exact JSON, the specification's answers, and no page of its own."""

    request_adapter_class = _Question

    def __init__(self, hub: Hub) -> None:
        by_get = hub.settings.questions_by_get
        super().__init__(hub.schema, graphql_ide=None, allow_queries_via_get=by_get)
        self._hub = hub
        self._methods = ("GET", "POST") if by_get else ("POST",)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Who asks, whether they may, and in which form is settled before a byte of the question is read.

        Raises Unauthenticated, Forbidden, TooLarge and HTTPException, which the application answers as problems.
        """
        request = Request(scope, receive)
        principal = await principal_of(request)
        principal.require(Role.READ)
        request.state.principal = principal
        self._check_form(request)
        body = await read_body(request, QUESTION_BYTES_MAX, self._hub.settings.body_seconds_max)

        async def question() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await while_connected(receive, self._answer(Request(scope, question), send))

    def _check_form(self, request: Request) -> None:
        """Refuse what is no question by its head. Answers 405 and 415."""
        if request.method not in self._methods:
            allowed = ", ".join(self._methods)
            raise HTTPException(405, f"came {request.method}, expected {allowed}", {"Allow": allowed})
        came = request.headers.get("content-type", "")
        if request.method == "POST" and not is_readable(came):
            raise HTTPException(415, f"Content-Type: came {came[:64]!r}, expected {JSON} in UTF-8")

    async def _answer(self, request: Request, send: Send) -> None:
        """Answer a question in the form its asker likes; what is no question costs a 400."""
        by_name = wants_response(",".join(request.headers.getlist("accept")))
        request.state.status = 200
        try:
            response = await self.run(request)
        except (Malformed, InvalidInput) as fault:
            response = self._refusal(request, fault)
        else:
            response.status_code = request.state.status if by_name else 200
        response.headers["Content-Type"] = f"{RESPONSE if by_name else JSON}; charset=utf-8"
        await response(request.scope, request.receive, send)

    def _refusal(self, request: Request, fault: Malformed | InvalidInput) -> Response:
        """Of what cannot be handed to the schema, or not by this method."""
        error = InvalidInput(fault.reason) if isinstance(fault, Malformed) else fault
        told = self._named(request, [{"message": str(error), "extensions": {"code": error.code}}])
        is_mutation = isinstance(fault.__cause__, InvalidOperationTypeError)  # in an address
        status, headers = (405, {"Allow": "POST"}) if is_mutation else (400, None)
        return Response(self.encode_json({"errors": told}), status, headers)

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """The answer with its errors named; without `data` where nothing was executed, as the specification says."""
        answer: Any = process_result(result)
        errors = answer.get("errors")
        if errors:
            answer["errors"] = self._named(request, errors)
            if answer["data"] is None and all("path" not in error for error in errors):
                del answer["data"]
                request.state.status = 500 if all(map(_is_internal, errors)) else 400
        found: GraphQLHTTPResponse = answer
        return found

    def _named(self, request: Request, errors: list[dict[str, Any]]) -> list[object]:
        """The errors under their request's name. A bad question is one line of the log, whatever it got wrong."""
        name = request_id(request.scope)
        theirs = [error for error in errors if not _is_internal(error)]  # which are logged with their cause
        if theirs:
            codes = ",".join(sorted({error["extensions"]["code"] for error in theirs}))
            refused(request, codes, theirs[0]["message"])
        return [{**error, "extensions": {**error["extensions"], "requestId": name}} for error in errors]

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:  # noqa: ARG002 - strawberry's signature
        """Never: the hub's page stands elsewhere."""
        return False

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """What was asked; strawberry leaves an operation's name unlooked at. Raises InvalidInput."""
        found = await super().parse_http_body(request)
        name = None if isinstance(found, list) else found.operation_name
        if not isinstance(name, str | None):
            raise InvalidInput("expected a string or null", "operationName")
        return found

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> GraphContext:  # noqa: ARG002 - strawberry's signature
        """Who asks and what may be asked."""
        hub = self._hub

        async def run_blocking(call: Callable[[], T]) -> T:
            return await interruptible(call, hub.readers)

        async def run_writing(call: Callable[[], T]) -> T:
            return await uninterrupted(call, hub.writers)

        sources = Sources(hub.registry, hub.store, hub.store, hub.clock, hub.registry)
        asker, name = request.state.principal, request_id(request.scope)
        return GraphContext(asker, sources, run_blocking=run_blocking, run_writing=run_writing, request=name)

    def encode_json(self, data: Mapping[str, object] | Any) -> bytes:
        """Answers as bytes."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """Questions from bytes; strawberry takes for granted that they are objects or lists. Raises MalformedBody."""
        try:
            question: object = orjson.loads(data)
        except orjson.JSONDecodeError as fault:
            raise MalformedBody(f"is not JSON: {fault}", "body") from fault
        if not isinstance(question, dict | list):
            raise MalformedBody("expected an object with a query", "body")
        return question


def _is_internal(error: Mapping[str, Any]) -> bool:
    found: bool = error["extensions"]["code"] == INTERNAL
    return found
