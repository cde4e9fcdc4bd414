"""The HTTP clients of a probe's uplinks: bounded, without redirects or proxies of the environment, heard for the time."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import httpx

from edge_probe.board import Board
from edge_probe.config import ProbeConfig
from edge_probe.hearing import hear
from edge_probe.uplink_tls import tls_context

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0  # a hub answers a batch in well under a second


@asynccontextmanager
async def uplink_clients(config: ProbeConfig, board: Board) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A client for each uplink, of which those without TLS of their own share one."""
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(_client(True, board))
        found = {}
        for plan in config.uplinks:
            context = tls_context(plan.name, plan.tls)
            own = shared if context is None else await stack.enter_async_context(_client(context, board))
            found[plan.name] = own
        yield found


def _client(verify: ssl.SSLContext | bool, board: Board) -> httpx.AsyncClient:
    # trust_env and redirects off: readings and tokens go to the address in the configuration and nowhere else.
    return httpx.AsyncClient(
        transport=Translating(httpx.AsyncHTTPTransport(verify=verify, trust_env=False)),
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [partial(hear, board)]},
    )


class Translating(httpx.AsyncBaseTransport):
    """A transport whose every error is httpx's own.

    In TLS 1.3 a platform refuses a certificate after the client's end of the handshake; that comes as an error of ssl.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Raises httpx.TransportError."""
        try:
            return await self._inner.handle_async_request(request)
        except ssl.SSLError as fault:
            raise httpx.ReadError(f"TLS broke off: {fault.reason}", request=request) from fault

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._inner.aclose()
