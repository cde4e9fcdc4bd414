"""An invented nation that answers the committed schema's questions, and a site that serves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLSchema, build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from graph.model.period import Quarter
from graph.model.region import PROVINCES
from hub.dashboard.routes import page_routes
from hub.endpoints.headers import SafeHeaders

SCHEMA = Path(__file__).resolve().parents[3] / "graph" / "schema.graphql"
NOW = dt.datetime(2026, 11, 23, 0, 30, tzinfo=dt.UTC)
COOKIE, SESSION = "nengshu-session", "an-analysts-secret"
ME = {"account": "li", "name": "李四"}
KINDS = ("COAL", "OIL", "NATURAL_GAS", "ELECTRICITY", "HEAT", "OTHER")

# code, name, mode, stage, units due, connected, overdue, tile
_INVENTED = (
    ("910000", "虚构甲省", "Invented Jia", "PLATFORM", "ACCEPTED", 14, 14, 0, (1, 0)),
    ("920000", "虚构乙省", "Invented Yi", "DIRECT", None, 5, 4, 1, (2, 0)),
    ("930000", "虚构丙省", "Invented Bing", "PLATFORM", "TRIAL", 1600, 900, 500, (0, 1)),
    ("940000", "虚构丁省", "Invented Ding", "PLATFORM", "BUILT", 900, 700, 0, (1, 1)),
    ("950000", "虚构戊省", "Invented Wu", None, None, 0, 0, 0, (2, 1)),
)

Row = dict[str, Any]


def provinces() -> list[Row]:
    """The real ones, of which nothing is said, and the invented ones."""
    real = [
        (str(code), r.name, r.english, None, None, 0, 0, 0, r.tile or (0, 0)) for code, r in PROVINCES.items()
    ]
    return [_province(*row) for row in [*real, *_INVENTED]]


def _province(code: str, name: str, english: str, mode: str | None, stage: str | None, *rest: Any) -> Row:
    due, connected, overdue, (column, row) = rest
    return {
        "code": code,
        "province": code,
        "name": name,
        "shortName": PROVINCES_SHORT.get(code, name[2]),
        "english": english,
        "mode": mode,
        "stage": stage,
        "nextStage": "ACCEPTED" if stage == "TRIAL" else None,
        "nextPlanned": "2026-12-01" if stage == "TRIAL" else None,
        "overdueStages": ["TRIAL"] if stage == "BUILT" else [],
        "unitsDue": due,
        "connected": connected,
        "overdue": overdue,
        "tileColumn": column,
        "tileRow": row,
        "punctuality": "ON_TIME" if due else "PENDING",
    }


PROVINCES_SHORT = {str(code): region.short_name for code, region in PROVINCES.items()}


def completeness_rows(first: dt.date, last: dt.date) -> list[Row]:
    """One row for each invented province with units and each day; one province misses a week."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        {"province": row[0], "day": day.isoformat(), "due": 96 * row[6], "received": _received(row, day)}
        for row in _INVENTED
        if row[6]
        for day in days
    ]


def _received(row: tuple[Any, ...], day: dt.date) -> int:
    whole: int = 96 * row[6]
    if row[0] == "930000" and day.day < 8:
        return whole * 2 // 5
    return whole if day.day % 5 else whole * 19 // 20


def energy_rows() -> list[Row]:
    """Half a year of every kind; one figure lacks its coefficient."""
    return [
        {
            "month": f"2026-{month:02}",
            "kind": kind,
            "tce": None if kind == "OTHER" else f"{month * (n + 1) * 41234}.5",
        }
        for month in range(6, 12)
        for n, kind in enumerate(KINDS)
    ]


