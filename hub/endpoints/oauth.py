"""The authorization server's addresses: forms in, JSON as OAuth has it out, nothing kept by anybody on the way."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import orjson
from anyio import to_thread
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from graph.errors import TooLarge
from hub.access.oauth.forms import FORM_BYTES_MAX, Answer, Form, fields_of
from hub.access.oauth.identifiers import INTROSPECT_PATH, JWKS_PATH, METADATA_PATH, REVOKE_PATH, TOKEN_PATH
from hub.access.oauth.server import OAuth, refusal
from hub.endpoints.bodies import read_body
from hub.endpoints.request_ids import request_id

FORM_SECONDS_MAX = 10  # a form is a packet or two
KEYS_SECONDS = (
    300  # who checks tokens by themselves sees a new key that soon, and at once by a kid they do not know
)
FORM_TYPE = "application/x-www-form-urlencoded"

Ask = Callable[[OAuth, Form], Answer]


def oauth_routes() -> list[BaseRoute]:
    """All of them."""
    return [
        Route(TOKEN_PATH, _posted(OAuth.token), methods=["POST"]),
        Route(INTROSPECT_PATH, _posted(OAuth.introspect), methods=["POST"]),
        Route(REVOKE_PATH, _posted(OAuth.revoke), methods=["POST"]),
        Route(JWKS_PATH, jwks),
        Route(METADATA_PATH, metadata),
    ]


def _posted(ask: Ask) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        oauth = _oauth_of(request)
        try:
            form = await _form(request)
        except InvalidRequestError as fault:
            return _said(refusal(fault))
        return _said(await to_thread.run_sync(ask, oauth, form, limiter=oauth.lane))

    return endpoint


async def jwks(request: Request) -> Response:
    """The keys tokens are signed with."""
    oauth = _oauth_of(request)
    return _public(orjson.dumps(await to_thread.run_sync(oauth.jwks, limiter=oauth.lane)))


async def metadata(request: Request) -> Response:
    """What a client may know beforehand."""
    return _public(orjson.dumps(_oauth_of(request).metadata()))


async def _form(request: Request) -> Form:
    """The form that came. Raises InvalidRequestError."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM_TYPE:
        raise InvalidRequestError(f"expected a body of type {FORM_TYPE}")
    if request.url.query:
        raise InvalidRequestError("parameters belong into the body: addresses are logged")
    if len(request.headers.getlist("dpop")) > 1:
        raise InvalidRequestError("DPoP came twice")
    try:
        body = await read_body(request, FORM_BYTES_MAX, FORM_SECONDS_MAX)
    except TooLarge as fault:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise InvalidRequestError(f"at most {FORM_BYTES_MAX} bytes", status_code=status) from fault
    address = request.client.host if request.client else None
    return Form(fields_of(body), request.headers, address, request_id(request.scope))


def _said(answer: Answer) -> Response:
    headers = dict(answer.headers) | {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(orjson.dumps(dict(answer.body)), answer.status, headers)


def _public(body: bytes) -> Response:
    headers = {"Cache-Control": f"public, max-age={KEYS_SECONDS}"}
    return Response(body, headers=headers, media_type="application/json")


def _oauth_of(request: Request) -> OAuth:
    oauth: OAuth = request.app.state.hub.oauth
    return oauth
