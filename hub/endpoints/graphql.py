"""GraphQL over HTTP: the schema under the asker's token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from graph.model.principal import Role
from graph.ports import GraphContext, Sources
from hub.endpoints.asking import principal_of
from hub.endpoints.bodies import read_body
from hub.endpoints.leaving import interruptible, while_connected
from hub.wiring import Hub

QUESTION_BYTES_MAX = 1024 * 1024  # a question is text people write
T = TypeVar("T")


class GraphQLEndpoint(GraphQL[GraphContext, None]):
    """Strawberry's view with our context, exact JSON, and no page of its own."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.schema, graphql_ide=None, allow_queries_via_get=False)
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Who asks and whether they may read is settled before a byte of the question is read.

        Raises Unauthenticated, Forbidden and TooLarge, which the application answers as problems.
        """
        request = Request(scope, receive)
        principal = await principal_of(request)
        principal.require(Role.READ)
        request.state.principal = principal
        body = await read_body(request, QUESTION_BYTES_MAX, self._hub.settings.body_seconds_max)

        async def question() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await while_connected(receive, super().__call__(scope, question, send))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> GraphContext:  # noqa: ARG002 - strawberry's signature
        """Who asks and what may be asked."""
        hub = self._hub

        async def run_blocking(call: Callable[[], T]) -> T:
            return await interruptible(call, hub.readers)

        sources = Sources(hub.registry, hub.store, hub.store, hub.clock, hub.registry)
        return GraphContext(principal=request.state.principal, sources=sources, run_blocking=run_blocking)

    def encode_json(self, data: Mapping[str, object] | Any) -> bytes:
        """Answers as bytes."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """Questions from bytes; strawberry takes for granted that they are objects or lists."""
        question: object = orjson.loads(data)
        if not isinstance(question, dict | list):
            raise orjson.JSONDecodeError("expected an object with a query", "", 0)
        return question
