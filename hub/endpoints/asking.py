"""Which hub a request came to, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from anyio import to_thread
from starlette.requests import HTTPConnection

from graph.errors import Forbidden
from graph.model.principal import Principal, Reach
from hub.access.oauth.verifying import Asked
from hub.doors import SOCKET, door_of
from hub.wiring import Hub


def hub_of(request: HTTPConnection) -> Hub:
    """The hub the request came to."""
    hub: Hub = request.app.state.hub
    return hub


async def let_in(request: HTTPConnection, door: str) -> Principal:
    """Who asks at a door that opens for them. Raises Unauthenticated, Forbidden."""
    return await let_in_by(hub_of(request), request, door, request.headers)


async def let_in_by(hub: Hub, request: HTTPConnection, door: str, headers: Mapping[str, str]) -> Principal:
    """The same where other headers than the request's say who asks, as a socket's first message does."""
    request.state.door = door
    is_websocket = door.startswith(SOCKET)
    asked = Asked("GET" if is_websocket else request.scope["method"], request.scope["path"], headers)
    if hub.gatekeeper.is_quick(headers):
        found = hub.gatekeeper.principal(asked, is_websocket=is_websocket)
    else:
        found = await to_thread.run_sync(
            lambda: hub.gatekeeper.principal(asked, is_websocket=is_websocket), limiter=hub.lookups
        )
    found = replace(found, reach=bounded(found.reach, hub.settings.reach))
    request.state.principal = found
    door_of(door).require(found)
    request.state.let_in = door
    return found


async def still(hub: Hub, headers: Mapping[str, str]) -> Principal:
    """Who was let in with these headers, as far as they may now. Raises Unauthenticated, Forbidden."""
    if hub.gatekeeper.is_quick(headers):
        found = hub.gatekeeper.again(headers)
    else:
        found = await to_thread.run_sync(lambda: hub.gatekeeper.again(headers), limiter=hub.lookups)
    return replace(found, reach=bounded(found.reach, hub.settings.reach))


def bounded(reach: Reach, served: Reach) -> Reach:
    """The part of `reach` that a hub of `served` knows. Raises Forbidden where the two have nothing in common."""
    if served.region is None or reach.region is None:
        return replace(reach, region=reach.region or served.region)
    if not served.region.holds(reach.region):
        raise Forbidden(f"this hub serves {served}, and nothing of {reach}")
    return reach
