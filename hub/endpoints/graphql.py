"""GraphQL over HTTP: the schema under the asker's rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

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

from graph.errors import Forbidden, InvalidInput, MalformedBody, NengshuError, NotFound
from graph.model.principal import Principal
from graph.ports import Completion, GraphContext
from hub.endpoints.answers import Question, context_of, is_internal, named, refusal
from hub.endpoints.asking import let_in
from hub.endpoints.bodies import read_body
from hub.endpoints.documents import PLACE, text_of
from hub.endpoints.event_streams import EventStream
from hub.endpoints.leaving import PROMPT_S, while_connected
from hub.endpoints.media_types import JSON, RESPONSE, is_readable, wants_events, wants_response
from hub.endpoints.metrics import Metrics
from hub.endpoints.request_ids import request_id
from hub.endpoints.streams import Stream, Streams
from hub.endpoints.versions import Tags, Versions, Witness, tagged, unchanged
from hub.wiring import Hub

DOOR, BY_GET = "POST /graphql", "GET /graphql"
DEBUG, COMPLETION = "Nengshu-Debug", "completion"  # who asks how lists were completed is told in a header
QUESTION_BYTES_MAX = 1024 * 1024  # a question is text people write
UNASKED = (Malformed, InvalidInput, NotFound, Forbidden)  # what is never handed to the schema


class _Question(StarletteRequestAdapter):
    """A request whose form was looked at; strawberry would tell `Application/JSON` from `application/json`."""

    content_type = JSON

    @property
    def asker(self) -> Principal:
        """Who asks."""
        asker: Principal = self._request.state.principal
        return asker

    async def document_id(self) -> object:
        """The name of a document that came in place of a text; a body without the word has none."""
        if self.method == "GET":
            return self.query_params.get(PLACE)
        body = await self.get_body()
        said = orjson.loads(body) if PLACE.encode() in body else {}
        return said.get(PLACE)


class GraphQLEndpoint(GraphQL[GraphContext, None]):
    """Strawberry's view with our context, exact JSON, the specification's answers, and no page of its own."""

    request_adapter_class = _Question

    def __init__(self, hub: Hub, streams: Streams, metrics: Metrics) -> None:
        by_get = hub.settings.questions_by_get
        super().__init__(
            hub.schema, graphql_ide=None, allow_queries_via_get=by_get, subscription_protocols=()
        )
        self._hub, self._streams, self._versions, self._metrics = hub, streams, Versions(hub), metrics
        self._methods = ("GET", "POST") if by_get else ("POST",)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Who asks, whether they may, and in which form is settled before a byte of the question is read.

        Raises Unauthenticated, Forbidden, TooLarge and HTTPException, which the application answers as problems.
        """
        request = Request(scope, receive)
        principal = await let_in(request, BY_GET if request.method in ("GET", "HEAD") else DOOR)
        self._check_form(request)
        body = await read_body(request, QUESTION_BYTES_MAX, self._hub.settings.body_seconds_max)

        async def question() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        asked = Request(scope, question)
        if wants_events(_accepted(request)):
            await while_connected(receive, self._tell(asked, send))
            return
        form = RESPONSE if wants_response(_accepted(request)) else JSON
        tags = self._versions.tags(principal, request, body, form)
        if known := tags.known_to(request.headers):
            await unchanged(known)(scope, receive, send)
        else:
            await while_connected(receive, self._answer(asked, send, form, tags), PROMPT_S)

    def _check_form(self, request: Request) -> None:
        """Refuse what is no question by its head. Answers 405 and 415."""
        if request.method not in self._methods:
            allowed = ", ".join(self._methods)
            raise HTTPException(405, f"came {request.method}, expected {allowed}", {"Allow": allowed})
        came = request.headers.get("content-type", "")
        if (packed := request.headers.get("content-encoding", "identity")) != "identity":
            raise HTTPException(
                415, f"Content-Encoding: came {packed[:64]!r}, expected none: a question is short"
            )
        if request.method == "POST" and not is_readable(came):
            raise HTTPException(415, f"Content-Type: came {came[:64]!r}, expected {JSON} in UTF-8")

    async def _answer(self, request: Request, send: Send, form: str, tags: Tags) -> None:
        """Answer a question in the form its asker likes, with its tag; what is no question costs a 400."""
        request.state.status, request.state.witness = 200, Witness()
        request.state.completion = completion = Completion()
        tag = None
        try:
            response = await self.run(request)
        except UNASKED as fault:
            response = self._refusal(request, fault)
            if isinstance(fault, NotFound | Forbidden) and form == JSON:
                response.status_code = 200  # it was a question, and the answer is no
        else:
            response.status_code = request.state.status if form == RESPONSE else 200
            tag = tags.of(request.state.witness)
        self._metrics.count(completion)
        if request.headers.get(DEBUG) == COMPLETION:
            response.headers[f"{DEBUG}-{COMPLETION}"] = str(completion)
        response.headers["Content-Type"] = f"{form}; charset=utf-8"
        await tagged(response, request, tag)(request.scope, request.receive, send)

    async def _tell(self, request: Request, send: Send) -> None:
        """Answer as a stream of events; what is no question costs a 400."""
        try:
            found = await self.parse_http_body(self.request_adapter_class(request))
            question = _question(found)
        except UNASKED as fault:
            await self._refusal(request, fault)(request.scope, request.receive, send)
            return
        stream = Stream(self._hub)
        stream.admit(request.state.principal, request.headers)
        self._streams.enter(stream)
        try:
            await EventStream(self._hub, request, stream, send).tell(question)
        finally:
            self._streams.leave(stream)

    def _refusal(self, request: Request, fault: Malformed | NengshuError) -> Response:
        """Of what cannot be handed to the schema, or not by this method."""
        told = refusal(request, InvalidInput(fault.reason) if isinstance(fault, Malformed) else fault)
        is_mutation = isinstance(fault, Malformed) and isinstance(fault.__cause__, InvalidOperationTypeError)
        status, headers = (405, {"Allow": "POST"}) if is_mutation else (400, None)
        return Response(self.encode_json({"errors": told}), status, headers)

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """The answer with its errors named; without `data` where nothing was executed, as the specification says."""
        answer: Any = process_result(result)
        errors = answer.get("errors")
        if errors:
            request.state.witness.is_passing = True
            answer["errors"] = named(request, errors)
            if answer["data"] is None and all("path" not in error for error in errors):
                del answer["data"]
                request.state.status = 500 if all(map(is_internal, errors)) else 400
        found: GraphQLHTTPResponse = answer
        return found

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:  # noqa: ARG002 - strawberry's signature
        """Never: the hub's page stands elsewhere."""
        return False

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """What was asked; strawberry leaves an operation's name unlooked at. Raises as `text_of` does."""
        found = await super().parse_http_body(request)
        if isinstance(found, list):
            return found
        if not isinstance(found.operation_name, str | None):
            raise InvalidInput("expected a string or null", "operationName")
        question = cast("_Question", request)
        text = await text_of(self._hub, question.asker, found.query, await question.document_id())
        return replace(found, query=text)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> GraphContext:  # noqa: ARG002 - strawberry's signature
        """Who asks and what may be asked, under the eyes of whoever says whether the answer may have a tag."""
        asker, name = request.state.principal, request_id(request.scope)
        context = context_of(self._hub, asker, name)
        context.sources = request.state.witness.watched(context.sources)
        context.takes_text = True  # as `encode_json` does
        context.completion = request.state.completion
        return context

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


def _accepted(request: Request) -> str:
    return ",".join(request.headers.getlist("accept"))


def _question(found: GraphQLRequestData | list[GraphQLRequestData]) -> Question:
    """The one question to be told. Raises InvalidInput for several, and for none."""
    if isinstance(found, list) or not found.query:
        raise InvalidInput("expected one question", "query")
    return Question(found.query, found.variables, found.operation_name)
