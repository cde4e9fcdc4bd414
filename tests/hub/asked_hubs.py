"""Provincial hubs that a test answers for, and what becomes of what it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

import httpx

from graph.model.live import LiveAnswer, LiveQuestion
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from hub.live import LiveHubs
from provincial_adapters import Bounds
from tests.hub.fixed_tokens import FixedTokens
from tests.provincial_adapters.wire import over_a_wire

QUESTION = LiveQuestion("query Live($n: Int) { units(first: $n) { totalCount } }", {"n": 2})
JSON = {"Content-Type": "application/json"}
TOKEN = "a-token-of-the-nation"


def link(
    key: str = "hub", province: str = "910000", dialect: str = "hub_graphql", *, enabled: bool = True
) -> Link:
    """A link that leads to a hub."""
    return Link(key, dialect, RegionCode(province), "http://hub.example/", "named", enabled=enabled)


def hubs(
    answer: Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]],
    links: Sequence[Link] = (),
    deadline_s: float = 30.0,
) -> LiveHubs:
    """All hubs, with one answer."""
    return LiveHubs(lambda: links, FixedTokens(TOKEN), Bounds(10_000, deadline_s), over_a_wire(answer))


def says(said: object) -> httpx.Response:
    """An answer in JSON."""
    return httpx.Response(200, headers=JSON, content=json.dumps(said).encode())


async def told(said: object) -> LiveAnswer:
    """What becomes of an answer."""
    return await hubs(lambda _: says(said)).ask(link(), QUESTION)
