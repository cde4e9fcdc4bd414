"""The tokens that links are asked with: got from their hubs with the credential a link names, or as they stand in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from graph.errors import ConfigurationError
from graph.model.sync_run import Link
from hub.access.machine import OwnTokens, credential_of
from hub.settings import secret
from provincial_adapters import Means, open_client

KEPT_S = 240.0  # less than half of what a hub of ours gives a token, so that none ends on its way


@dataclass
class LinkTokens:
    """The tokens of a hub's links, each kept for a while; `passed` only ever grows."""

    passed: Callable[[], float] = time.monotonic
    _kept: dict[tuple[str, str, str], tuple[str, float]] = field(default_factory=dict, repr=False)

    async def token(self, link: Link) -> str:
        """A token for a link's source. Raises ConfigurationError for none, SourceError where its hub gives none.

        A secret that is a credential (`{"client": …, "key": …}`, as `nengshu client add` writes it) gets one from the
        link's hub; any other is the token itself.
        """
        said = secret_of(link)
        if not said.lstrip().startswith("{"):
            return said
        place = (link.key, link.address, said)
        token, until = self._kept.get(place, ("", 0.0))
        if self.passed() >= until:
            token = await self._got(link, said)
            self._kept[place] = token, self.passed() + KEPT_S
        return token

    def refused(self, link: Link) -> None:
        """Its source took the last one no longer: the next is a new one."""
        self._kept = {place: kept for place, kept in self._kept.items() if place[0] != link.key}

    async def _got(self, link: Link, said: str) -> str:
        credential = credential_of(said, f"link {link.key}")
        if credential.proves:
            why = "its client has to prove its key with each request, which links do not do: register it without"
            raise ConfigurationError(f"link {link.key}", [why])
        async with open_client() as client:
            return await OwnTokens(f"link {link.key}", link.address, credential, client).token()


def means_of(client: httpx.AsyncClient) -> Means:
    """What pullers are given here: tokens that are kept as long as this is."""
    tokens = LinkTokens()
    return Means(client, tokens.token, secret_of, tokens.refused)


def secret_of(link: Link) -> str:
    """The secret that a link's credential names. Raises ConfigurationError."""
    if link.credential is None:
        why = "it names no credential, and its source asks for a token"
        raise ConfigurationError(f"link {link.key}", [why])
    return secret(link.credential)
