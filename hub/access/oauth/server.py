"""The authorization server of a hub: tokens for machines that sign with their own key (RFC 6749, 7523, 9068, 9449)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidGrantError

from graph.errors import Unauthenticated
from graph.model.principal import Role
from graph.ports import Clock
from hub.access.log import DENIED, GRANTED, Entry
from hub.access.oauth._glue import (
    BadProof,
    OAuthRequest,
    Server,
    grant_of,
    introspection_of,
    revocation_of,
)
from hub.access.oauth._ports import Clients, Revoked
from hub.access.oauth.assertions import Assertions
from hub.access.oauth.dpop import Proofs
from hub.access.oauth.forms import Answer, Form
from hub.access.oauth.identifiers import INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH, Identifiers
from hub.access.oauth.keyring import TOKEN_S, Keyring
from hub.access.oauth.metadata import metadata_of
from hub.access.oauth.tokens import AccessToken, Tokens, scope_of
from hub.access.oauth.verifying import TokenVerifier
from hub.access.ports import AccessLog, Once
from hub.stores.registry.known import Place

FORMS_AT_ONCE = 2  # answered in threads of their own: who floods them holds up no lookup of anybody's token


class OAuth:
    """One hub's authorization server; `verifier` looks at what it issued. Any thread may call."""

    def __init__(
        self,
        base_url: str,
        keyring: Keyring,
        clients: Clients,
        revoked: Revoked,
        once: Once,
        log: AccessLog,
        clock: Clock,
        version: Callable[[], int],
    ) -> None:
        self.named = Identifiers(base_url)
        self.lane = anyio.CapacityLimiter(FORMS_AT_ONCE)
        self._keyring, self._revoked, self._log, self._clock = keyring, revoked, log, clock
        self._tokens, self._proofs = Tokens(self.named, keyring, clock), Proofs(self.named, once, clock)
        self.verifier = TokenVerifier(self._tokens, keyring, clients, revoked, self._proofs, clock, version)
        self._server = Server(Assertions(self.named, clients, once, clock))
        self._server.register_grant(grant_of(self._issue, self.named.resource))
        self._server.register_endpoint(introspection_of(self._introspect))
        self._server.register_endpoint(revocation_of(self._revoke))

    def token(self, form: Form) -> Answer:
        """POST /oauth/token."""
        request = OAuthRequest(form)
        answer: Answer = self._server.create_token_response(request)
        return self._noted("token", TOKEN_PATH, form, request, answer)

    def introspect(self, form: Form) -> Answer:
        """POST /oauth/introspect (RFC 7662): for the role introspect, and for a client about a token of its own."""
        request = OAuthRequest(form)
        answer: Answer = self._server.create_endpoint_response("introspection", request)
        if answer.status == 200 and "why" not in request.told:
            return answer
        return self._noted("denied", INTROSPECT_PATH, form, request, answer)

    def revoke(self, form: Form) -> Answer:
        """POST /oauth/revoke (RFC 7009): a client ends a token of its own."""
        request = OAuthRequest(form)
        answer: Answer = self._server.create_endpoint_response("revocation", request)
        return self._noted("revoke", REVOKE_PATH, form, request, answer)

    def jwks(self) -> Mapping[str, Any]:
        """GET /.well-known/jwks.json."""
        return self._keyring.published()

    def metadata(self) -> Mapping[str, Any]:
        """GET /.well-known/oauth-authorization-server."""
        return metadata_of(self.named)

    def _issue(self, request: OAuthRequest, roles: frozenset[Role]) -> Mapping[str, Any]:
        if request.known is None:
            raise AssertionError("a grant begins with its client")
        jkt = self._proved(request, must=request.known.proves)
        text, request.token = self._tokens.issue(request.known.principal.client, roles, jkt)
        return {
            "access_token": text,
            "token_type": _type(request.token),
            "expires_in": TOKEN_S,
            "scope": request.token.scope,
        }

    def _proved(self, request: OAuthRequest, *, must: bool) -> str | None:
        """The thumbprint of the key a token will be bound to."""
        proof = request.headers.get("dpop")
        if proof is None and not must:
            return None
        try:
            return self._proofs.thumbprint(proof or "", "POST", TOKEN_PATH)
        except Unauthenticated as fault:
            request.told["why"] = str(fault)
            raise BadProof from fault

    def _introspect(self, request: OAuthRequest) -> Mapping[str, Any]:
        asker = None if request.known is None else request.known.principal
        try:
            token, holder = self.verifier.active(request.form["token"])
        except Unauthenticated:
            return {"active": False}
        if asker is None or (Role.INTROSPECT not in asker.roles and asker.client != token.client):
            request.token, request.told["why"] = token, "another client's token, without the role introspect"
            return {"active": False}
        said = {
            "active": True,
            "client_id": token.client,
            "sub": token.client,
            "scope": scope_of(holder.roles),
            "token_type": _type(token),
            "iss": self.named.issuer,
            "aud": self.named.resource,
            "jti": token.jti,
            "iat": int(token.issued_at.timestamp()),
            "exp": int(token.until.timestamp()),
        }
        return said if token.jkt is None else {**said, "cnf": {"jkt": token.jkt}}

    def _revoke(self, request: OAuthRequest) -> Mapping[str, Any]:
        """A token that is none of ours, or over, is as good as revoked."""
        try:
            token = self._tokens.read(request.form["token"])
        except Unauthenticated:
            return {}
        request.token = token
        if request.known is None or token.client != request.known.principal.client:
            raise InvalidGrantError("the token was issued to another client")
        self._revoked.revoke(token.jti, token.until, token.client)
        return {}

    def _noted(self, action: str, path: str, form: Form, request: OAuthRequest, answer: Answer) -> Answer:
        """The answer, once it stands in the record."""
        detail = {name: said[:200] for name, said in request.told.items()}
        if request.token is not None:
            detail |= {"jti": request.token.jti, "scope": request.token.scope, "kid": request.token.kid}
        known = request.known
        is_granted = answer.status == 200 and "why" not in request.told
        entry = Entry(
            at=self._clock.now(),
            who=None if known is None else known.principal.client,
            action=action,
            subject=f"POST {path}",
            outcome=GRANTED if is_granted else DENIED,
            code=None if is_granted else str(answer.body.get("error", "access_denied")),
            organisation=None if known is None else known.principal.organisation,
            place=Place() if known is None else known.place,
            address=form.address,
            request=form.request,
            detail=detail,
        )
        self._log.note(entry)
        return answer


def refusal(error: OAuth2Error) -> Answer:
    """The answer to what is no form at all."""
    status, body, headers = error()
    return Answer(status, body, tuple((name, value) for name, value in headers))


def _type(token: AccessToken) -> str:
    return "Bearer" if token.jkt is None else "DPoP"
