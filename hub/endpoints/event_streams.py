"""GraphQL over server-sent events: graphql-sse, one connection an operation ("distinct connections mode")."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import anyio
import orjson
from starlette.requests import Request
from starlette.types import Send

from graph.model.principal import Principal
from hub.endpoints.answers import Question, answers, context_of, masked, refusal
from hub.endpoints.leaving import until
from hub.endpoints.media_types import EVENTS
from hub.endpoints.problems import TOOK_NOTHING, broke_off
from hub.endpoints.request_ids import request_id
from hub.endpoints.streams import Noticing, Stream
from hub.wiring import Hub

SIGN = b":\n\n"  # a comment, which no reader hands on
COMPLETE = b"event: complete\ndata: \n\n"
HEAD = [
    (b"content-type", f"{EVENTS}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that gathers first would hold back each event
]


class EventStream:
    """The answer to one operation: events as they happen, then `complete`.

    Its head is sent once nothing that happens is lost any longer.
    """

    def __init__(self, hub: Hub, request: Request, stream: Stream, send: Send) -> None:
        self._hub, self._request, self._stream, self._send = hub, request, stream, send
        self._asker: Principal = request.state.principal
        self._lock, self._begun, self._has_head = anyio.Lock(), anyio.Event(), False
        self._is_ended = False

    async def tell(self, question: Question) -> None:
        """All of it, until there is no more, the asker has gone or may hear no more."""
        await until(self._stream.over, self._tell_beside_signs(question))
        if not self._stream.is_deaf:
            await self._say_last()
        if not self._is_ended:
            broke_off(self._request, TOOK_NOTHING)

    async def _say_last(self) -> None:
        """Why it ended, if there is a reason to tell, and its end, unless it has come to it."""
        if self._stream.why is not None:
            await self._end_with(refusal(self._request, self._stream.why))
        await self._say(b"", is_last=True)

    async def _tell_beside_signs(self, question: Question) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._give_signs)
            try:
                await self._tell_all(question)
            except Exception as fault:  # noqa: BLE001 - told to the log and the asker
                await self._end_with(masked(self._request, fault))
            tasks.cancel_scope.cancel()

    async def _tell_all(self, question: Question) -> None:
        events = Noticing(self._hub.events, self._begun)
        context = context_of(self._hub, self._asker, request_id(self._request.scope), events)
        async with aclosing(answers(self._hub, question, context, self._request)) as said:
            async for answer in said:
                await self._say(_next(answer.payload))
        await self._say(COMPLETE, is_last=True)

    async def _end_with(self, errors: list[dict[str, Any]]) -> None:
        await self._say(_next({"errors": errors}) + COMPLETE, is_last=True)

    async def _give_signs(self) -> None:
        await self._begun.wait()
        while True:
            await self._say(SIGN)
            await anyio.sleep(self._hub.settings.stream_sign_seconds)

    async def _say(self, piece: bytes, *, is_last: bool = False) -> None:
        """Send a piece, after the head; who does not take it in time is given up."""
        try:
            with anyio.fail_after(self._stream.send_s_max):
                async with self._lock:
                    await self._send_piece(piece, is_last=is_last)
        except TimeoutError:
            self._stream.give_up()

    async def _send_piece(self, piece: bytes, *, is_last: bool) -> None:
        if self._is_ended:
            return  # a sign that waited behind the last piece
        if not self._has_head:
            await self._send({"type": "http.response.start", "status": 200, "headers": [*HEAD]})
            self._has_head = True
        await self._send({"type": "http.response.body", "body": piece, "more_body": not is_last})
        self._is_ended = is_last


def _next(payload: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(payload) + b"\n\n"
