"""Fits Authlib's core of an authorization server to this hub: what it asks of a framework, a client and a grant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from graph.errors import Unauthenticated
from graph.model.principal import Role
from hub.access.oauth.assertions import ASSERTION_TYPE, Assertions, claimed_by
from hub.access.oauth.forms import Answer, Form
from hub.access.oauth.metadata import GRANT, METHOD
from hub.access.oauth.tokens import AccessToken
from hub.access.oauth.verifying import CHALLENGE
from hub.stores.registry.clients import KnownClient

# Authlib refuses a request that came without TLS. The proxy before the hub ends TLS; no address is taken from here.
_UNDER_TLS = "https://hub.invalid/"


class UnknownClient(InvalidClientError):  # type: ignore[misc] # Authlib carries no types
    """Nobody whom this hub knows. Whether there is such a client, and what was wrong, is told to the record alone."""

    status_code = 401
    description = "the client did not prove who it is"

    def get_headers(self) -> list[tuple[str, str]]:
        """Authlib would ask for a password."""
        return [*default_json_headers, ("WWW-Authenticate", CHALLENGE)]


class BadProof(OAuth2Error):  # type: ignore[misc] # Authlib carries no types
    """A proof of a key that proves nothing (RFC 9449, 5)."""

    error = "invalid_dpop_proof"
    description = "the proof in the header DPoP does not stand for this request"


class InvalidTarget(OAuth2Error):  # type: ignore[misc] # Authlib carries no types
    """A token for somebody else was asked for (RFC 8707)."""

    error = "invalid_target"
    description = "tokens of this hub are for this hub alone"


class OAuthRequest(OAuth2Request):  # type: ignore[misc] # Authlib carries no types
    """A form as Authlib reads it, with what became of it for the record."""

    def __init__(self, form: Form) -> None:
        super().__init__("POST", _UNDER_TLS, headers=form.headers)
        self.payload = BasicOAuth2Payload(form.fields)
        self.known: KnownClient | None = None
        self.token: AccessToken | None = None
        self.told: dict[str, str] = {}

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters."""
        fields: Mapping[str, str] = self.payload.data
        return fields

    @property
    def args(self) -> Mapping[str, str]:
        """What stood in the address: nothing, or the endpoint would have refused it."""
        return {}


class Client:
    """A client as Authlib asks for it."""

    def __init__(self, known: KnownClient) -> None:
        self.known = known

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Whether it may prove itself this way: there is one."""
        return method == METHOD

    def check_grant_type(self, grant: str) -> bool:
        """Whether it may ask for this: there is one grant."""
        return grant == GRANT


@dataclass(frozen=True)
class ByOwnKey:
    """The one way a client proves itself, as Authlib calls it."""

    assertions: Assertions

    def __call__(self, _query_client: object, request: OAuthRequest) -> Client:
        """The client that signed what came. Raises UnknownClient, InvalidRequestError."""
        if "authorization" in request.headers or "client_secret" in request.form:
            raise InvalidRequestError("clients sign with their own key, and in no other way")
        if request.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidRequestError("expected a client_assertion_type of RFC 7523")
        assertion = request.form.get("client_assertion", "")
        try:
            request.told["claimed"] = claimed_by(assertion)
            request.known = self.assertions.client(assertion, request.form.get("client_id"))
        except Unauthenticated as fault:
            request.told["why"] = str(fault)
            raise UnknownClient from fault
        del request.told["claimed"]
        return Client(request.known)


class Server(AuthorizationServer):  # type: ignore[misc] # Authlib carries no types
    """Authlib's core without its framework."""

    def __init__(self, assertions: Assertions) -> None:
        super().__init__()
        self.register_client_auth_method(METHOD, ByOwnKey(assertions))

    def query_client(self, client_id: str) -> None:
        """Clients are looked up by what they sign, never by what they say."""

    def send_signal(self, *_: object, **__: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        """It is one."""
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], headers: Any) -> Answer:
        """What the endpoint sends."""
        return Answer(status, body, tuple((name, value) for name, value in headers))


Issue = Callable[[OAuthRequest, frozenset[Role]], Mapping[str, Any]]
Serve = Callable[[OAuthRequest], Mapping[str, Any]]


def grant_of(issue: Issue, resource: str) -> type[Any]:
    """The one grant there is, giving what `issue` makes."""

    class Grant(ClientCredentialsGrant):  # type: ignore[misc] # Authlib carries no types
        TOKEN_ENDPOINT_AUTH_METHODS = (METHOD,)

        def validate_requested_scope(self) -> None:
            """Never more than the client has, and never silently less than it asked for."""
            if self.request.form.get("resource", resource) != resource:
                raise InvalidTarget
            self.roles = _roles(self.request.form.get("scope"), self.request.known)

        def create_token_response(self) -> tuple[int, Mapping[str, Any], Any]:
            """The token. Authlib's own would write it into the log."""
            return 200, issue(self.request, self.roles), default_json_headers

    return Grant


def introspection_of(serve: Serve) -> type[Any]:
    """The endpoint that says what a token is worth (RFC 7662)."""

    class Introspection(IntrospectionEndpoint):  # type: ignore[misc] # Authlib carries no types
        CLIENT_AUTH_METHODS = (METHOD,)

        def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, Mapping[str, Any], Any]:
            """What `serve` makes, for a client that proved itself."""
            return _served(self, request, serve)

    return Introspection


def revocation_of(serve: Serve) -> type[Any]:
    """The endpoint that ends a token before its time (RFC 7009)."""

    class Revocation(RevocationEndpoint):  # type: ignore[misc] # Authlib carries no types
        CLIENT_AUTH_METHODS = (METHOD,)

        def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, Mapping[str, Any], Any]:
            """What `serve` makes, for a client that proved itself."""
            return _served(self, request, serve)

    return Revocation


def _served(endpoint: Any, request: OAuthRequest, serve: Serve) -> tuple[int, Mapping[str, Any], Any]:
    endpoint.authenticate_endpoint_client(request)
    if "token" not in request.form:
        raise InvalidRequestError("expected a token")
    return 200, serve(request), default_json_headers


def _roles(scope: str | None, known: KnownClient) -> frozenset[Role]:
    has = {role.value: role for role in known.principal.roles}
    asked = list(has) if scope is None else scope.split()
    if not asked or any(word not in has for word in asked):
        raise InvalidScopeError("expected roles of this client")
    return frozenset(has[word] for word in asked)
