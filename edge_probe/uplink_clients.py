"""The HTTP clients of a probe's uplinks: bounded, without redirects or proxies of the environment, heard for the time."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import httpx

from edge_probe.config import ProbeConfig
from edge_probe.timekeeping import Timekeeper
from edge_probe.uplink_tls import shown_by, tls_context
from graph.model.period import UTC

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0  # a hub answers a batch in well under a second


@asynccontextmanager
async def uplink_clients(
    config: ProbeConfig, keeper: Timekeeper | None = None
) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A client for each uplink, of which those without TLS of their own share one; what they say of the time is kept."""
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(client_of(True, keeper))
        found = {}
        for plan in config.uplinks:
            context = tls_context(plan.name, plan.tls)
            if context is None:
                found[plan.name] = shared
                continue
            own = client_of(context, keeper, shown_by(plan.tls))
            found[plan.name] = await stack.enter_async_context(own)
        yield found


def client_of(
    verify: ssl.SSLContext | bool, keeper: Timekeeper | None = None, shown: str = ""
) -> httpx.AsyncClient:
    """A client that trusts whom it is told to, and notes what answers say of the time."""
    # trust_env and redirects off: readings and tokens go to the address in the configuration and nowhere else.
    return httpx.AsyncClient(
        transport=Translating(httpx.AsyncHTTPTransport(verify=verify, trust_env=False), shown),
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [partial(_dated, keeper)] if keeper else []},
    )


async def _dated(keeper: Timekeeper, answer: httpx.Response) -> None:
    keeper.platform_said(answer.url.host, dt.datetime.now(UTC), answer.headers.get("date"))


class Translating(httpx.AsyncBaseTransport):
    """A transport whose every error is httpx's own.

    In TLS 1.3 a platform refuses a certificate after the client's end of the handshake; that comes as an error of ssl, or
    as a connection that is reset, of which the error says nothing. Then `shown` is told, the certificate.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, shown: str = "") -> None:
        self._inner, self._shown = inner, shown and f"; {shown}"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Raises httpx.TransportError."""
        try:
            return await self._inner.handle_async_request(request)
        except ssl.SSLError as fault:
            raise httpx.ReadError(f"TLS broke off: {fault.reason}{self._shown}", request=request) from fault
        except httpx.ReadError as fault:
            if str(fault):
                raise
            why = f"the platform broke off without a word{self._shown}"
            raise httpx.ReadError(why, request=request) from fault

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._inner.aclose()
