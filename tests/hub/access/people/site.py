"""A small site of people alone: its pages, its doors, and an invented nation that only who is signed in may ask about."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.dashboard.routes import page_routes
from hub.endpoints.bodies import HangUp
from hub.endpoints.headers import SafeHeaders
from hub.endpoints.problems import HANDLERS
from hub.endpoints.request_ids import RequestIds
from hub.endpoints.signing_in import people_routes
from hub.endpoints.waiting_denials import WaitingDenials
from tests.hub.access.people.fakes import Stage
from tests.hub.dashboard.nation import answering

OWN = "http://hub"


def site(stage: Stage, data_dir: Path) -> Starlette:
    """The site, as a hub puts it together."""

    answer = answering()

    async def graphql(request: Request) -> Response:
        stage.people.gate.principal_of_session(request.headers, request.method, False)
        return await answer(request)

    routes = [Route("/graphql", graphql, methods=["POST"]), *people_routes(), *page_routes()]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(RequestIds), Middleware(SafeHeaders), Middleware(HangUp)],
        exception_handlers=HANDLERS,
    )
    settings = SimpleNamespace(data_dir=data_dir, name="试验枢纽", graphiql=True)
    door = SimpleNamespace(log=stage.log)
    app.state.hub = SimpleNamespace(
        settings=settings, clock=stage.clock, people=stage.people, door=door, lookups=stage.people.lookups
    )
    app.state.denials = WaitingDenials(stage.log, stage.people.lookups)
    return app


def browser(stage: Stage, data_dir: Path, base_url: str = OWN) -> httpx.AsyncClient:
    """A browser without scripts that keeps cookies, sends its forms as from a page of ours, and follows nothing."""
    transport = httpx.ASGITransport(app=site(stage, data_dir), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url, headers={"Origin": base_url})


def field(page: httpx.Response, name: str) -> str:
    """The value of a form's field."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


def telephone(page: httpx.Response) -> str:
    """The secret as it stands there to be typed."""
    found = re.search(r'id="telephone-secret">([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def wrong(page: httpx.Response) -> str:
    """What a page says is wrong."""
    found = re.search(r'id="wrong" role="alert">([^<]+)<', page.text)
    return found[1] if found else ""
