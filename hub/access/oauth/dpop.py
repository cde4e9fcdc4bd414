"""Proofs that who sends a request holds a key (DPoP, RFC 9449): each for one request, a minute old at most, used once."""

from __future__ import annotations

import datetime as dt
import hashlib
from base64 import urlsafe_b64encode

from graph.errors import Unauthenticated
from graph.ports import Clock
from hub.access.oauth import jose
from hub.access.oauth.identifiers import Identifiers
from hub.access.oauth.jose import Signed
from hub.access.ports import Once

TYPE = "dpop+jwt"
AGE_S_MAX = 60  # a proof is made for the request it comes with
JTI_MAX = 200  # characters; a UUID has 36


class Proofs:
    """Looks at the proofs that come with requests to one hub."""

    def __init__(self, named: Identifiers, once: Once, clock: Clock) -> None:
        self._named, self._once, self._clock = named, once, clock

    def thumbprint(self, proof: str, method: str, path: str, token: str | None = None) -> str:
        """The thumbprint (RFC 7638) of the key that was proved for this request, and with it for a token.

        Raises Unauthenticated; a proof that was good is used up.
        """
        key = jose.public_key(jose.unverified(proof, jose.PROOFS).header.get("jwk") or {})
        signed = jose.read(proof, key, jose.PROOFS)
        if signed.type != TYPE:
            raise Unauthenticated(f"no proof of a key: its typ is not {TYPE}")
        self._check_request(signed, method, path)
        if token is not None and signed.claims.get("ath") != digest(token):
            raise Unauthenticated("the proof is of another token")
        thumbprint = key.thumbprint()
        until = dt.datetime.fromtimestamp(self._made(signed) + AGE_S_MAX + jose.SKEW_S, dt.UTC)
        if not self._once.use("dpop", digest(f"{thumbprint} {signed.text('jti', JTI_MAX)}"), until):
            raise Unauthenticated("the proof was used before")
        return thumbprint

    def _check_request(self, signed: Signed, method: str, path: str) -> None:
        if signed.text("htm") != method:
            raise Unauthenticated("the proof is for another method")
        if not self._named.is_at(signed.text("htu", jose.TEXT_MAX), path):
            raise Unauthenticated("the proof is for another address")

    def _made(self, signed: Signed) -> float:
        made, now = signed.seconds("iat"), self._clock.now().timestamp()
        if made is None or not now - AGE_S_MAX - jose.SKEW_S <= made <= now + jose.SKEW_S:
            raise Unauthenticated("the proof is not of now")
        return made


def digest(text: str) -> str:
    """SHA-256 as RFC 9449 writes it (`ath`)."""
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
