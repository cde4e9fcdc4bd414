"""Tokens of a hub for a machine that proves itself with its own key (private_key_jwt, RFC 7523; DPoP, RFC 9449).

Authlib signs the statement and httpx sends it: Authlib's own client for httpx asks for another library by now. A
statement says for whom it is (`aud`): for the hub whose address stands with the key, never for one an answer names.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey, import_key

from edge_probe.answers import answered, is_for_later
from edge_probe.uplink_ports import TryLater
from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CREDENTIAL_CHARACTERS_MAX = 8_192  # an RSA key of 4096 bits has half of that
STATEMENT_S = 60  # a hub takes 300 at most, and allows a clock a minute
RENEW_S = 60  # before its end a token is got anew, so that none ends on its way
LIFE_S_MAX = 86_400  # whoever says more is not believed
ASK_SECONDS_MAX = 15  # a hub signs a token in a millisecond
ANSWER_BYTES_MAX = 64 * 1024  # a token has some hundred
WORDS_MAX = 200  # characters of a refusal that are told
_ALGORITHMS = {"EC": "ES256", "RSA": "PS256", "OKP": "Ed25519"}


class _Credential(msgspec.Struct, frozen=True):
    client: str
    key: dict[str, Any]
    hub: str | None = None
    proves: bool = False


class _Given(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - a type


@dataclass(frozen=True)
class Credential:
    """Who a machine is, and its private key. `hub` is its hub's own address; with `proves` it proves the key each time."""

    client: str
    key: ECKey | RSAKey | OKPKey = field(repr=False)
    hub: str | None = None
    proves: bool = False

    @classmethod
    def parse(cls, text: str) -> Credential:
        """A credential as `nengshu client add` writes it. Raises InvalidInput, which never repeats what came."""
        if len(text) > CREDENTIAL_CHARACTERS_MAX:
            raise InvalidInput(f"expected at most {CREDENTIAL_CHARACTERS_MAX} characters")
        try:
            said = msgspec.json.decode(text, type=_Credential)
            key = None if said.key.get("kty") == "oct" else import_key(said.key)
        except (ValueError, TypeError, KeyError, JoseError):  # its words may quote the key
            raise InvalidInput('expected {"client": …, "key": …} with a private JWK') from None
        if key is None or isinstance(key, OctKey) or not _can_sign(key) or not said.client:
            raise InvalidInput("expected a client and its private key, of P-256, Ed25519 or RSA")
        return cls(said.client, key, said.hub and said.hub.rstrip("/"), said.proves)

    @property
    def algorithm(self) -> str:
        """What its key signs with."""
        return _ALGORITHMS[self.key.key_type]


class OwnTokens:
    """The tokens of one machine at one hub: got when needed, renewed before they end, thrown away when refused.

    Whoever needs one meanwhile waits for the one that asks; `now` is the wall's time, `passed` only ever grows.
    """

    def __init__(
        self,
        name: str,
        url: str,
        credential: Credential,
        client: httpx.AsyncClient,
        now: Callable[[], float] = time.time,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._url, self._credential, self._client = name, url.rstrip("/"), credential, client
        self._now, self._passed = now, passed
        self._token, self._is_bound, self._renew_at = "", False, 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """One that counts for some time yet. Raises SourceUnreachable, SourceRefused, SourceMalformed."""
        async with self._asking:
            if not self._token or self._passed() >= self._renew_at:
                self._keep(await self._ask())
            return self._token

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """What a request says of who sends it. Raises as `token` does."""
        token = await self.token()
        if not self._is_bound:
            return {"Authorization": f"Bearer {token}"}
        return {"Authorization": f"DPoP {token}", "DPoP": self._proof(method, url, token)}

    def refused(self) -> None:
        """The hub took the last one no longer: the next is a new one."""
        self._token = ""

    def _keep(self, given: _Given) -> None:
        life_s = min(given.expires_in, LIFE_S_MAX)
        self._token, self._is_bound = given.access_token, given.token_type.lower() == "dpop"
        self._renew_at = self._passed() + max(life_s - RENEW_S, life_s / 2)

    async def _ask(self) -> _Given:
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                answer = await self._post()
        except TimeoutError as fault:
            raise SourceUnreachable(f"{self._name}: no token within {ASK_SECONDS_MAX} s") from fault
        except httpx.HTTPError as fault:
            raise SourceUnreachable(f"{self._name}: no token: {type(fault).__name__}") from fault
        status, body = answer
        if is_for_later(status):
            raise TryLater(f"{self._name}: no token: status {status}")
        if status != httpx.codes.OK:
            raise SourceRefused(f"{self._name}: no token: status {status}: {_words(body)}{self._elsewhere()}")
        return self._read(body)

    def _elsewhere(self) -> str:
        """Why a hub may refuse what another would take: statements are for the hub the credential names."""
        hub = self._credential.hub
        return f"; its credential is for {hub}" if hub not in (None, self._url) else ""

    async def _post(self) -> tuple[int, bytes]:
        url = self._url + TOKEN_PATH
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._statement(),
        }
        headers = {"Accept": "application/json"}
        if self._credential.proves:
            headers["DPoP"] = self._proof("POST", url)
        request = self._client.build_request("POST", url, data=form, headers=headers)
        too_much = f"{self._name}: more than {ANSWER_BYTES_MAX} bytes where a token should be"
        answer, body = await answered(self._client, request, ANSWER_BYTES_MAX, too_much)
        return answer.status_code, body

    def _read(self, body: bytes) -> _Given:
        try:
            given = msgspec.json.decode(body, type=_Given)
        except ValueError:  # its words may quote the token
            raise SourceMalformed(f"{self._name}: an answer that holds no token") from None
        token = given.access_token
        if given.token_type.lower() not in ("bearer", "dpop") or given.expires_in <= 0 or not _is_sane(token):
            raise SourceMalformed(f"{self._name}: a token that cannot be used here")
        return given

    def _statement(self) -> str:
        """Each is new: Authlib makes a `jti` where it is given no claims, and would live an hour if not told."""
        mine = self._credential
        signed = private_key_jwt_sign(
            mine.key,
            mine.client,
            (mine.hub or self._url) + TOKEN_PATH,
            alg=mine.algorithm,
            header={"kid": mine.key.kid, "typ": "JWT"} if mine.key.kid else {"typ": "JWT"},
            issued_at=int(self._now()),
            expires_in=STATEMENT_S,
        )
        return str(signed)

    def _proof(self, method: str, url: str, token: str | None = None) -> str:
        mine = self._credential
        base = mine.hub or self._url
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": base + url.removeprefix(self._url),
            "iat": int(self._now()),
        }
        if token is not None:
            claims["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        public = {name: value for name, value in mine.key.as_dict(private=False).items() if name in _PUBLIC}
        header = {"alg": mine.algorithm, "typ": "dpop+jwt", "jwk": public}
        return jwt.encode(header, claims, mine.key, algorithms=[mine.algorithm])


def _can_sign(key: ECKey | RSAKey | OKPKey) -> bool:
    return key.is_private and (isinstance(key, RSAKey) or key.curve_name in ("P-256", "Ed25519"))


def _is_sane(token: str) -> bool:
    return token.isascii() and token.isprintable() and bool(token) and " " not in token


_PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e"})


def _words(body: bytes) -> str:
    """A refusal's own words: the error's code alone, for the rest may quote what was sent."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        return "without words of OAuth"
    return str(said.get("error"))[:WORDS_MAX]
