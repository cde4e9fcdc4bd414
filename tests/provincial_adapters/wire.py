"""Answers of a fake source as they come over a wire: unread, unlike what httpx makes of ready bytes."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

import httpx

Answering = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def over_a_wire(answering: Answering) -> httpx.MockTransport:
    """A transport whose answers are read only once they are asked for."""

    async def handle(request: httpx.Request) -> httpx.Response:
        came = answering(request)
        return unread(await came if inspect.isawaitable(came) else came)

    return httpx.MockTransport(handle)


def unread(response: httpx.Response) -> httpx.Response:
    """The same answer with its bytes still to be read."""
    if not response.is_stream_consumed:
        return response
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)
