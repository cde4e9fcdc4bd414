"""Clients prove who they are with a short statement signed by their own key (`private_key_jwt`, RFC 7523).

Authlib's own check takes statements of any age, for several audiences, and tells a stranger which clients there are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import ECKey, KeySet

from graph.errors import InvalidInput, Unauthenticated
from graph.ports import Clock
from hub.access.oauth import jose
from hub.access.oauth._ports import Clients
from hub.access.oauth.dpop import digest
from hub.access.oauth.identifiers import Identifiers
from hub.access.oauth.jose import Signed
from hub.access.ports import Once
from hub.stores.registry.clients import KnownClient

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = frozenset({None, "jwt", "client-authentication+jwt"})  # what statements of this kind say they are
LIFE_S_MAX = 300  # ahead of now: made for one request, and remembered as long
JTI_MAX = 200  # characters; a UUID has 36
KEYS_MAX = 8  # of a client: the one it has and the next, and some for its backups


class Assertions:
    """Looks at the statements of clients to one hub."""

    def __init__(self, named: Identifiers, clients: Clients, once: Once, clock: Clock) -> None:
        self._named, self._clients, self._once, self._clock = named, clients, once, clock
        self._nobodys = KeySet([ECKey.generate_key("P-256")])

    def client(self, assertion: str, named: str | None = None) -> KnownClient:
        """The client that signed this just now, and is the one `named` beside it, if any. A good one is used up.

        Raises Unauthenticated, with words for the record alone.
        """
        claimed = claimed_by(assertion)
        if named not in (None, claimed):
            raise Unauthenticated("client_id is another client")
        known = self._clients.find(claimed)
        # A client that is not there costs as much as a wrong key, so that time tells nothing either.
        keys = self._nobodys if known is None else _keys(known)
        signed = jose.read(assertion, keys, jose.ASSERTIONS)
        if known is None or not known.counts(now := self._clock.now()):
            raise Unauthenticated("the client is not there, revoked, over, or of an organisation that is")
        self._check(signed, now.timestamp())
        end = dt.datetime.fromtimestamp((signed.seconds("exp") or 0) + jose.SKEW_S, dt.UTC)
        if not self._once.use("assertion", digest(f"{claimed} {signed.text('jti', JTI_MAX)}"), end):
            raise Unauthenticated("used before")
        return known

    def _check(self, signed: Signed, now: float) -> None:
        if signed.type not in TYPES or ("typ" in signed.header and signed.type is None):
            raise Unauthenticated("its typ is that of something else")
        if signed.claims.get("iss") != signed.claims.get("sub"):
            raise Unauthenticated("iss and sub are not the same client")
        audience = signed.claims.get("aud")
        if isinstance(audience, list) and len(audience) == 1:
            (audience,) = audience
        if audience not in (self._named.issuer, self._named.token_url):
            raise Unauthenticated("expected this hub, and nobody else, as its audience")
        _check_times(signed, now)


def claimed_by(assertion: str) -> str:
    """Who somebody says to be. Raises Unauthenticated."""
    return jose.unverified(assertion, jose.ASSERTIONS).text("iss", 64)


def checked_jwks(text: str) -> dict[str, Any]:
    """The public keys of a client, as `nengshu client add` is given them: a JWK, or a set of some.

    Each gets a `kid`. Raises InvalidInput, without a word of what came: it may be the private half.
    """
    try:
        said = json.loads(text)
        keys = said.get("keys", [said])
        found = [jose.public_key(each) for each in keys[: KEYS_MAX + 1]]
    except Unauthenticated as fault:
        raise InvalidInput(str(fault), "jwks") from fault
    except (ValueError, TypeError, AttributeError, RecursionError, KeyError):
        raise InvalidInput("expected a public key as RFC 7517 writes it, or a set of them", "jwks") from None
    if not 1 <= len(found) <= KEYS_MAX:
        raise InvalidInput(f"expected 1 to {KEYS_MAX} keys", "jwks")
    written: Mapping[str, Any] = KeySet(list(found)).as_dict(private=False)
    if len({each["kid"] for each in written["keys"]}) < len(found):
        raise InvalidInput("two keys have the same kid", "jwks")
    return dict(written)


def _keys(known: KnownClient) -> KeySet:
    return KeySet([jose.public_key(each) for each in known.jwks["keys"]])


def _check_times(signed: Signed, now: float) -> None:
    end, begin, issued = (signed.seconds(name) for name in ("exp", "nbf", "iat"))
    if end is None or not now - jose.SKEW_S < end <= now + LIFE_S_MAX:
        raise Unauthenticated(f"expected an end within {LIFE_S_MAX} s, or its time is over")
    if begin is not None and begin > now + jose.SKEW_S:
        raise Unauthenticated("not to be used yet")
    if issued is not None and not now - LIFE_S_MAX - jose.SKEW_S <= issued <= now + jose.SKEW_S:
        raise Unauthenticated("not issued just now")
