"""The five paths on which access devices call, answered in the words of their dialect."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import InvalidInput
from hub.endpoints.asking import hub_of
from hub.endpoints.bodies import read_body
from hub.endpoints.problems import status_of
from hub.wiring import SMALL_BODY, Hub
from provincial_adapters.nhjc04 import BODY_BYTES_MAX, Answer

ASK_BYTES_MAX = 1024 * 1024  # what a device asks is a form of some kilobytes
UTF_8, GBK = ("utf-8", "utf8", "us-ascii", "ascii"), ("gbk", "gb2312", "gb18030", "cp936")
Endpoint = Callable[[Request], Awaitable[Response]]

_ASKS = {
    "/enterprise/register": "register",
    "/enterprise/versionCheck": "version_check",
    "/enterprise/downloadBaseData": "download_base_data",
}
_UPLOADS = {
    "/enterprise/downloadConfigData": "read_config",
    "/enterprise/uploadEnergyData": "read_data",
}


def device_routes(middleware: Sequence[Middleware] = ()) -> list[Route]:
    """One route a step; devices post to all of them."""
    steps = {path: _step(name, ASK_BYTES_MAX, _asked) for path, name in _ASKS.items()}
    steps |= {path: _step(name, BODY_BYTES_MAX, _uploaded) for path, name in _UPLOADS.items()}
    return [Route(path, step, methods=["POST"], middleware=middleware) for path, step in steps.items()]


def _step(name: str, bytes_max: int, answer: Callable[[Hub, str, bytes], Awaitable[Answer]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        try:
            body = await read_body(request, bytes_max, hub.settings.body_seconds_max)
            if (charset := _charset_of(request)) not in UTF_8:
                body = await to_thread.run_sync(_as_utf_8, body, charset)
        except InvalidInput as fault:
            return _refusal(str(fault), status_of(fault))
        except HTTPException as fault:
            return _refusal(fault.detail, fault.status_code, fault.headers)
        return _reply(await answer(hub, name, body), 200)

    return endpoint


def _charset_of(request: Request) -> str:
    """What letters a body is declared to be in. What its content is called besides is of no account."""
    found = re.search(
        r"""charset *= *["']?([\w.-]+)""", request.headers.get("content-type", ""), re.IGNORECASE
    )
    return found[1].lower() if found else UTF_8[0]


def _as_utf_8(body: bytes, charset: str) -> bytes:
    """A body of older clients, which write GBK."""
    if charset not in GBK:
        raise HTTPException(415, f"不支持字符集 {charset[:32]}，请用 UTF-8 或 GBK")
    try:
        return body.decode("gb18030").encode()
    except UnicodeDecodeError as fault:
        raise HTTPException(
            400, f"Content-Type 写明 {charset}，但第 {fault.start + 1} 字节起不是 GBK"
        ) from fault


async def _asked(hub: Hub, name: str, body: bytes) -> Answer:
    step: Callable[[bytes], Answer] = getattr(hub.devices, name)
    return await to_thread.run_sync(step, body, limiter=hub.lookups)


async def _uploaded(hub: Hub, name: str, body: bytes) -> Answer:
    """Only what a known device sends whole and readable gets as far as the writer."""
    async with hub.lane_of(small=len(body) <= SMALL_BODY):  # a device's JSON comes as it is, never packed
        found: Any = await to_thread.run_sync(getattr(hub.devices, name), body)
        if callable(found):
            found = await to_thread.run_sync(found, limiter=hub.writers)
    answer: Answer = found
    return answer


def _refusal(why: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    words = "平台繁忙" if status == 429 else "报文有误"
    return _reply({"responseCode": "1", "responseMessage": f"{words}：{why}"}, status, headers)


def _reply(answer: Answer, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(answer), status, headers, media_type="application/json")
