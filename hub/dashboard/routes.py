"""The pages' addresses: the dashboard, GraphiQL, and the files both are made of."""

from __future__ import annotations

import orjson
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.dashboard import bundle
from hub.dashboard.assets import ASK_AGAIN, FOREVER, Asset, sent
from hub.dashboard.bundle import Bundle
from hub.dashboard.charts import charts
from hub.dashboard.pages import view
from hub.dashboard.shells import shells
from hub.dashboard.words import language

# GraphiQL's menus put a style element of their own into the page; nothing else is loosened.
GRAPHIQL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def page_routes() -> list[BaseRoute]:
    """Routes of every page; they ask `app.state.hub` for its settings and its clock."""
    pages = Pages()
    return [
        Route("/", pages.dashboard),
        Route("/graphiql", pages.graphiql),
        Route(f"/static/{bundle.NAME}", pages.vega),
        Route("/static/{digest}/charts.{lang}.json", pages.charts),
        Route("/static/{digest}/{name:path}", pages.file),
    ]


class Pages:
    """Pages and their files, read once."""

    def __init__(self) -> None:
        self._shells = shells()
        self._shelf = self._shells.shelf
        self._bundle = Bundle()

    async def dashboard(self, request: Request) -> Response:
        """`GET /?quarter=2026Q4&lang=zh`: the nation."""
        asked = request.query_params
        seen = view(language(asked.get("lang")), asked.get("quarter"), request.app.state.hub.clock.now())
        return self._shells.page("dashboard.html", request, seen, vega=f"static/{bundle.NAME}")

    async def graphiql(self, request: Request) -> Response:
        """`GET /graphiql?lang=zh`: a workbench for questions, unless the hub has none."""
        if not request.app.state.hub.settings.graphiql:
            raise HTTPException(404)
        asked = request.query_params
        seen = view(language(asked.get("lang")), None, request.app.state.hub.clock.now())
        headers = {"Content-Security-Policy": GRAPHIQL_POLICY}
        return self._shells.page("graphiql.html", request, seen, headers=headers)

    async def file(self, request: Request) -> Response:
        """`GET /static/{digest}/{name}`: a file; of this version for ever, of another one until asked again."""
        asset = self._shelf.find(request.path_params["name"])
        if asset is None:
            raise HTTPException(404, f"no file {request.path_params['name'][:80]!r}")
        return await self._sent(asset, request)

    async def charts(self, request: Request) -> Response:
        """`GET /static/{digest}/charts.zh.json`: every chart's specification."""
        made = charts(language(request.path_params["lang"]))
        return await self._sent(Asset(orjson.dumps(made), "application/json"), request, ASK_AGAIN)

    async def vega(self, request: Request) -> Response:
        """`GET /static/vega-….js`: what draws the charts."""
        asset = await self._bundle.asset(request.app.state.hub.settings.data_dir)
        return await self._sent(asset, request, FOREVER)

    async def _sent(self, asset: Asset, request: Request, caching: str | None = None) -> Response:
        ours = request.path_params.get("digest") == self._shelf.digest
        kept = caching or (FOREVER if ours else ASK_AGAIN)
        return await to_thread.run_sync(lambda: sent(asset, request.headers, kept))
