"""The web application of a hub: every way in and out over HTTP, and what guards all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hub.cadence import keep_looking, keep_running
from hub.dashboard.routes import page_routes
from hub.device_booking import keep_booking, keep_settling
from hub.endpoints.ak_devices import Records, Shortened, ak_routes
from hub.endpoints.arriving import Arriving
from hub.endpoints.at_the_door import kept
from hub.endpoints.batches import batch_routes
from hub.endpoints.bodies import Allowance, HangUp, Sharing
from hub.endpoints.devices import device_routes
from hub.endpoints.digests import comparing_routes
from hub.endpoints.downloads import Downloads
from hub.endpoints.exports import export_routes
from hub.endpoints.graphql import GraphQLEndpoint
from hub.endpoints.headers import SafeHeaders
from hub.endpoints.health import HEALTH, healthz
from hub.endpoints.metrics import Metrics
from hub.endpoints.oauth import oauth_routes
from hub.endpoints.openapi import openapi_route
from hub.endpoints.probe_health import health_routes
from hub.endpoints.problems import HANDLERS
from hub.endpoints.registry_batches import get_registry_batch
from hub.endpoints.request_ids import RequestIds
from hub.endpoints.signing_in import people_routes
from hub.endpoints.sockets import SocketEndpoint
from hub.endpoints.streams import Streams
from hub.endpoints.turns import Turns
from hub.endpoints.uploads import upload_routes
from hub.endpoints.waiting_denials import WaitingDenials
from hub.uploads.keeping import Booker
from hub.wiring import Hub


def build_app(hub: Hub) -> Starlette:
    """The application over an open hub."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        kept_on = (keep_looking(hub), booker.keep(), keep_booking(hub), keep_settling(hub))
        running = [asyncio.create_task(each) for each in kept_on]
        if hub.settings.sync_seconds:
            running.append(asyncio.create_task(keep_running(hub)))
        yield
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        await denials.drain()
        await hub.live.aclose()

    streams = Streams(min(hub.settings.streams_max, hub.settings.concurrency_max - 1))
    batches, devices = (Allowance(hub.settings.bodies_bytes_max) for _ in range(2))
    metrics, denials = Metrics(), WaitingDenials(hub.door.log, hub.lookups)
    booker, records = Booker(hub), Records(hub.ak, metrics.count_record)
    routes: list[BaseRoute] = [
        Route(HEALTH, healthz),
        metrics.route(),
        Route("/graphql", GraphQLEndpoint(hub, streams, metrics)),
        WebSocketRoute("/graphql", SocketEndpoint(hub, streams)),
        *batch_routes([Middleware(Sharing, batches)]),
        Route("/sync/v1/batches/registry/{id:int}", get_registry_batch),
        *comparing_routes(),
        *health_routes([Middleware(Sharing, batches)]),
        *upload_routes(booker),
        openapi_route(hub.settings.base_url),
        *export_routes(),
        *oauth_routes(),
        *people_routes(),
        *device_routes(hub, [Middleware(Sharing, devices)]),
        *ak_routes(records, hub.ak, [Middleware(Sharing, devices)]),
        *page_routes(),
    ]
    app = Shortened(
        routes=kept(routes),
        middleware=[Middleware(RequestIds), Middleware(SafeHeaders), Middleware(HangUp)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.hub, app.state.streams, app.state.denials = hub, streams, denials
    app.records = app.state.records = records
    app.state.turns, app.state.arriving = Turns(), Arriving(hub.settings.bodies_bytes_max)
    app.state.downloads = Downloads(hub.settings.exports_max, hub.settings.exports_each_max)
    return app
