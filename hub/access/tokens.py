"""From a request's Authorization header to a principal: bearer tokens made by `nengshu client add`.

Authlib's resource protector reads the header and decides (RFC 6750); what a token is stands here. A token is
`<client>.<secret>`; the registry keeps only the secret's SHA-256, which is enough for 256 random bits.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator

from graph.errors import Unauthenticated
from graph.model.principal import Principal
from graph.ports import Clock
from hub.stores.registry.clients import secret_hash
from hub.stores.registry.remembered import Remembered

TOKEN_MAX = 256  # characters; a longer one is none of ours
REALM = "nengshu"
CLIENTS_MAX = 1_000  # remembered: who asks between two writes

Known: TypeAlias = tuple[str, Principal, dt.datetime | None]  # secret hash, principal, moment of revocation


class Clients(Protocol):
    """Where clients are kept."""

    def find(self, key: str) -> Known | None:
        """What is known of a client."""
        ...


@dataclass(frozen=True)
class Token:
    """What Authlib asks of a token."""

    principal: Principal
    revoked_at: dt.datetime | None
    looked_at: dt.datetime

    def is_expired(self) -> bool:
        """Whether its time is over; most have no end."""
        until = self.principal.until
        return until is not None and until <= self.looked_at

    def is_revoked(self) -> bool:
        """Whether its client was revoked."""
        return self.revoked_at is not None

    def get_scope(self) -> str:
        """The client's roles."""
        return " ".join(sorted(self.principal.roles))


class _Validator(BearerTokenValidator):  # type: ignore[misc] # Authlib carries no types
    def __init__(self, clients: Remembered[str, Known], clock: Clock) -> None:
        super().__init__(realm=REALM)
        self._clients, self._clock = clients, clock

    def authenticate_token(self, token_string: str) -> Token | None:
        key, secret = _parts(token_string)
        found = self._clients.find(key) if key and secret else None
        if found is None:
            return None
        kept, principal, revoked_at = found
        offered = secret_hash(secret)
        token = Token(principal, revoked_at, self._clock.now())
        return token if hmac.compare_digest(offered, kept) else None


@dataclass(frozen=True)
class _Asked:
    headers: Mapping[str, str]


class Gatekeeper:
    """Knows a principal by the headers of a request; `version` is another once anything was written to the registry."""

    def __init__(self, clients: Clients, clock: Clock, version: Callable[[], int]) -> None:
        self._clients = Remembered(clients.find, version, CLIENTS_MAX)
        self._protector: Any = ResourceProtector()
        self._protector.register_token_validator(_Validator(self._clients, clock))

    def is_quick(self, headers: Mapping[str, str]) -> bool:
        """Whether `principal` answers without waiting for the registry."""
        _, _, token = headers.get("Authorization", "").partition(" ")
        return self._clients.holds(_parts(token)[0])

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """Who asks. Raises Unauthenticated without a token, or with one nobody issued, revoked or over."""
        try:
            token: Token = self._protector.validate_request([], _Asked(headers))
        except OAuth2Error as fault:
            raise Unauthenticated(f"a bearer token is needed: {fault.error}") from fault
        return token.principal


def _parts(token: str) -> tuple[str, str]:
    """A token's client and secret."""
    key, _, secret = token[:TOKEN_MAX].partition(".")
    return key, secret
