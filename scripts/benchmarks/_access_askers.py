"""Ways of saying who asks, each as the headers of its next request: got from a hub as any machine gets them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from graph.model.period import UTC
from hub.access.machine import Credential, OwnTokens
from hub.access.people.cookies import Cookie, Cookies
from hub.stores.registry.registry import Registry
from scripts.benchmarks._access_nation import OWN, WHO, Askers

GRAPHQL = "/graphql"
REVOKED_FOR = dt.timedelta(hours=1)  # what nobody ever issued
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """A way of asking; where it `follows` a write, that is done to the registry before each request."""

    name: str
    headers: Callable[[], Awaitable[Headers]]
    follows: Callable[[Registry], object] | None = None


class Machine:
    """A client at one hub, whose tokens are kept until they are thrown away."""

    def __init__(self, base: str, credential: str, client: httpx.AsyncClient) -> None:
        self._url = base + GRAPHQL
        self._tokens = OwnTokens("benchmark", base, Credential.parse(credential), client)

    async def again(self) -> Headers:
        """With the token it had before; a proof of its key, where it has to prove that, is a new one."""
        return await self._tokens.headers("POST", self._url)

    async def anew(self) -> Headers:
        """With a token that nobody has seen."""
        self._tokens.refused()
        return await self.again()


def kinds(base: str, askers: Askers, client: httpx.AsyncClient) -> Sequence[Kind]:
    """All ways, at one hub."""
    province, proving = (Machine(base, each, client) for each in (askers.province, askers.proving))

    async def person() -> Headers:
        cookie = f"{Cookies(is_secure=False).name(Cookie.SESSION)}={askers.session}"
        return {"Cookie": cookie, "Origin": f"http://{urlsplit(base).netloc}"}

    return (
        Kind("token seen before", province.again),
        Kind("token seen for the first time", province.anew),
        Kind("token seen before, after a write", province.again, write),
        Kind("token seen before, after a token ended", province.again, end_a_token),
        Kind("token bound to a key (DPoP)", proving.again),
        Kind("person's session", person),
    )


def write(registry: Registry) -> None:
    """Write what nobody's rights rest on: a link that is named anew."""
    address = f"https://hub.invalid/{secrets.token_hex(8)}"
    row = {"key": "bench", "dialect": "hub_graphql", "province": OWN, "address": address, "enabled": False}
    registry.upsert("link", [row], WHO)


def end_a_token(registry: Registry) -> None:
    """Write the smallest thing that everybody's rights rest on: the end of a token that nobody has."""
    registry.revoked_tokens.revoke(secrets.token_urlsafe(16), dt.datetime.now(UTC) + REVOKED_FOR, WHO)
