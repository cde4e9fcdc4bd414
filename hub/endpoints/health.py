"""Says whether the hub lives."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

HEALTH = "/healthz"


async def healthz(_request: Request) -> Response:
    """Alive: the process answers."""
    return Response(orjson.dumps({"status": "ok"}), media_type="application/json")
