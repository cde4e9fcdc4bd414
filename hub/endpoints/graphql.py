"""GraphQL over HTTP: the schema under the asker's token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from graph.ports import GraphContext, Sources
from hub.endpoints.asking import principal_of
from hub.wiring import Hub

T = TypeVar("T")


class GraphQLEndpoint(GraphQL[GraphContext, None]):
    """Strawberry's view with our context, exact JSON, and no page of its own."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.schema, graphql_ide=None, allow_queries_via_get=False)
        self._hub = hub

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> GraphContext:  # noqa: ARG002 - strawberry's signature
        """Who asks and what may be asked. Raises Unauthenticated, which answers 401."""
        hub = self._hub

        async def run_blocking(call: Callable[[], T]) -> T:
            return await to_thread.run_sync(call, limiter=hub.readers)

        if not isinstance(request, Request):
            raise TypeError("subscriptions are not served yet")
        principal = await principal_of(request)
        sources = Sources(hub.registry, hub.store, hub.store, hub.clock, hub.registry)
        return GraphContext(principal=principal, sources=sources, run_blocking=run_blocking)

    def encode_json(self, data: Mapping[str, object] | Any) -> bytes:
        """Answers as bytes."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        """Questions from bytes."""
        return orjson.loads(data)
