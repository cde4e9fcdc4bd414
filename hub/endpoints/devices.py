"""The five paths on which access devices call, answered in the words of their dialect."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import anyio
import orjson
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import InvalidInput
from hub.device_sides import Beside
from hub.endpoints.asking import hub_of
from hub.endpoints.bodies import RETRY_AFTER_S, read_body
from hub.endpoints.problems import HTTP_ERROR, busy, problem, status_of
from hub.wiring import SMALL_BODY, Hub
from provincial_adapters import Full, Grouping
from provincial_adapters.nhjc04 import BODY_BYTES_MAX, Answer, Rest

ASK_BYTES_MAX = 1024 * 1024  # what a device asks is a form of some kilobytes
CONFIG_BYTES_MAX = 16 * 1024 * 1024  # twenty thousand items of some 600 bytes, and what stands beside them
UTF_8, GBK = ("utf-8", "utf8", "us-ascii", "ascii"), ("gbk", "gb2312", "gb18030", "cp936")
Endpoint = Callable[[Request], Awaitable[Response]]

_ASKS = {
    "/enterprise/register": "register",
    "/enterprise/versionCheck": "version_check",
    "/enterprise/downloadBaseData": "download_base_data",
}
CONFIGURE, UPLOAD = "/enterprise/downloadConfigData", "/enterprise/uploadEnergyData"
GROUP_MAX = 64  # small uploads of a group: a few megabytes as columns, stored within a tenth of a second
WAITING_MAX = (
    1_000  # small uploads that wait for their group: some seconds of what is taken, and 64 MB at most
)


def device_routes(hub: Hub, middleware: Sequence[Middleware] = ()) -> list[Route]:
    """One route a step; devices post to all of them."""
    steps = {path: _step(partial(_asked, hub, name), ASK_BYTES_MAX) for path, name in _ASKS.items()}
    steps[CONFIGURE] = _step(partial(_taken_alone, hub, "read_config"), CONFIG_BYTES_MAX)
    steps[UPLOAD] = _step(partial(_taken, hub, _groups_of(hub), _turns()), BODY_BYTES_MAX)
    return [Route(path, step, methods=["POST"], middleware=middleware) for path, step in steps.items()]


def _groups_of(hub: Hub) -> Grouping[bytes, Answer | Rest]:
    """Small uploads of many devices, judged and written a group at a time."""
    run = Beside(anyio.CapacityLimiter(1))
    return Grouping(hub.devices.take_all, run, waiting_max=WAITING_MAX, group_max=GROUP_MAX)


def _turns() -> Grouping[Rest, Answer]:
    """What devices sent that await their province, kept beside the groups: nobody whose readings count waits for it."""
    run = Beside(anyio.CapacityLimiter(1))
    return Grouping(lambda rests: [rest() for rest in rests], run, waiting_max=WAITING_MAX, group_max=1)


def _step(answer: Callable[[bytes], Awaitable[Answer]], bytes_max: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        try:
            body = await read_body(request, bytes_max, hub.settings.body_seconds_max)
            if (charset := _charset_of(request)) not in UTF_8:
                body = await to_thread.run_sync(_as_utf_8, body, charset)
            return _reply(await answer(body))
        except InvalidInput as fault:
            return problem(request, status_of(fault), fault.code, str(fault))
        except HTTPException as fault:
            return problem(request, fault.status_code, HTTP_ERROR, fault.detail, fault.headers)

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


async def _taken(
    hub: Hub, groups: Grouping[bytes, Answer | Rest], turns: Grouping[Rest, Answer], body: bytes
) -> Answer:
    """An upload's answer; a day of an ordinary device goes with those of others. Answers 429 where too many wait."""
    if len(body) > SMALL_BODY:
        return await _taken_alone(hub, "read_data", body)
    try:
        found = await groups.put(body)
        return await turns.put(found) if callable(found) else found
    except Full as full:
        raise busy(f"已有 {WAITING_MAX} 个上传在排队，请稍后重发", RETRY_AFTER_S) from full


async def _taken_alone(hub: Hub, name: str, body: bytes) -> Answer:
    """Only what a known device sends whole and readable gets as far as the writer."""
    async with hub.lane_of(small=len(body) <= SMALL_BODY):  # a device's JSON comes as it is, never packed
        found: Any = await to_thread.run_sync(getattr(hub.devices, name), body)
        if callable(found):
            found = await to_thread.run_sync(found, limiter=hub.writers)
    answer: Answer = found
    return answer


def _reply(answer: Answer) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
