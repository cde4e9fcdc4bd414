"""Which hub a request came to, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from anyio import to_thread
from starlette.requests import HTTPConnection

from graph.errors import Forbidden
from graph.model.principal import Principal, Reach
from hub.doors import door_of
from hub.wiring import Hub


def hub_of(request: HTTPConnection) -> Hub:
    """The hub the request came to."""
    hub: Hub = request.app.state.hub
    return hub


async def let_in(request: HTTPConnection, door: str) -> Principal:
    """Who asks, bounded by what part of the country this hub serves. Raises Unauthenticated, Forbidden."""
    found = await principal_by(hub_of(request), request.headers)
    door_of(door).require(found)
    return found


async def principal_by(hub: Hub, headers: Mapping[str, str]) -> Principal:
    """Who comes with these headers, bounded as `let_in` does. Raises Unauthenticated, Forbidden."""
    if hub.gatekeeper.is_quick(headers):
        found = hub.gatekeeper.principal(headers)
    else:
        found = await to_thread.run_sync(lambda: hub.gatekeeper.principal(headers), limiter=hub.lookups)
    return replace(found, reach=bounded(found.reach, hub.settings.reach))


def bounded(reach: Reach, served: Reach) -> Reach:
    """The part of `reach` that a hub of `served` knows. Raises Forbidden where the two have nothing in common."""
    if served.region is None or reach.region is None:
        return replace(reach, region=reach.region or served.region)
    if not served.region.holds(reach.region):
        raise Forbidden(f"this hub serves {served}, and nothing of {reach}")
    return reach