class Root:
    """The root fields the pages ask for. `empty` leaves out all that was ever handed in."""

    def __init__(self, empty: bool = False) -> None:
        self._rows = [] if empty else provinces()
        self._empty = empty

    def connect(self, units: int) -> None:
        """So many more are connected from now on."""
        self._rows[-1]["connected"] += units

    def _service(self, _info: Any) -> Row:
        """The schema's text, which GraphiQL explains."""
        return {"sdl": SCHEMA.read_text(encoding="utf-8")}

    def nation(self, _info: Any) -> Row:
        """Counts, and the latest batch."""
        batch = {"id": 128, "source": "invented-hub", "receivedAt": "2026-11-23T06:12:00+08:00", "rows": 9600}
        return {
            "unitsTotal": 2600,
            "unitsConnected": 1618,
            "latestBatch": None if self._empty else {**batch, "accepted": 9600, "rejected": 0},
        }

    def provinces(self, _info: Any, **_: Any) -> Row:
        """All of them."""
        return {"nodes": provinces()}

    def constructionProgress(self, _info: Any, quarter: str, **_: Any) -> Row:  # noqa: N802 - a field's name
        """Sums of the rows."""
        sums = {name: sum(row[name] for row in self._rows) for name in ("unitsDue", "connected", "overdue")}
        return {**sums, "quarter": quarter, "platformsOverdue": 1, "provinces": self._rows}

    def quarterlyReports(self, _info: Any, quarter: str, **_: Any) -> Row:  # noqa: N802 - a field's name
        """One a province."""
        due = Quarter.parse(quarter).report_due.isoformat()
        return {"nodes": [{**row, "due": due} for row in self._rows]}

    def completeness(self, _info: Any, period: Row, **_: Any) -> Row:
        """Rows and sums."""
        first, last = (dt.date.fromisoformat(period[name]) for name in ("from", "to"))
        rows = [] if self._empty else completeness_rows(first, last)
        due, received = (sum(row[name] for row in rows) for name in ("due", "received"))
        return {"rows": rows, "due": due, "received": received, "rate": received / due if due else None}

    def energyBalance(self, _info: Any, **_: Any) -> Row:  # noqa: N802 - a field's name
        """Rows, and what cannot be counted."""
        rows = [] if self._empty else energy_rows()
        total = "0" if self._empty else "12345678.9012"
        return {"rows": rows, "totalTce": total, "readings": len(rows), "withoutCoefficient": len(rows) // 6}

    def units(self, _info: Any, **_: Any) -> Row:
        """None."""
        return {"totalCount": 0, "nodes": []}


@cache
def schema() -> GraphQLSchema:
    """The committed schema; its federation directives are not this test's affair. Nobody changes it: it is read once."""
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid=True)


Answering = Callable[[Request], Awaitable[Response]]


def answering(root: Root | None = None) -> Answering:
    """What answers `POST /graphql`, whoever asks."""
    asked, known = root or Root(), schema()

    async def graphql(request: Request) -> Response:
        question = await request.json()
        if "__schema" in question["query"]:  # closed, as it is in a hub by itself
            return JSONResponse({"errors": [{"message": "__schema is closed here"}]})
        found = graphql_sync(known, question["query"], asked, variable_values=question.get("variables"))
        reply = JSONResponse(found.formatted)
        tag = f'W/"{sha256(reply.body).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(None, 304, {"ETag": tag})
        reply.headers["ETag"] = tag
        return reply

    return graphql


def site(data_dir: Path, root: Root | None = None) -> Starlette:
    """Pages over a nation, with the headers the hub sets. Who has the session's cookie is signed in."""
    answer = answering(root)

    def is_known(request: Request) -> bool:
        return request.cookies.get(COOKIE) == SESSION

    async def graphql(request: Request) -> Response:
        return await answer(request) if is_known(request) else JSONResponse({"detail": "nobody"}, 401)

    async def me(request: Request) -> Response:
        return JSONResponse(ME) if is_known(request) else JSONResponse({"detail": "nobody"}, 401)

    async def login(request: Request) -> Response:
        return Response(f"sign in, then {request.query_params['next']}")

    async def logout(_: Request) -> Response:
        reply = RedirectResponse("login?next=", 303)
        reply.delete_cookie(COOKIE)
        return reply

    routes = [
        Route("/graphql", graphql, methods=["POST"]),
        Route("/me", me),
        Route("/login", login),
        Route("/logout", logout, methods=["POST"]),
        Route("/account", own_account),
        *page_routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(SafeHeaders)])
    settings = SimpleNamespace(data_dir=data_dir, name="nengshu", graphiql=True)
    app.state.hub = SimpleNamespace(settings=settings, clock=SimpleNamespace(now=lambda: NOW))
    return app


async def own_account(_: Request) -> Response:
    """A page that is there, for those that name it."""
    return Response("one's own account")
