"""The five paths on which access devices call, answered in the words of their dialect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import InvalidInput
from hub.endpoints.asking import hub_of
from hub.endpoints.bodies import read_body
from hub.endpoints.problems import status_of

DEVICE_BODY_MAX = 32 * 1024 * 1024  # a month of quarter-hours of a hundred points is 12 MB

_STEPS = {
    "/enterprise/register": "register",
    "/enterprise/versionCheck": "version_check",
    "/enterprise/downloadConfigData": "upload_config",
    "/enterprise/uploadEnergyData": "upload_data",
    "/enterprise/downloadBaseData": "download_base_data",
}


def device_routes() -> list[Route]:
    """One route a step; devices post to all of them."""
    return [Route(path, _step(name), methods=["POST"]) for path, name in _STEPS.items()]


def _step(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        try:
            body = await read_body(request, DEVICE_BODY_MAX, hub.settings.body_seconds_max)
        except InvalidInput as fault:
            return _refusal(str(fault), status_of(fault))
        except HTTPException as fault:
            return _refusal(fault.detail, fault.status_code)
        step = getattr(hub.devices, name)
        return _reply(await to_thread.run_sync(step, body, limiter=hub.writers), 200)

    return endpoint


def _refusal(why: str, status: int) -> Response:
    return _reply({"responseCode": "1", "responseMessage": f"报文有误：{why}"}, status)


def _reply(answer: dict[str, object], status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")
