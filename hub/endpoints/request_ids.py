"""What a request is called, in every answer's header, in every error and in the log."""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
# The head of an answer: of a request, of a socket that is let in, of one that is not.
STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)  # fits a log line and says nothing in any syntax
_BYTES = 12  # of one we make: none comes twice


class RequestIds:
    """Names each request: as its sender did, where that is a short plain word, else anew."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its name and say the name in the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        name = request_id(scope)

        async def completed(message: Message) -> None:
            if message["type"] in STARTS:
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        await self._app(scope, receive, completed)


def request_id(scope: Scope) -> str:
    """What a request is called; whoever asks first settles it."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        given = Headers(scope=scope).get(HEADER, "")
        state["request_id"] = given if _SANE.fullmatch(given) else secrets.token_hex(_BYTES)
    name: str = state["request_id"]
    return name
