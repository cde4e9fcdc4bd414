"""From a request's headers to a principal: its token is looked at once, and again as soon as the registry is written to.

A token that was looked at is remembered by its digest, so that asking again costs some microseconds and no thread.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import Headers

from graph.errors import Unauthenticated
from graph.model.principal import Principal
from graph.ports import Clock
from hub.access.oauth import jose
from hub.access.oauth._ports import Clients, Revoked
from hub.access.oauth.dpop import Proofs
from hub.access.oauth.identifiers import REALM
from hub.access.oauth.keyring import Keyring
from hub.access.oauth.tokens import AccessToken, Tokens
from hub.stores.registry.remembered import Remembered

TOKENS_MAX = 4_096  # remembered: of some hundred clients at work, each renewing every ten minutes
CLIENTS_MAX = 1_000  # remembered between two writes: more than are at work
BEARER, DPOP = "bearer", "dpop"
CHALLENGE = f'Bearer realm="{REALM}"'
PROOF_CHALLENGE = f'DPoP realm="{REALM}", algs="{" ".join(jose.THEIRS)}"'
_ALL = "all"
_NEEDED = "a token is needed: POST /oauth/token gives one to a client that signs with its key"


@dataclass(frozen=True)
class Asked:
    """A request as far as it says who asks; the path is decoded, as ASGI has it."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Looked:
    """A token that was looked at, and whose it is in a version of the registry."""

    token: AccessToken
    principal: Principal
    until: dt.datetime
    version: int


class TokenVerifier:
    """Knows a principal by a request; `version` is another once anything was written to the registry."""

    def __init__(
        self,
        tokens: Tokens,
        keyring: Keyring,
        clients: Clients,
        revoked: Revoked,
        proofs: Proofs,
        clock: Clock,
        version: Callable[[], int],
    ) -> None:
        self._tokens, self._keyring = tokens, keyring
        self._revoked: Remembered[str, frozenset[str]] = Remembered(
            lambda _all: revoked.all(), version, many=1
        )
        self._clients = Remembered(clients.find, version, CLIENTS_MAX)
        self._proofs, self._clock, self._version = proofs, clock, version
        self._remembered: dict[bytes, _Looked] = {}

    def is_quick(self, headers: Mapping[str, str]) -> bool:
        """Whether `principal` answers without waiting for the registry: a proof is always looked at in a thread."""
        try:
            scheme, token = credentials(headers)
        except Unauthenticated:
            return True
        found = self._remembered.get(_digest(token))
        return scheme == BEARER and found is not None and found.version == self._version()

    def principal(self, asked: Asked) -> Principal:
        """Who asks, with the roles that both the token and its client have, until the token ends.

        Raises Unauthenticated without a token, or with one nobody issued, revoked, over, or not proved to be the sender's.
        """
        scheme, token = credentials(asked.headers)
        found = self._looked(scheme, token)
        if found.token.jkt is not None:
            proof = _only(asked.headers, "dpop")
            if self._proofs.thumbprint(proof, asked.method, asked.path, token) != found.token.jkt:
                raise Unauthenticated("the token is bound to another key than was proved")
        return found.principal

    def again(self, headers: Mapping[str, str]) -> Principal:
        """Who came with these headers and was let in, if they still stand; a proof is not asked for twice."""
        return self._looked(*credentials(headers)).principal

    def active(self, token: str) -> tuple[AccessToken, Principal]:
        """What a token says and whose it is, if it counts now. Raises Unauthenticated."""
        found = self._look(token)
        return found.token, found.principal

    def _looked(self, scheme: str, token: str) -> _Looked:
        found = self._look(token)
        if (scheme == DPOP) != (found.token.jkt is not None):
            raise Unauthenticated("a token bound to a key comes as DPoP with a proof, any other as Bearer")
        return found

    def _look(self, text: str) -> _Looked:
        """The version is read before anything is looked up: what is remembered is never older than that says."""
        name, version, now = _digest(text), self._version(), self._clock.now()
        found = self._remembered.get(name)
        if found is not None and found.version == version and now < found.until:
            return found
        if found is not None and self._keyring.holds(found.token.kid) and now < found.token.until:
            token = found.token  # signed as well as before
        else:
            token = self._tokens.read(text)
        principal, until = self._holder(token)
        found = _Looked(token, principal, until, version)
        self._keep(name, found)
        return found

    def _holder(self, token: AccessToken) -> tuple[Principal, dt.datetime]:
        known, now = self._clients.find(token.client), self._clock.now()
        if known is None or not known.counts(now) or token.jti in (self._revoked.find(_ALL) or ()):
            raise Unauthenticated("the token, or its client, was revoked")
        if known.proves and token.jkt is None:
            raise Unauthenticated("this client has to prove its key: ask for a token with a proof (DPoP)")
        ends = token.until if known.principal.until is None else min(token.until, known.principal.until)
        return replace(known.principal, roles=known.principal.roles & token.roles, until=ends), ends

    def _keep(self, name: bytes, found: _Looked) -> None:
        if len(self._remembered) >= TOKENS_MAX:
            now = self._clock.now()
            living = {key: each for key, each in list(self._remembered.items()) if now < each.token.until}
            self._remembered = living if len(living) < TOKENS_MAX else {}
        self._remembered[name] = found


def credentials(headers: Mapping[str, str]) -> tuple[str, str]:
    """The scheme, in small letters, and the token of the one Authorization header. Raises Unauthenticated."""
    scheme, _, token = _only(headers, "authorization").strip().partition(" ")
    token = token.strip()
    if scheme.lower() not in (BEARER, DPOP) or not token:
        raise Unauthenticated(_NEEDED)
    if len(token) > jose.TEXT_MAX or not token.isascii():
        raise Unauthenticated("this token does not count: nobody here issued it")
    return scheme.lower(), token


def challenge(headers: Mapping[str, str]) -> str:
    """What a 401 asks for (WWW-Authenticate); how to prove a key is told to who tried."""
    tried = headers.get("authorization", "").lower().startswith(DPOP) or "dpop" in headers
    return f"{CHALLENGE}, {PROOF_CHALLENGE}" if tried else CHALLENGE


def _only(headers: Mapping[str, str], name: str) -> str:
    """The value of a header that comes once: of two, a proxy might have looked at the other."""
    if isinstance(headers, Headers):
        found = headers.getlist(name)
    else:
        found = [value for key, value in headers.items() if key.lower() == name]
    if len(found) > 1:
        raise Unauthenticated(f"{name} came {len(found)} times")
    return found[0] if found else ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
