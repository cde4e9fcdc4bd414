"""A platform that is not there: answers JSON over HTTP as the dialect rest_json reads it, and misbehaves when told to.

POST /api/login                  {username, password} -> a token
GET  /api/v1/readings            ?date=20261119&pageNo=1&pageSize=1000, with the token
POST /simulate/{mischief}        what it does wrong from now on; `none` mends it
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from hub.simulate._rest_rows import PASSWORD, USER, Mischief, Plant

__all__ = ["Mischief", "Plant", "SimulatedPlatform", "rest"]

LOOPBACK = "127.0.0.1"
BUSY_S = 30
END_S = 1  # for answers under way when it is told to stop: a slow one would never end
PAGE_ROWS_MAX = 200_000  # more at once is a mistake of who asks
GOOD, EXPIRED, NOT_YET, NO_DATA, REFUSED = 0, 1003, 2001, 2004, 5000
_PAGE_FOR_PEOPLE = "<html><title>统一身份认证</title>请登录</html>"


@dataclass
class SimulatedPlatform:
    """The platform: what it holds, what it does wrong just now, and whom it let in."""

    plant: Plant
    mischief: Mischief = Mischief.NONE
    tokens: set[str] = field(default_factory=set)

    def app(self) -> Starlette:
        """Its three doors."""
        return Starlette(
            routes=[
                Route("/api/login", self.login, methods=["POST"]),
                Route("/api/v1/readings", self.readings),
                Route("/simulate/{mischief}", self.turn, methods=["POST"]),
            ]
        )

    async def turn(self, request: Request) -> Response:
        """Misbehave so from now on."""
        try:
            self.mischief = Mischief(request.path_params["mischief"])
        except ValueError:
            return JSONResponse({"error": f"expected one of {', '.join(Mischief)}"}, 404)
        return JSONResponse({"mischief": self.mischief})

    async def login(self, request: Request) -> Response:
        """A token for the right password."""
        given = json.loads(await request.body())
        if (given.get("username"), given.get("password")) != (USER, PASSWORD):
            return _said(REFUSED, "用户名或密码错误")
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return _said(GOOD, "登录成功", {"token": token})

    async def readings(self, request: Request) -> Response:
        """A page of a day's readings, or what is done in its place."""
        if self.mischief is Mischief.EXPIRE:
            self.tokens.clear()
            self.mischief = Mischief.NONE
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _said(EXPIRED, "令牌已失效")
        broken = _INSTEAD.get(self.mischief)
        if broken is not None:
            return await broken(request)
        asked = request.query_params
        try:
            day = dt.date(*time.strptime(asked["date"], "%Y%m%d")[:3])
            page, size = int(asked["pageNo"]), int(asked["pageSize"])
        except (KeyError, ValueError):
            return _said(REFUSED, "参数错误")
        if page < 1 or not 1 <= size <= PAGE_ROWS_MAX:
            return _said(REFUSED, "分页参数错误")
        answer = _said(GOOD, "查询成功", self._page(day, page, size))
        if self.mischief is Mischief.HALF:
            return Response(answer.body[: len(answer.body) // 2], media_type="application/json")
        return answer

    def _page(self, day: dt.date, page: int, size: int) -> dict[str, Any]:
        pages = -(-self.plant.rows // size)
        told = page + 1 if self.mischief is Mischief.WRONG_PAGE else page
        first = 0 if self.mischief is Mischief.SAME_PAGE else (page - 1) * size
        lost = 1 if self.mischief is Mischief.FEWER and page == pages else 0
        found = self.plant.page(day, first, size - lost, self.mischief)
        return {"pageNo": told, "pages": pages, "total": self.plant.rows + lost, "enterprises": found}


async def _html(_: Request) -> Response:
    return HTMLResponse(_PAGE_FOR_PEOPLE)


async def _proxy(_: Request) -> Response:
    return HTMLResponse("<html>502 Bad Gateway</html>", 502)


async def _slow(request: Request) -> Response:
    """No answer, for as long as somebody waits for one."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return await _html(request)


async def _refuse(_: Request) -> Response:
    return _said(REFUSED, "系统维护中")


async def _not_yet(_: Request) -> Response:
    return _said(NOT_YET, "数据尚未发布")


async def _no_data(_: Request) -> Response:
    return _said(NO_DATA, "当日无数据")


async def _busy(_: Request) -> Response:
    return JSONResponse({"msg": "请求过于频繁"}, 429, {"Retry-After": str(BUSY_S)})


_INSTEAD: dict[Mischief, Callable[[Request], Awaitable[Response]]] = {
    Mischief.HTML: _html,
    Mischief.PROXY: _proxy,
    Mischief.SLOW: _slow,
    Mischief.REFUSE: _refuse,
    Mischief.NOT_YET: _not_yet,
    Mischief.NO_DATA: _no_data,
    Mischief.BUSY: _busy,
}


def _said(code: int, message: str, data: Any = None) -> JSONResponse:
    trace = secrets.token_hex(8)  # another one each time, as platforms have it
    return JSONResponse({"code": code, "msg": message, "traceId": trace, "data": data})


def rest(
    port: Annotated[
        int, typer.Option(help="0 takes a free one, told in the first line of output.", min=0, max=65_535)
    ] = 0,
    host: Annotated[str, typer.Option(help="Where to listen.")] = LOOPBACK,
    province: Annotated[str, typer.Option(help="Its division; 90 to 99 are invented.")] = "970000",
    units: Annotated[int, typer.Option(help="How many units it has.", min=1, max=20_000)] = 2,
    points: Annotated[
        int, typer.Option(help="How many points each unit has, an hour apart.", min=1, max=99)
    ] = 2,
    mischief: Annotated[
        Mischief, typer.Option(help="Fault: what it does wrong from the start; POST /simulate/none mends it.")
    ] = Mischief.NONE,
) -> None:
    """Simulate a province's platform that answers JSON over HTTP, until told to stop.

    Its user is national, its password invented. While it runs, POST /simulate/<fault> has it misbehave.

    Example: nengshu simulate rest --port 8600 --units 20 --points 50
    """
    platform = SimulatedPlatform(Plant(province, units, points), mischief)
    try:
        listener = socket.create_server((host, port))
    except OSError as fault:
        raise typer.BadParameter(f"cannot listen on {host}:{port}: {fault.strerror}") from fault
    with listener:  # from here on nobody is turned away, though the server is still to begin
        where = {"host": host, "port": listener.getsockname()[1], "units": units, "points": points}
        typer.echo(json.dumps(where))
        config = uvicorn.Config(
            platform.app(), log_level="warning", access_log=False, timeout_graceful_shutdown=END_S
        )
        uvicorn.Server(config).run(sockets=[listener])


app = typer.Typer(name="rest", add_completion=False, rich_markup_mode=None)
app.command()(rest)

if __name__ == "__main__":
    app(prog_name="nengshu simulate rest")
