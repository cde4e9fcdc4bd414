"""An authorization server over fakes: a clock a test moves, clients it changes, and keys of all kinds to sign with."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hmac
import itertools
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from graph.model.principal import NATION, OrganisationKind, Principal, Role
from hub.access.log import Entry
from hub.access.oauth.assertions import ASSERTION_TYPE
from hub.access.oauth.dpop import digest
from hub.access.oauth.forms import Answer, Form, fields_of
from hub.access.oauth.keyring import Keyring
from hub.access.oauth.server import OAuth
from hub.access.oauth.verifying import Asked
from hub.stores.registry.clients import KnownClient
from hub.stores.registry.known import Place
from hub.stores.registry.signing_keys import KeptKey

BASE = "https://hub.example"
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
ANYTHING = [*jws.JWSRegistry.algorithms]  # what a forger may sign with
KEY = ECKey.generate_key("P-256", auto_kid=True)
OTHER = ECKey.generate_key("P-256", auto_kid=True)
ED = OKPKey.generate_key("Ed25519", auto_kid=True)
_names = itertools.count()


@cache
def rsa() -> RSAKey:
    """A key that takes a while to make."""
    return RSAKey.generate_key(2048, auto_kid=True)


class MovingClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> dt.datetime:
        """Where it stands."""
        return self.moment

    def pass_by(self, seconds: float) -> None:
        """Move on."""
        self.moment += dt.timedelta(seconds=seconds)


class FakeClients:
    """Clients by their keys, and how often they were asked for."""

    def __init__(self) -> None:
        self.known: dict[str, KnownClient] = {}
        self.asked: list[str] = []

    def find(self, key: str) -> KnownClient | None:
        """One of them."""
        self.asked.append(key)
        return self.known.get(key)


class FakeKeys:
    """Signing keys as the registry keeps them, in memory."""

    def __init__(self, clock: MovingClock) -> None:
        self.kept: list[KeptKey] = []
        self._clock = clock

    def list(self) -> list[KeptKey]:
        """All of them."""
        return list(self.kept)

    def begin(self, kid: str, sealed: str, who: str) -> None:
        """The first one counts."""
        assert who
        if not self.kept:
            self.kept = [KeptKey(kid, sealed, self._clock.now(), None)]

    def rotate(self, kid: str, sealed: str, who: str, keep: dt.timedelta) -> None:
        """A new one."""
        assert who
        now = self._clock.now()
        retired = [dataclasses.replace(key, retired_at=key.retired_at or now) for key in self.kept]
        living = [key for key in retired if key.retired_at and now - key.retired_at < keep]
        self.kept = [KeptKey(kid, sealed, now, None), *living]


class FakeSeal:
    """Seals nothing, and still opens under the same name only."""

    def seal(self, secret: bytes, what: str) -> str:
        """A text that shows at once what it is of."""
        return f"{what}|{b64encode(secret).decode()}"

    def open(self, sealed: str, what: str) -> bytes:
        """The secret."""
        of, _, text = sealed.partition("|")
        assert of == what
        return b64decode(text)


class FakeRevoked:
    """Revoked tokens in memory."""

    def __init__(self, written: Callable[[], None]) -> None:
        self.kept: dict[str, dt.datetime] = {}
        self._written = written

    def revoke(self, jti: str, until: dt.datetime, who: str) -> None:
        """One more, that somebody answers for."""
        assert who
        self.kept[jti] = until
        self._written()

    def all(self) -> frozenset[str]:
        """Each of them."""
        return frozenset(self.kept)


class FakeOnce:
    """What was used, in memory."""

    def __init__(self) -> None:
        self.used: dict[tuple[str, str], dt.datetime] = {}

    def use(self, kind: str, value: str, until: dt.datetime) -> bool:
        """Whether it is the first time."""
        assert len(value) <= 64
        return self.used.setdefault((kind, value), until) is until


class FakeLog:
    """The record."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def note(self, entry: Entry) -> None:
        """One more."""
        self.entries.append(entry)


def known(key: str = "meter", *roles: Role, signs: Key = KEY, **rest: Any) -> KnownClient:
    """A client of an organisation, with its public key."""
    given = frozenset(roles or {Role.READ, Role.UPLOAD})
    until = rest.pop("until", None)
    principal = Principal(key, "necc", NATION, given, OrganisationKind.NATIONAL_AGENCY, until=until)
    return KnownClient(principal, KeySet([signs]).as_dict(private=False), place=Place("130000"), **rest)


