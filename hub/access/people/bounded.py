"""HTTP towards the identity provider within bounds of size and time, and to the addresses it named alone."""

from __future__ import annotations

import ssl

import httpx

ANSWER_BYTES_MAX = 256 * 1024  # a provider's description, keys and tokens are some kilobytes
WAIT_S = 5.0  # for each of its answers


class Bounded(httpx.AsyncBaseTransport):
    """Reads an answer whole before it is looked at, so much and no more; each request has a connection of its own."""

    def __init__(self, bytes_max: int = ANSWER_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._trusted = ssl.create_default_context()  # the machine's own authorities, a ministry's among them

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask. Raises httpx.HTTPError, for an answer that is too large, too."""
        request.headers["Accept-Encoding"] = "identity"  # what is packed may be any size
        async with httpx.AsyncHTTPTransport(verify=self._trusted, trust_env=False) as once:
            reply = await once.handle_async_request(request)
            pieces, size = [], 0
            async for piece in reply.aiter_raw():
                size += len(piece)
                if size > self._bytes_max:
                    await reply.aclose()
                    raise httpx.RemoteProtocolError(f"more than {self._bytes_max} bytes came")
                pieces.append(piece)
            await reply.aclose()
        return httpx.Response(reply.status_code, headers=reply.headers, content=b"".join(pieces))
