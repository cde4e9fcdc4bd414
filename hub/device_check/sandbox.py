"""A real hub in a temporary folder that any device may register with, and what it does to a device to see what it does.

It gives addresses with a mark of their own, so that hard-coded ones are seen; keeps back one answer to data; says once that
a token has ended; and changes the version of the dictionary from the second time that it is asked for. What comes is
heard, and judged when the session ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.errors import MalformedBody
from hub.device_check.heard import UNREADABLE, Fate, Heard, Step, heard, unreadable
from hub.device_check.listing import Listing

BODY_BYTES_MAX = 64 * 1024 * 1024  # as a hub takes of a device
HEARD_MAX = 200_000  # messages of a session: a record each for a thousand points of a day, twice
LOST_AT, UNAUTHORIZED_AT = 1, 3  # which data message is upset, counted from 1
GIVEN_LATER = (Step.REGISTER, Step.KEY, Step.ENTERPRISE, Step.AK)  # asked before any address was given
ENDED = {"responseCode": "401", "responseMessage": "token 已失效，请重新申请", "data": None}
NO_ANSWER = b"<html><body>504 Gateway Time-out</body></html>"  # what a proxy says when an answer is lost
_JSON = (b"content-type", b"application/json")
Tell = Callable[[Heard], None]


@dataclass
class Sandbox:
    """Stands in front of the hub's application, hears every message of a device, and upsets some (an ASGI application)."""

    app: ASGIApp
    listing: Listing
    mark: str
    tell: Tell = lambda _: None
    heard: list[Heard] = field(default_factory=list)
    _count: int = 0
    _data: int = 0
    _ended: bool = False  # the token, until another is asked for
    _versions: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no message of a device, hear the rest."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        marked = path.startswith(self.mark)
        body = await _whole(receive)
        message = self._heard(path.removeprefix(self.mark), body, scope, marked=marked)
        if message is None or body is None:
            await _send(send, 400, msgspec.json.encode({"responseCode": "1", "responseMessage": "报文有误"}))
            return
        await to_thread.run_sync(self.listing.enlist, message)
        answer = await self._answered(message, body, scope)
        await to_thread.run_sync(self.listing.activate, message)
        self._keep(message, answer)  # before it is told: the device's next message may come at once
        await _send(send, answer.status, answer.content)

    def _heard(self, path: str, body: bytes | None, scope: Scope, *, marked: bool) -> Heard | None:
        if body is None or self._count >= HEARD_MAX:
            return None
        try:
            message = heard(self._count + 1, body or b"{}", path, token=_token_of(scope))
        except MalformedBody as fault:
            self._count += 1
            self._keep(unreadable(self._count, fault, path), _Answer(Fate.REFUSED, 400, b""))
            return None
        self._count += 1
        return replace(message, at_given_address=None if message.step in GIVEN_LATER else marked)

    async def _answered(self, message: Heard, body: bytes, scope: Scope) -> _Answer:
        """What the device is told; the hub takes the message before its answer is kept back."""
        is_data = message.step in (Step.DATA, Step.RECORD)
        self._data += is_data
        self._ended = message.step is not Step.AK and (
            self._ended or (message.step is Step.RECORD and self._data == UNAUTHORIZED_AT)
        )
        if self._ended:
            return _Answer(Fate.UNAUTHORIZED, 200, msgspec.json.encode(ENDED))
        status, content = await self._of_hub(scope, message, body)
        if is_data and self._data == LOST_AT:
            return _Answer(Fate.LOST, 504, NO_ANSWER)
        said = self._with_version(message, _object(content))
        return _Answer(_fate(said), status, content if said is None else msgspec.json.encode(said), said)

    async def _of_hub(self, scope: Scope, message: Heard, body: bytes) -> tuple[int, bytes]:
        parts: list[bytes] = []
        status = 500

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(said: Message) -> None:
            nonlocal status
            status = said.get("status", status)
            parts.append(said.get("body", b""))

        await self.app({**scope, "path": message.path, "raw_path": message.path.encode()}, receive, send)
        return status, b"".join(parts)

    def _with_version(self, message: Heard, said: dict[str, Any] | None) -> dict[str, Any] | None:
        """From the second check on the dictionary is another one, whatever the hub says."""
        if said is None or message.step not in (Step.VERSION, Step.BASE_DATA):
            return said
        self._versions += message.step is Step.VERSION
        data = said.get("data")
        inner: dict[str, Any] = data if isinstance(data, dict) else said
        if self._versions > 1 and "dicVersion" in inner:
            inner["dicVersion"] = f"{inner['dicVersion']}1"
        return said

    def _keep(self, message: Heard, answer: _Answer) -> None:
        told = answer.said or {}
        inner = told.get("data")
        kept = replace(message, fate=answer.fate, told=inner if isinstance(inner, dict) else told)
        self.heard.append(kept)
        self.tell(kept)


@dataclass(frozen=True)
class _Answer:
    fate: Fate
    status: int
    content: bytes
    said: dict[str, Any] | None = None


async def _whole(receive: Receive) -> bytes | None:
    """A body within bounds."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            return None
        if not message.get("more_body"):
            return body


async def _send(send: Send, status: int, content: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [_JSON]})
    await send({"type": "http.response.body", "body": content})


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except UNREADABLE:
        return None


def _token_of(scope: Scope) -> str:
    names = (b"token", b"authorization", b"accesstoken")
    return next((value.decode("latin-1") for name, value in scope["headers"] if name in names), "")


def _fate(said: dict[str, Any] | None) -> Fate:
    code = str((said or {}).get("responseCode"))
    if code == "401":
        return Fate.UNAUTHORIZED
    return Fate.TAKEN if code in ("0", "200") else Fate.REFUSED
