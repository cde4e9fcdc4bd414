"""Reads what is signed (JWS): the one place that says which algorithms, headers and sizes are let in.

joserfc as it comes would take a header that turns off base64 (RFC 7797), and warns at `EdDSA`, the older name of Ed25519.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey, import_key
from joserfc.registry import JWS_HEADER_REGISTRY

from graph.errors import Unauthenticated

TEXT_MAX = 4_096  # characters: an RSA proof with its key has two thousand
SKEW_S = 60  # how far another machine's clock may be off
OURS = ("ES256",)  # what this hub signs with
THEIRS = ("ES256", "PS256", "Ed25519", "EdDSA")  # what others may: no shared keys, no PKCS 1.5
RSA_BITS_MIN, RSA_BITS_MAX = 2_048, 4_096  # more would only make us compute
PublicKey: TypeAlias = ECKey | RSAKey | OKPKey
_OLDER_NAMES = {"EdDSA": "Ed25519"}
# What joserfc lets through of odd input, beside its own errors: a header that is a list, a number of 5 000 digits.
_FAULTS = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class _Registry(jws.JWSRegistry):
    """Knows the headers that say something here; a token with any other is refused."""

    max_header_length = TEXT_MAX
    max_payload_length = TEXT_MAX

    def __init__(self, algorithms: Collection[str], headers: Iterable[str] = ("alg", "kid", "typ")) -> None:
        super().__init__(algorithms=algorithms)
        self.header_registry = {name: JWS_HEADER_REGISTRY[name] for name in headers}

    def get_alg(self, name: str) -> Any:
        """The algorithm of a name that is allowed."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError("this algorithm is not allowed here")
        return super().get_alg(_OLDER_NAMES.get(name, name))


TOKENS = _Registry(OURS)
ASSERTIONS = _Registry(THEIRS)
PROOFS = _Registry(THEIRS, ("alg", "typ", "jwk"))


@dataclass(frozen=True)
class Signed:
    """What was signed, by a key that was looked at."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def type(self) -> str | None:
        """What it says it is (`typ`), as RFC 7515 has it compared."""
        said = self.header.get("typ")
        return said.lower().removeprefix("application/") if isinstance(said, str) else None

    def text(self, name: str, longest: int = 500) -> str:
        """A claim that is text. Raises Unauthenticated."""
        said = self.claims.get(name)
        if not isinstance(said, str) or not 0 < len(said) <= longest:
            raise Unauthenticated(f"{name} is missing, or no text")
        return said

    def seconds(self, name: str) -> float | None:
        """A claim that is a moment, in seconds since 1970; None where it is missing. Raises Unauthenticated."""
        said = self.claims.get(name)
        if said is None:
            return None
        if isinstance(said, bool) or not isinstance(said, (int, float)) or not _is_finite(said):
            raise Unauthenticated(f"{name} is no moment")
        return said


def read(text: str, keys: KeySet | PublicKey, registry: jws.JWSRegistry) -> Signed:
    """What one of the keys has signed. Raises Unauthenticated, and says nothing of what came."""
    _check_text(text)
    try:
        token = jwt.decode(text, keys, registry=registry)
    except _FAULTS as fault:
        raise Unauthenticated("it is not signed with a key that counts here") from fault
    return Signed(token.header, token.claims)


def unverified(text: str, registry: jws.JWSRegistry) -> Signed:
    """What somebody says, which nobody has looked at. Raises Unauthenticated where it cannot be read."""
    _check_text(text)
    try:
        found = jws.extract_compact(text.encode(), registry=registry)
        registry.check_header(found.headers())
        claims = json.loads(found.payload)
    except _FAULTS as fault:
        raise Unauthenticated(f"cannot be read: {type(fault).__name__}") from fault
    if not isinstance(claims, dict):
        raise Unauthenticated("cannot be read: its claims are no object")
    return Signed(found.headers(), claims)


def public_key(said: Mapping[str, Any]) -> PublicKey:
    """A public key that one of the algorithms can check with. Raises Unauthenticated.

    A private one is refused: whoever sends it has given it away.
    """
    if any(name in said for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")):
        raise Unauthenticated("the key is a private one, and given away by being sent")
    try:
        key = import_key(dict(said))
        fits = _fits(key)
    except _FAULTS as fault:
        raise Unauthenticated(f"the key cannot be read: {type(fault).__name__}") from fault
    if isinstance(key, OctKey) or not fits:
        raise Unauthenticated(f"expected P-256, Ed25519, or RSA of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")
    return key


def _fits(key: Key) -> bool:
    if isinstance(key, RSAKey):
        return RSA_BITS_MIN <= key.public_key.key_size <= RSA_BITS_MAX
    return not isinstance(key, OctKey) and key.curve_name in ("P-256", "Ed25519")


def _check_text(text: str) -> None:
    if len(text) > TEXT_MAX or not text.isascii():
        raise Unauthenticated(f"cannot be read: expected at most {TEXT_MAX} characters of ASCII")


def _is_finite(number: float) -> bool:
    """Every comparison with NaN is false: a token with it would never end."""
    return isinstance(number, int) or math.isfinite(number)
