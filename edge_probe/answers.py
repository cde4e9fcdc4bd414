"""An answer of a hub before anybody reads it: whole within a bound, and one to try again after or not."""

from __future__ import annotations

import httpx

from graph.errors import SourceMalformed

TRY_AGAIN = frozenset({408, 425, 429})  # and every 5xx: the hub's trouble, not the sender's


async def answered(
    client: httpx.AsyncClient, request: httpx.Request, bytes_max: int, too_much: str
) -> tuple[httpx.Response, bytes]:
    """The answer and its body. Raises SourceMalformed, in the words of `too_much`, beyond the bound; httpx's own errors."""
    answer = await client.send(request, stream=True, follow_redirects=False)
    try:
        read = bytearray()
        async for piece in answer.aiter_bytes():
            read += piece
            if len(read) > bytes_max:
                raise SourceMalformed(too_much)
        return answer, bytes(read)
    finally:
        await answer.aclose()


def is_for_later(status: int) -> bool:
    """Whether the same request may fare better later."""
    return status in TRY_AGAIN or status >= httpx.codes.INTERNAL_SERVER_ERROR


def is_whole(text: str, digits_max: int) -> bool:
    """Whether a header is a whole number of so many digits at most."""
    return text.isascii() and text.isdigit() and len(text) <= digits_max
