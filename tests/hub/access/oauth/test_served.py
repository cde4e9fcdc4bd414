"""The authorization server on a real socket, asked by a client that is not ours."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import anyio
import httpx
import pytest
import uvicorn
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from graph.errors import Unauthenticated
from hub.access.oauth.assertions import ASSERTION_TYPE
from hub.access.oauth.forms import FORM_BYTES_MAX
from hub.access.oauth.verifying import Asked, challenge
from hub.endpoints.oauth import oauth_routes
from hub.endpoints.problems import HANDLERS
from tests.hub.access.oauth.stage import KEY, OTHER, World, sign

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class NowClock:
    """The machine's clock, for a client that uses it too."""

    def now(self) -> dt.datetime:
        """The present."""
        return dt.datetime.now(dt.UTC)


class RealWorld(World):
    """A server that lives now."""

    @property
    def now(self) -> int:
        """The present in seconds."""
        return int(dt.datetime.now(dt.UTC).timestamp())


async def asked(request: Request) -> Response:
    """An endpoint that asks who comes, as the hub's do."""
    verifier = request.app.state.hub.oauth.verifier
    seen = Asked(request.method, request.url.path, request.headers)
    try:
        found = await anyio.to_thread.run_sync(verifier.principal, seen)
    except Unauthenticated:
        return Response(status_code=401, headers={"WWW-Authenticate": challenge(request.headers)})
    return JSONResponse({"client": found.client, "roles": sorted(found.roles)})


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[RealWorld, httpx.AsyncClient]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        world = RealWorld(f"http://127.0.0.1:{listener.getsockname()[1]}")
        world.clock.now = NowClock().now  # type: ignore[method-assign]
        app = Starlette(
            routes=[*oauth_routes(), Route("/graphql", asked, methods=["POST"])], exception_handlers=HANDLERS
        )
        app.state.hub = SimpleNamespace(oauth=world.oauth)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
        task = asyncio.create_task(server.serve([listener]))
        try:
            async with httpx.AsyncClient(base_url=world.base, trust_env=False, timeout=10) as client:
                yield world, client
        finally:
            server.should_exit = True
            await task


def statement(world: World) -> dict[str, str]:
    form = world.form(sign(world.claims()))
    return dict(form.fields)


async def test_a_machine_of_authlibs_gets_a_token_from_the_metadata_alone_and_is_let_in() -> None:
    async with serving() as (world, client):
        said = (await client.get("/.well-known/oauth-authorization-server")).json()
        url = said["token_endpoint"]

        form = {
            "grant_type": "client_credentials",
            "scope": "upload",
            "client_assertion_type": ASSERTION_TYPE,
        }
        form["client_assertion"] = private_key_jwt_sign(KEY, "meter", url, alg="ES256", expires_in=60)
        answer = await client.post(url, data=form)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        token = answer.json()["access_token"]
        let_in = await client.post("/graphql", headers={"Authorization": f"Bearer {token}"})
        assert let_in.json() == {"client": "meter", "roles": ["upload"]}
        keys = await client.get(said["jwks_uri"])
        assert "max-age=300" in keys.headers["cache-control"]
        checked = jwt.decode(token, KeySet.import_key_set(keys.json()), algorithms=["ES256"])
        assert checked.claims["iss"] == said["issuer"] == world.base


async def test_a_bound_token_works_with_a_proof_for_each_request_and_never_as_bearer() -> None:
    async with serving() as (world, client):
        headers = {"DPoP": world.proof()}
        token = (await client.post("/oauth/token", data=statement(world), headers=headers)).json()[
            "access_token"
        ]
        for _ in range(2):
            proof = world.proof(url="/graphql", token=token)
            headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
            assert (await client.post("/graphql", headers=headers)).status_code == 200
            again = await client.post("/graphql", headers=headers)
            assert again.status_code == 401
            assert "DPoP realm" in again.headers["www-authenticate"]
        refused = await client.post("/graphql", headers={"Authorization": f"Bearer {token}"})
        assert refused.headers["www-authenticate"] == 'Bearer realm="nengshu"'


async def test_a_token_is_introspected_revoked_and_then_worth_nothing() -> None:
    async with serving() as (world, client):
        token = (await client.post("/oauth/token", data=statement(world))).json()["access_token"]
        ask = {"token": token}
        assert (await client.post("/oauth/introspect", data=statement(world) | ask)).json()["active"] is True
        assert (await client.post("/oauth/revoke", data=statement(world) | ask)).status_code == 200
        assert (await client.post("/oauth/introspect", data=statement(world) | ask)).json() == {
            "active": False
        }
        refused = await client.post("/graphql", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401


async def test_whatever_else_is_posted_is_refused_as_oauth_has_it() -> None:
    async with serving() as (world, client):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sound = statement(world)
        odd = [
            await client.post("/oauth/token", json=sound),
            await client.post("/oauth/token", content=b"a" * (FORM_BYTES_MAX + 1), headers=form),
            await client.post("/oauth/token", content=iter_of(b"a" * FORM_BYTES_MAX, b"b"), headers=form),
            await client.post("/oauth/token", content=b"scope=read&scope=read", headers=form),
            await client.post("/oauth/token", content=b"\xff\x00", headers=form),
            await client.post("/oauth/token?client_id=meter", data=sound),
            await client.post("/oauth/token", data=sound, auth=("meter", "pw")),
            await client.post("/oauth/token", data=sound, headers=[("DPoP", "a"), ("DPoP", "b")]),
            await client.post("/oauth/token", files={"scope": b"read"}),
        ]
        assert [answer.status_code for answer in odd] == [400, 413, 413, 400, 400, 400, 400, 400, 400]
        for answer in odd:
            assert answer.json()["error"] == "invalid_request"
            assert answer.headers["cache-control"] == "no-store"
        assert (await client.get("/oauth/token")).status_code == 405
        assert (await client.post("/oauth/token", data=sound)).status_code == 200


async def test_of_many_that_send_the_same_statement_together_one_gets_a_token() -> None:
    async with serving() as (world, client):
        same = statement(world)
        answers = await asyncio.gather(*(client.post("/oauth/token", data=same) for _ in range(12)))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 11
        assert len({answer.content for answer in answers if answer.status_code == 401}) == 1


async def test_a_stranger_is_told_nothing_of_who_there_is() -> None:
    async with serving() as (world, client):
        answers = [
            await client.post("/oauth/token", data=world.form(sign(world.claims(who), OTHER)).fields)
            for who in ("meter", "nobody")
        ]
        assert answers[0].content == answers[1].content
        assert json.loads(answers[0].content)["error"] == "invalid_client"


async def iter_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
