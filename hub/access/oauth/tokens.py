"""Access tokens as RFC 9068 has them: issued for ten minutes, and read back with every claim looked at."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt

from graph.errors import Unauthenticated
from graph.model.principal import Role
from graph.ports import Clock
from hub.access.oauth import jose
from hub.access.oauth.identifiers import Identifiers
from hub.access.oauth.jose import Signed
from hub.access.oauth.keyring import TOKEN_S, Keyring

TYPE = "at+jwt"
JTI_BYTES = 16  # nobody guesses one, and none comes twice
_WORDS = {role.value: role for role in Role}


@dataclass(frozen=True)
class AccessToken:
    """What an access token says; `jkt` is the thumbprint of the key its holder has to prove (RFC 9449)."""

    client: str
    jti: str
    roles: frozenset[Role]
    issued_at: dt.datetime
    until: dt.datetime
    kid: str
    jkt: str | None = None

    @property
    def scope(self) -> str:
        """The roles as OAuth writes them."""
        return scope_of(self.roles)


class Tokens:
    """Issues and reads the tokens of one hub."""

    def __init__(self, named: Identifiers, keyring: Keyring, clock: Clock) -> None:
        self._named, self._keyring, self._clock = named, keyring, clock

    def issue(self, client: str, roles: Iterable[Role], jkt: str | None = None) -> tuple[str, AccessToken]:
        """A new token of a client, and what it says."""
        now = int(self._clock.now().timestamp())
        key = self._keyring.signing()
        said = _told(
            client, secrets.token_urlsafe(JTI_BYTES), frozenset(roles), now, str(key.keys[0].kid), jkt
        )
        claims: dict[str, Any] = {
            "iss": self._named.issuer,
            "aud": self._named.resource,
            "sub": client,
            "client_id": client,
            "jti": said.jti,
            "iat": now,
            "exp": now + TOKEN_S,
            "scope": said.scope,
        }
        if jkt is not None:
            claims["cnf"] = {"jkt": jkt}
        return jwt.encode({"alg": jose.OURS[0], "typ": TYPE}, claims, key, registry=jose.TOKENS), said

    def read(self, text: str) -> AccessToken:
        """What a token of ours says. Raises Unauthenticated for any other, and for one whose time is over."""
        signed = jose.read(text, self._keyring.verifying(), jose.TOKENS)
        if signed.type != TYPE:
            raise Unauthenticated(f"no access token: its typ is not {TYPE}")
        if (signed.claims.get("iss"), signed.claims.get("aud")) != (self._named.issuer, self._named.resource):
            raise Unauthenticated("issued by somebody else, or for somebody else")
        client = signed.text("sub")
        if client != signed.claims.get("client_id"):
            raise Unauthenticated("sub and client_id are not the same client")
        said = _told(
            client,
            signed.text("jti"),
            _roles(signed.text("scope")),
            self._begin(signed),
            str(signed.header.get("kid")),
            _thumbprint(signed),
        )
        if said.until <= self._clock.now():
            raise Unauthenticated("its time is over")
        return said

    def _begin(self, signed: Signed) -> int:
        """When it was issued. One that lives longer than ours do is none of ours."""
        begin, end = signed.seconds("iat"), signed.seconds("exp")
        if begin is None or end is None or end - begin != TOKEN_S:
            raise Unauthenticated(f"expected a life of {TOKEN_S} s")
        if begin > self._clock.now().timestamp() + jose.SKEW_S:
            raise Unauthenticated("issued in the future")
        return int(begin)


def scope_of(roles: Iterable[Role]) -> str:
    """Roles as OAuth writes them, in our order."""
    given = set(roles)
    return " ".join(role.value for role in Role if role in given)


def _told(
    client: str, jti: str, roles: frozenset[Role], issued: int, kid: str, jkt: str | None
) -> AccessToken:
    begin = dt.datetime.fromtimestamp(issued, dt.UTC)
    return AccessToken(client, jti, roles, begin, begin + dt.timedelta(seconds=TOKEN_S), kid, jkt)


def _roles(scope: str) -> frozenset[Role]:
    """The roles of a scope; a word that is no role any longer gives nothing."""
    return frozenset(_WORDS[word] for word in scope.split() if word in _WORDS)


def _thumbprint(signed: Signed) -> str | None:
    confirmed = signed.claims.get("cnf")
    if confirmed is None:
        return None
    jkt = confirmed.get("jkt") if isinstance(confirmed, dict) else None
    if not isinstance(jkt, str):
        raise Unauthenticated("it is bound to a key in a way that is not known here")
    return jkt