class World:
    """A server with one client, `meter`, that reads and uploads."""

    def __init__(self, base: str = BASE) -> None:
        self.base = base
        self.clock, self.clients, self.revoked = MovingClock(), FakeClients(), FakeRevoked(self.write)
        self.once, self.log, self.version = FakeOnce(), FakeLog(), 0
        self.keys = FakeKeys(self.clock)
        self.keyring = Keyring(self.keys, FakeSeal(), self.clock, lambda: self.version)
        self.oauth = OAuth(
            base,
            self.keyring,
            self.clients,
            self.revoked,
            self.once,
            self.log,
            self.clock,
            lambda: self.version,
        )
        self.verifier = self.oauth.verifier
        self.put(known())

    def put(self, client: KnownClient) -> None:
        """Keep a client as it is now."""
        self.clients.known[client.principal.client] = client
        self.write()

    def write(self) -> None:
        """Something was written to the registry."""
        self.version += 1

    @property
    def now(self) -> int:
        """The present in seconds."""
        return int(self.clock.now().timestamp())

    def claims(self, client: str = "meter", **changes: Any) -> dict[str, Any]:
        """What a sound assertion says; a change to None leaves a claim out."""
        sound = {
            "iss": client, "sub": client, "aud": f"{self.base}/oauth/token", "jti": fresh(),
            "iat": self.now, "exp": self.now + 60,
        }  # fmt: skip
        return {name: value for name, value in (sound | changes).items() if value is not None}

    def form(self, assertion: str | None = None, **fields: str) -> Form:
        """A form as the endpoint hands it on."""
        said = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or sign(self.claims()), **fields,
        }  # fmt: skip
        headers = {
            name.removeprefix("header_"): said.pop(name) for name in [*said] if name.startswith("header_")
        }
        return Form(fields_of(urlencode(said).encode()), headers, "192.0.2.7", "abc")

    def ask(self, assertion: str | None = None, **fields: str) -> Answer:
        """Ask for a token."""
        return self.oauth.token(self.form(assertion, **fields))

    def token(self, assertion: str | None = None, **fields: str) -> str:
        """A token that was given."""
        answer = self.ask(assertion, **fields)
        assert answer.status == 200, answer.body
        return str(answer.body["access_token"])

    def principal(self, token: str, scheme: str = "Bearer", **headers: str) -> Principal:
        """Who asks with it."""
        given = {"authorization": f"{scheme} {token}", **headers}
        return self.verifier.principal(Asked("POST", "/graphql", given))

    def proof(
        self, key: Key = OTHER, url: str = "/oauth/token", token: str | None = None,
        header: Mapping[str, Any] | None = None, **changes: Any,
    ) -> str:  # fmt: skip
        """A sound proof of a key, but for the changes."""
        sound = {"jti": fresh(), "htm": "POST", "htu": f"{self.base}{url}", "iat": self.now}
        if token is not None:
            sound["ath"] = digest(token)
        claims = {name: value for name, value in (sound | changes).items() if value is not None}
        return sign(claims, key, {"typ": "dpop+jwt", "jwk": key.as_dict(private=False), **(header or {})})

    def bound(self, key: Key = OTHER) -> str:
        """A token bound to a key."""
        return self.token(header_dpop=self.proof(key))


def fresh() -> str:
    """A name that did not come before."""
    return f"name-{next(_names)}"


def alg_of(key: Key) -> str:
    """What this key signs with."""
    return {"EC": "ES256", "RSA": "PS256", "OKP": "Ed25519"}[key.key_type]


def sign(claims: Mapping[str, Any], key: Key = KEY, header: Mapping[str, Any] | None = None) -> str:
    """A signed text with any header; a `typ` of None leaves it out."""
    said = {"alg": alg_of(key), "typ": "JWT", **(header or {})}
    said = {name: value for name, value in said.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=ANYTHING, strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = 1_000_000
    return jwt.encode(said, dict(claims), key, registry=registry, default_type=None)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A token's header and claims, unverified."""
    header, claims, _ = (urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


def unsigned(header: object, claims: object, signature: bytes = b"") -> str:
    """A text in the form of a signed one."""
    written = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(_segment(part) for part in written)


def by_hand(header: Mapping[str, Any], claims: Mapping[str, Any], key: ECKey = KEY) -> str:
    """A text with a sound signature under a header no library would write."""
    begin = unsigned(header, claims).rpartition(".")[0]
    assert key.private_key is not None
    r, s = decode_dss_signature(key.private_key.sign(begin.encode(), ECDSA(SHA256())))
    return f"{begin}.{_segment(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def with_shared_secret(secret: bytes, claims: Mapping[str, Any], **header: Any) -> str:
    """A text signed with HS256, as who takes a public key for a secret would check it."""
    begin = unsigned({"alg": "HS256", "typ": "JWT", **header}, claims).rpartition(".")[0]
    return f"{begin}.{_segment(hmac.digest(secret, begin.encode(), 'sha256'))}"


def _segment(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
