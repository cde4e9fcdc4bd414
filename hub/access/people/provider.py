"""The identity provider (统一身份认证, OpenID Connect): authorization code with PKCE, read by Authlib's Starlette client.

Authlib is given a session of one login instead of a browser's, and of the provider's description only what we looked at.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc.errors import JoseError

from graph.errors import NengshuError, SourceMalformed, SourceUnreachable, Unauthenticated
from hub.access.people.bounded import WAIT_S, Bounded

with (
    warnings.catch_warnings()
):  # it would rather have httpx's successor; httpx is what all of this hub speaks
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
DESCRIBED_S = (
    3600  # for so long a provider's description is believed; keys are asked for when a new one is met
)
LOGIN_S_MAX = 15  # of all that one step asks of the provider
LEEWAY_S = 60  # two clocks may differ by so much
CLAIM_MAX = 500  # characters of a subject or a name
TOKEN_MAX = 32 * 1024  # characters of an identity token, which is kept until its person signs out
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_MORE_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")


@dataclass(frozen=True)
class ProviderSettings:
    """Where people are known, and who this hub is there; `claim` names a person's account."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    name: str
    scopes: str


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for: its own name for them, which never changes, and the account's."""

    subject: str
    name: str
    token: str = field(repr=False)


@dataclass
class Login:
    """A login under way, in the place of a web framework's request; what is put into `session` is kept by the hub."""

    session: dict[str, Any] = field(default_factory=dict, repr=False)
    query_params: Mapping[str, str] = field(default_factory=dict, repr=False)
    scope: Mapping[str, str] = field(default_factory=lambda: {"method": "GET"})


class _App(StarletteOAuth2App):  # type: ignore[misc] # Authlib carries no types
    """Authlib's client, of whose description of the provider nothing passes that was not looked at."""

    async def load_server_metadata(self) -> dict[str, Any]:
        """The description, asked for again after a while; Authlib would make options of its HTTP out of all in it."""
        known: dict[str, Any] = self.server_metadata
        if time.monotonic() - known.get("_loaded_at", -DESCRIBED_S) >= DESCRIBED_S:
            async with self._get_session() as client:
                reply = await client.request("GET", self._server_metadata_url, withhold_token=True)
                reply.raise_for_status()
                found = described(reply.json(), known["expected"])
            known.clear()
            known.update(found, expected=found["issuer"], _loaded_at=time.monotonic())
        return known


def described(found: Any, issuer: str) -> dict[str, Any]:
    """What is used of a provider's description. Raises SourceMalformed."""
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise SourceMalformed(f"the provider's description is not of the issuer {issuer}")
    is_plain = issuer.startswith("http:")
    used: dict[str, Any] = {"issuer": issuer}
    for name in (*_ENDPOINTS, *_MORE_ENDPOINTS):
        address = found.get(name)
        if isinstance(address, str) and urlsplit(address).scheme in (
            "https",
            *(["http"] if is_plain else []),
        ):
            used[name] = address
        elif address is not None or name in _ENDPOINTS:
            raise SourceMalformed(f"the provider's description has no usable {name}")
    said = found.get("id_token_signing_alg_values_supported") or ["RS256"]
    used["id_token_signing_alg_values_supported"] = [each for each in ALGORITHMS if each in said]
    if not used["id_token_signing_alg_values_supported"]:
        raise SourceMalformed("the provider signs with no algorithm that is accepted here")
    return used


class Provider:
    """Asks the provider who somebody is; `back` is the hub's address that it sends them back to."""

    def __init__(
        self, settings: ProviderSettings, back: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.settings, self._back = settings, back
        issuer = settings.issuer.rstrip("/")
        self._app: Any = OAuth().register(
            "provider",
            client_cls=_App,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            expected=settings.issuer,
            client_kwargs={
                "scope": settings.scopes,
                "code_challenge_method": "S256",
                "timeout": WAIT_S,
                "trust_env": False,
                "follow_redirects": False,
                "transport": transport or Bounded(),
            },
        )

    async def begin(self) -> tuple[str, dict[str, Any]]:
        """Where to send the browser, and what is to be kept until it returns. Raises SourceError."""
        login = Login()
        async with _asking():
            reply = await self._app.authorize_redirect(login, self._back)
            for kept in login.session.values():
                kept["data"].pop("url", None)  # said again; all of this goes into a cookie
        return str(reply.headers["location"]), login.session

    async def finish(self, session: dict[str, Any], returned: Mapping[str, str]) -> Person:
        """Who came back with these parameters. Raises SourceError, and Unauthenticated where nobody is vouched for."""
        issuer = self.settings.issuer
        if returned.get("iss", issuer) != issuer:  # RFC 9207: of another provider
            raise Unauthenticated("the answer is of another identity provider")
        wanted = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
        }
        async with _asking():
            token = await self._app.authorize_access_token(
                Login(session, returned), claims_options=wanted, leeway=LEEWAY_S
            )
            return await self._person(token)

    async def _person(self, token: dict[str, Any]) -> Person:
        claims = token.get("userinfo")
        if not claims:
            raise Unauthenticated("the provider sent no identity token")
        if claims["aud"] not in (self.settings.client_id, [self.settings.client_id]):
            raise Unauthenticated("the identity token is for others, too")
        name = claims.get(self.settings.claim) or await self._told(token, claims["sub"])
        subject, kept = claims["sub"], token["id_token"]
        if not all(isinstance(each, str) and 0 < len(each) <= CLAIM_MAX for each in (subject, name)):
            raise SourceMalformed(
                f"sub or {self.settings.claim} is no text of {CLAIM_MAX} characters at most"
            )
        return Person(subject, name, kept if len(kept) <= TOKEN_MAX else "")

    async def _told(self, token: dict[str, Any], subject: str) -> Any:
        """The claim as the provider tells it on request, which is where the standard puts it; of the same person."""
        if "userinfo_endpoint" not in await self._app.load_server_metadata():
            return None
        told = await self._app.userinfo(token=token)
        if told.get("sub") != subject:
            raise Unauthenticated("the provider told of somebody else")
        return told.get(self.settings.claim)

    async def farewell(self, token: str, after: str) -> str | None:
        """Where to send the browser so that the provider signs its person out, too; None where it cannot."""
        try:
            async with _asking():
                if "end_session_endpoint" not in await self._app.load_server_metadata():
                    return None
                made = await self._app.create_logout_url(
                    after, token or None, client_id=self.settings.client_id
                )
        except NengshuError:  # signed out here they are in any case
            return None
        return str(made["url"])


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """Their errors as ours. What a provider wrote is not repeated, for it may hold what is secret."""
    try:
        with anyio.fail_after(LOGIN_S_MAX):
            yield
    except (httpx.HTTPError, TimeoutError) as fault:
        raise SourceUnreachable(f"the identity provider did not answer: {type(fault).__name__}") from fault
    except AuthlibBaseError as fault:
        raise Unauthenticated(
            f"the identity provider did not vouch for anybody: {fault.error[:64]}"
        ) from fault
    except JoseError as fault:
        raise Unauthenticated(f"the identity token does not count: {fault.error}") from fault
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as fault:
        raise SourceMalformed(
            f"the identity provider's answer cannot be read: {type(fault).__name__}"
        ) from fault
