"""Which hub a request came to, and who asks."""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request

from graph.model.principal import Principal
from hub.wiring import Hub


def hub_of(request: Request) -> Hub:
    """The hub the request came to."""
    hub: Hub = request.app.state.hub
    return hub


async def principal_of(request: Request) -> Principal:
    """Who asks. Raises Unauthenticated."""
    hub = hub_of(request)
    return await to_thread.run_sync(lambda: hub.gatekeeper.principal(request.headers), limiter=hub.readers)
