"""Where devices of the AK dialect call: a route a step, and a way of its own for records, of which thousands come a second.

A record's way is as short as its bounds allow: it goes past the router and every middleware, is bounded in size, time and
number here, and is handed to the next group on the event loop; no thread waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.errors import InvalidInput
from hub.endpoints.asking import hub_of
from hub.endpoints.bodies import read_body
from hub.endpoints.headers import SAFE
from hub.endpoints.problems import HTTP_ERROR, problem, status_of, unforeseen
from hub.endpoints.request_ids import HEADER, request_id
from hub.wiring import Hub
from provincial_adapters.nhjc_ak import (
    BASE_PATH,
    CONFIG_BYTES_MAX,
    RECORD_BYTES_MAX,
    RECORD_PATH,
    AkDevices,
    Answer,
    Caller,
)

RECORDS_MAX = 4_000  # requests with a record under way, some 20 KB each: a commit's wait at twice what is stored a second
RECORD_SECONDS_MAX = 20.0  # until a record of some hundred bytes has come
BUSY_S = 5

# Where a device may have its token, in this order (assumed: no source says it; docs/nhjc-ak.md).
TOKEN_HEADERS = (b"token", b"authorization", b"accesstoken", b"access-token")
_BEARER = "bearer "
_SAFE = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]
_JSON = (b"content-type", b"application/json;charset=UTF-8")
_BUSY = Answer("429", "平台繁忙，请稍后重发", status=429, retry_after_s=BUSY_S)
_FAILED = Answer("500", "平台处理失败，请重发", status=500)
_WRITING = frozenset({"/enterpriseInfo/apply", "/enterpriseInfo/update"})


def ak_routes(records: Records, devices: AkDevices, middleware: Sequence[Middleware] = ()) -> list[Route]:
    """One route a step, and the records' for whoever looks for it among the routes."""
    steps = [
        Route(BASE_PATH + path, _step(path), methods=["POST"], middleware=middleware)
        for path in devices.paths
    ]
    return [*steps, Route(RECORDS, records, methods=["POST"])]


RECORDS = BASE_PATH + RECORD_PATH


class Records:
    """The address of records, as an ASGI application.

    `under_way` are asked and not answered yet; `tasks` are those a server counts among its own, from the moment it does.
    `count` hears the code of each answer.
    """

    def __init__(
        self, devices: AkDevices, count: Callable[[str], None], seconds_max: float = RECORD_SECONDS_MAX
    ) -> None:
        self._devices, self._count, self._seconds_max = devices, count, seconds_max
        self.under_way = self.tasks = 0

    def counted(self, app: ASGIApp) -> ASGIApp:
        """An application that answers one request with a record in a task of its own, counted until that is done."""
        self.tasks += 1

        async def answering(scope: Scope, receive: Receive, send: Send) -> None:
            if (task := asyncio.current_task()) is not None:
                task.add_done_callback(self._done)
            await app(scope, receive, send)

        return answering

    def _done(self, _: asyncio.Task[Any]) -> None:
        self.tasks -= 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one record."""
        if self.under_way >= RECORDS_MAX:
            self._count(_BUSY.code)
            await _send(scope, send, _BUSY, is_read=False)
            return
        self.under_way += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self.under_way -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive, self._seconds_max)
            answer = _LATE if body is None else await self._devices.take(body, caller_of(scope))
        except Exception as fault:  # noqa: BLE001 - it is logged, and a device is told in its own words
            unforeseen(HTTPConnection(scope), fault)
            answer, body = _FAILED, None
        self._count(answer.code)
        await _send(scope, send, answer, is_read=body is not None and len(body) <= RECORD_BYTES_MAX)


_LATE = Answer("400", "报文未在规定时间内传完", status=408)


async def _body(receive: Receive, seconds_max: float) -> bytes | None:
    """The whole body, or more of it than a record may have; None where it does not come in time, or its sender went."""
    try:
        async with asyncio.timeout(seconds_max):
            message = await receive()
            body: bytes = message.get("body", b"")
            while message.get("more_body", False) and len(body) <= RECORD_BYTES_MAX:
                message = await receive()
                body += message.get("body", b"")
    except TimeoutError:
        return None
    return None if message["type"] == "http.disconnect" else body


async def _send(scope: Scope, send: Send, answer: Answer, *, is_read: bool) -> None:
    body = answer.body
    headers = [
        _JSON,
        (b"content-length", str(len(body)).encode()),
        (HEADER.lower().encode(), request_id(scope).encode()),
        *_SAFE,
    ]
    if answer.retry_after_s is not None:
        headers.append((b"retry-after", str(answer.retry_after_s).encode()))
    if not is_read:  # what is left of the body is not read away
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Shortened(Starlette):
    """An application in which records take their own way."""

    records: Records | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A record goes to its address at once, everything else the long way."""
        if self.records is not None and scope.get("path") == RECORDS and scope.get("method") == "POST":
            scope["app"] = self
            await self.records(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _step(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        try:
            body = await read_body(request, CONFIG_BYTES_MAX, hub.settings.body_seconds_max)
        except InvalidInput as fault:
            return problem(request, status_of(fault), fault.code, str(fault))
        except HTTPException as fault:
            return problem(request, fault.status_code, HTTP_ERROR, fault.detail, fault.headers)
        return _response(await _stepped(hub, path, body, caller_of(request.scope)))

    return endpoint


async def _stepped(hub: Hub, path: str, body: bytes, caller: Caller) -> Answer:
    writes = path in _WRITING or path.endswith("Configure")
    lane = hub.writers if writes else hub.lookups
    return await to_thread.run_sync(hub.ak.answer, path, body, caller, limiter=lane)


def _response(answer: Answer) -> Response:
    told = {} if answer.retry_after_s is None else {"Retry-After": str(answer.retry_after_s)}
    return Response(answer.body, answer.status, told, media_type="application/json")


def caller_of(scope: Scope) -> Caller:
    """From where a request comes, and the token that its headers or its query hold."""
    client = scope.get("client")
    return Caller(client[0] if client else "unknown", _token_of(scope))


def _token_of(scope: Scope) -> str | None:
    found: dict[bytes, bytes] = {name: value for name, value in scope["headers"] if name in TOKEN_HEADERS}
    for name in TOKEN_HEADERS:
        if (value := found.get(name)) is not None:
            text = value.decode("latin-1").strip()
            return text[len(_BEARER) :].strip() if text[: len(_BEARER)].lower() == _BEARER else text
    query: bytes = scope.get("query_string", b"")
    tokens = parse_qs(query.decode("latin-1")).get("token") if query else None
    return tokens[0] if tokens else None
