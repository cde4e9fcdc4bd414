"""Reads a request's body within bounds of size and time."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error as NotBase64

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.errors import MalformedBody, TooLarge
from hub.endpoints.problems import busy

RETRY_AFTER_S = 5  # bodies under way are read and stored within seconds


class HangUp:
    """Closes the connection behind an answer given before the body's end; what is left is not even read away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and see how far its body was read."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def reading() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = is_read or not message.get("more_body", False)
            return message

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_read:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, reading, answering)


class Allowance:
    """Bytes of bodies that may be in memory at once, over all requests that share it."""

    def __init__(self, bytes_max: int) -> None:
        self._max = self._left = bytes_max

    def check(self, size: int) -> None:
        """Answer 429 where so many bytes more do not fit now."""
        if size > self._left:
            why = (
                f"bodies of {self._max - self._left} bytes are under way, at most {self._max}; send it again"
            )
            raise busy(why, RETRY_AFTER_S)

    def take(self, size: int) -> None:
        """Use some. Answers 429 as `check` does."""
        self.check(size)
        self._left -= size

    def give_back(self, size: int) -> None:
        """Whoever took it has been answered."""
        self._left += size


class Sharing:
    """Lets a body in only as far as an allowance goes, and gives back what it took once the answer is sent."""

    def __init__(self, app: ASGIApp, allowance: Allowance) -> None:
        self._app, self._allowance = app, allowance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body; one that declares too much is refused unread."""
        taken = 0

        async def reading() -> Message:
            nonlocal taken
            if not taken:
                self._allowance.check(_declared(Headers(scope=scope)))
            message = await receive()
            size = len(message.get("body", b""))
            self._allowance.take(size)
            taken += size
            return message

        try:
            await self._app(scope, reading, send)
        finally:
            self._allowance.give_back(taken)


def _declared(headers: Headers) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def read_body(request: Request, bytes_max: int, seconds_max: float) -> bytes:
    """The whole body as it came, checked against its Content-Digest.

    Raises TooLarge beyond `bytes_max` and MalformedBody for a wrong digest; answers 408 when it does not
    arrive in time.
    """
    declared = _declared(request.headers)
    if declared > bytes_max:
        raise TooLarge(f"{declared} bytes, at most {bytes_max}", "body")
    try:
        with anyio.fail_after(seconds_max):
            packed = await _collect(request, bytes_max)
    except TimeoutError as fault:
        raise HTTPException(408, f"the body did not arrive within {seconds_max:g} s") from fault
    except ClientDisconnect as fault:
        raise MalformedBody("the sender went away before the body's end", "body") from fault
    _check_digest(request.headers.get("content-digest"), packed)
    return packed


async def _collect(request: Request, bytes_max: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > bytes_max:
            raise TooLarge(f"more than {bytes_max} bytes", "body")
        pieces.append(piece)
    return b"".join(pieces)


def _check_digest(header: str | None, body: bytes) -> None:
    said = said_digest(header, "Content-Digest")
    if said not in (None, hashlib.sha256(body).digest()):
        raise MalformedBody("the body's SHA-256 is another", "Content-Digest")


def said_digest(header: str | None, name: str) -> bytes | None:
    """The SHA-256 that a header of RFC 9530 says, None without one. Raises MalformedBody."""
    if header is None:
        return None
    found = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", header)
    if not found:
        raise MalformedBody("expected sha-256=:base64:", name)
    try:
        return b64decode(found[1], validate=True)
    except NotBase64 as fault:
        raise MalformedBody("is not base64", name) from fault
