"""Asks provincial hubs while somebody waits for the answer: so many at once, each before its deadline, none believed.

What an asker is told names neither address nor token; the log names the link and what really happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import httpx
import structlog

from graph.errors import (
    ConfigurationError,
    SourceError,
    SourceMalformed,
    SourceRefused,
    SourceUnreachable,
)
from graph.execution.live import bounded
from graph.model.address import without_addresses
from graph.model.live import LiveAnswer, LiveQuestion, LiveState
from graph.model.sync_run import Link
from provincial_adapters import Bounds, open_client
from provincial_adapters.hub_graphql import DIALECT, ask_hub

AT_ONCE = 40  # connections of all requests together: more than there are provinces, fewer than files a process may open
AT_ONCE_EACH = 4  # of them to one hub: one that stalls must not hold the turns of all, and it answers four at once itself
KEPT_S = (
    2.0  # an idle connection: hubs and proxies let theirs go after 5 s, and a question must not meet that
)
WHY_MAX = 200  # characters of a reason
FAULT_MAX = 500  # characters of it in the log

log = structlog.get_logger("hub.live")


class Tokens(Protocol):
    """What links are asked with."""

    async def token(self, link: Link) -> str:
        """A token for a link's source."""
        ...

    def refused(self, link: Link) -> None:
        """It was not taken."""
        ...


@dataclass
class LiveHubs:
    """The hubs that enabled links of the dialect hub_graphql lead to. Implements graph.ports.LiveSource.

    A question waits for its turn within its deadline, too. The client is opened with the first question.
    """

    registered: Callable[[], Sequence[Link]]
    tokens: Tokens
    bounds: Bounds
    transport: httpx.AsyncBaseTransport | None = None
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _turns_of: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _client: httpx.AsyncClient | None = None

    def links(self) -> Mapping[str, Link]:
        """The first link of each province, by key, that leads to a hub."""
        found: dict[str, Link] = {}
        for link in self.registered():
            if link.enabled and link.dialect == DIALECT.name:
                found.setdefault(str(link.region.province), link)
        return found

    async def ask(self, link: Link, question: LiveQuestion) -> LiveAnswer:
        """What its hub answers, or what became of the question instead."""
        began, token = time.monotonic(), ""
        try:
            async with asyncio.timeout(self.bounds.deadline_s), self._turn_of(link), self._turns:
                token = await self.tokens.token(link)
                said = await ask_hub(self._opened(), link, token, question, self.bounds)
        except (SourceError, ConfigurationError, TimeoutError) as fault:
            if isinstance(fault, SourceRefused):
                self.tokens.refused(link)
            state, why = self._told(fault, token)
            log.warning(
                "live", link=link.key, state=state.value, fault=_without(token, str(fault))[:FAULT_MAX]
            )
            return LiveAnswer(state, time.monotonic() - began, why=why)
        state = LiveState.REFUSED if said.data is None else LiveState.ANSWERED
        faults = tuple(replace(fault, message=_cleaned(fault.message, token)) for fault in said.faults)
        seconds = time.monotonic() - began
        return LiveAnswer(state, seconds, said.data, faults, size_bytes=said.size_bytes)

    async def aclose(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=KEPT_S)
            transport = self.transport or httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
            self._client = open_client(transport)
        return self._client

    def _turn_of(self, link: Link) -> asyncio.Semaphore:
        return self._turns_of.setdefault(link.key, asyncio.Semaphore(AT_ONCE_EACH))

    def _told(self, fault: Exception, token: str) -> tuple[LiveState, str]:
        """How it went, in words an asker may read."""
        if _is_late(fault):
            return LiveState.SLOW, f"no whole answer within {self.bounds.deadline_s:g} s"
        if isinstance(fault, ConfigurationError):
            return LiveState.UNREACHABLE, "this hub has no credential to ask it with"
        if not isinstance(fault, SourceMalformed | SourceRefused):
            return LiveState.UNREACHABLE, "it cannot be reached, or broke off"
        said = str(fault).partition("/graphql: ")[2] or "no reason that can be told"
        state = LiveState.LYING if isinstance(fault, SourceMalformed) else LiveState.REFUSED
        return state, _cleaned(said, token)[:WHY_MAX]


def _cleaned(said: str, token: str) -> str:
    """Words from outside on one line, without addresses and without the token, whoever put them there."""
    return bounded(without_addresses(_without(token, said)))


def _without(token: str, said: str) -> str:
    return said.replace(token, "(a token)") if token else said


def _is_late(fault: BaseException) -> bool:
    late = (TimeoutError, httpx.TimeoutException)
    return isinstance(fault, late) or (
        isinstance(fault, SourceUnreachable) and isinstance(fault.__cause__, late)
    )
