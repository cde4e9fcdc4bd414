"""Requests whose body is still on its way: they take no place of those that are answered, and are bounded by themselves.

Who sends half a body and waits would else keep everybody out for as long as a body may take.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ARRIVING_MAX = (
    1_000  # connections, 64 KiB each before anything of them is read; a listener's backlog is no larger
)
RETRY_AFTER_S_MAX = 4  # most answers take less; by chance, or all who were refused at once came back at once
_WITH_BODIES = frozenset({"POST", "PUT", "PATCH"})  # what answers others does not read a body
# Behind these a body is read only of who was let in, and as it comes: their work has begun before it is whole.
_READ_AS_IT_COMES = "/sync/"


def is_arriving(scope: Mapping[str, object], headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request that begins has a body to wait for before there is anything to do."""
    if scope["method"] not in _WITH_BODIES or str(scope["path"]).startswith(_READ_AS_IT_COMES):
        return False
    said = dict(headers)
    return said.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in said


def retry_after_s() -> int:
    """When one who found no place is to come again."""
    return 1 + secrets.randbelow(RETRY_AFTER_S_MAX)


@dataclass(frozen=True)
class Place:
    """What a connection knows of one request: whether its body is whole, and whether there is a place for it."""

    is_whole: Callable[[], bool]
    is_free: Callable[[], bool]


class Arriving:
    """The bodies on their way to one hub: how many, and how many bytes of them are in memory."""

    def __init__(self, bytes_max: int, count_max: int = ARRIVING_MAX) -> None:
        self._bytes_max, self._count_max = bytes_max, count_max
        self.count = self.bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no more may begin."""
        return self.count >= self._count_max or self.bytes >= self._bytes_max

    def counted(self, app: ASGIApp, place: Place, full: ASGIApp) -> ASGIApp:
        """An application that answers one request, counted here until its body is whole; by `full` where no place is then.

        It is called once, for a request whose task begins.
        """
        return _OnItsWay(self, app, place, full)

    def is_too_much(self, size: int) -> bool:
        """Count bytes that came. Whether they are more than may be on their way."""
        self.bytes += size
        return self.bytes > self._bytes_max


class _OnItsWay:
    """One request, as long as its body is not whole."""

    def __init__(self, arriving: Arriving, app: ASGIApp, place: Place, full: ASGIApp) -> None:
        self._arriving, self._app, self._place, self._full = arriving, app, place, full
        self._is_over, self._bytes = False, 0
        arriving.count += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it."""
        if (task := asyncio.current_task()) is not None:
            task.add_done_callback(self._end)
        if self._place.is_whole():
            is_free = self._place.is_free()
            self._end()
            await (self._app if is_free else self._full)(scope, receive, send)
            return

        async def receiving() -> Message:
            message = await receive()
            if not self._is_over:
                self._came(message)
            return message

        async def answering(message: Message) -> None:
            self._end()  # what answers before the end is at work
            await send(message)

        await self._app(scope, receiving, answering)

    def _came(self, message: Message) -> None:
        size = len(message.get("body", b""))
        self._bytes += size
        is_last = not message.get("more_body", False)
        if self._arriving.is_too_much(size) or (is_last and not self._place.is_free()):
            why = "too many requests at once; nothing of this one was done, send it again"
            raise HTTPException(503, why, {"Retry-After": str(retry_after_s())})
        if is_last:
            self._end()

    def _end(self, _: object = None) -> None:
        if not self._is_over:
            self._is_over = True
            self._arriving.count -= 1
            self._arriving.bytes -= self._bytes
