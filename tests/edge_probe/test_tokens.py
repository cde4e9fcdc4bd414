"""A machine gets tokens with its own key, before they end and once for all who wait; its key shows nowhere."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from edge_probe.tokens import ANSWER_BYTES_MAX, Credential, OwnTokens
from edge_probe.uplink_ports import TryLater
from graph.errors import InvalidInput, NengshuError, SourceMalformed, SourceRefused, SourceUnreachable

pytestmark = pytest.mark.anyio
KEY = ECKey.generate_key("P-256", auto_kid=True)
URL = "https://hub.example"
NOW = 1_795_000_000.0


def credential(key: Key = KEY, **rest: Any) -> Credential:
    return Credential.parse(json.dumps({"client": "probe", "key": key.as_dict(private=True), **rest}))


class Hub:
    """A hub that gives numbered tokens, and what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.passed, self._answer = 0.0, answer

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """One more."""
        self.asked.append(request)
        await asyncio.sleep(0)
        if self._answer is not None:
            return self._answer(request)
        kind = "DPoP" if "DPoP" in request.headers else "Bearer"
        given = {
            "access_token": f"t{len(self.asked)}",
            "token_type": kind,
            "expires_in": 600,
            "scope": "upload",
        }
        return httpx.Response(200, json=given)

    @property
    def statements(self) -> list[str]:
        """What clients signed."""
        return [dict(parse_qsl(each.content.decode()))["client_assertion"] for each in self.asked]

    @asynccontextmanager
    async def tokens(self, mine: Credential | None = None) -> AsyncIterator[OwnTokens]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as client:
            yield OwnTokens("province", URL, mine or credential(), client, lambda: NOW, lambda: self.passed)


async def refused(answer: Callable[[httpx.Request], httpx.Response], kind: type[NengshuError]) -> str:
    async with Hub(answer).tokens() as tokens:
        with pytest.raises(kind) as told:
            await tokens.token()
    return str(told.value)


@pytest.mark.parametrize(
    ("key", "alg"),
    [(KEY, "ES256"), (OKPKey.generate_key("Ed25519"), "Ed25519"), (RSAKey.generate_key(2048), "PS256")],
)
async def test_a_statement_is_of_now_for_this_hub_alone_and_lives_a_minute(key: Key, alg: str) -> None:
    hub = Hub()
    async with hub.tokens(credential(key)) as tokens:
        assert await tokens.headers("POST", f"{URL}/x") == {"Authorization": "Bearer t1"}
    (request,) = hub.asked
    assert str(request.url) == f"{URL}/oauth/token"
    token = jwt.decode(hub.statements[0], key, algorithms=[alg])
    assert token.claims.pop("jti")
    assert token.claims == {
        "iss": "probe", "sub": "probe", "aud": f"{URL}/oauth/token", "iat": int(NOW), "exp": int(NOW) + 60,
    }  # fmt: skip


async def test_no_two_statements_are_the_same() -> None:
    hub = Hub()
    async with hub.tokens() as tokens:
        for _ in range(5):
            await tokens.token()
            tokens.refused()
    assert len({jwt.decode(each, KEY).claims["jti"] for each in hub.statements}) == 5


async def test_a_token_is_used_until_a_minute_before_its_end_and_then_replaced() -> None:
    hub = Hub()
    async with hub.tokens() as tokens:
        assert await tokens.token() == "t1"
        hub.passed = 539.9
        assert await tokens.token() == "t1"
        hub.passed = 540.0
        assert await tokens.token() == "t2"


async def test_a_token_of_few_seconds_is_used_for_half_of_them() -> None:
    given = {"access_token": "a", "expires_in": 10}
    hub = Hub(lambda _: httpx.Response(200, json=given))
    async with hub.tokens() as tokens:
        await tokens.token()
        hub.passed = 4.9
        await tokens.token()
        assert len(hub.asked) == 1
        hub.passed = 5.0
        await tokens.token()
        assert len(hub.asked) == 2


async def test_many_that_need_a_token_together_ask_once() -> None:
    hub = Hub()
    async with hub.tokens() as tokens:
        assert set(await asyncio.gather(*(tokens.token() for _ in range(50)))) == {"t1"}
    assert len(hub.asked) == 1


async def test_a_refused_token_is_replaced() -> None:
    hub = Hub()
    async with hub.tokens() as tokens:
        await tokens.token()
        tokens.refused()
        assert await tokens.token() == "t2"


async def test_a_machine_that_proves_its_key_does_so_for_the_token_and_for_each_request() -> None:
    hub = Hub()
    async with hub.tokens(credential(proves=True, hub="https://public.example/")) as tokens:
        headers = [await tokens.headers("POST", f"{URL}/sync/v1/batches") for _ in range(2)]
    proofs = [hub.asked[0].headers["DPoP"], *(each["DPoP"] for each in headers)]
    claims = []
    for proof in proofs:
        header = jws.extract_compact(proof.encode()).headers()
        assert (header["typ"], header["jwk"].keys()) == ("dpop+jwt", {"kty", "crv", "x", "y"})
        claims.append(jwt.decode(proof, import_key(header["jwk"]), algorithms=["ES256"]).claims)
    assert len({each["jti"] for each in claims}) == 3
    assert (claims[0]["htu"], claims[0].get("ath")) == ("https://public.example/oauth/token", None)
    assert claims[1]["htu"] == "https://public.example/sync/v1/batches"
    assert claims[1]["ath"] == urlsafe_b64encode(sha256(b"t1").digest()).rstrip(b"=").decode()
    assert headers[0]["Authorization"] == "DPoP t1"
    assert jwt.decode(hub.statements[0], KEY).claims["aud"] == "https://public.example/oauth/token"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, TryLater), (503, TryLater), (429, TryLater), (400, SourceRefused), (401, SourceRefused), (302, SourceRefused),
     (404, SourceRefused)],
)  # fmt: skip
async def test_a_status_says_whether_to_wait_or_to_call_somebody(
    status: int, kind: type[NengshuError]
) -> None:
    said = {"error": "invalid_client", "error_description": "s3cret"}
    told = await refused(
        lambda _: httpx.Response(status, json=said, headers={"Location": "https://evil/"}), kind
    )
    assert "s3cret" not in told
    assert str(status) in told
    if kind is SourceRefused:
        assert told.endswith("invalid_client")


@pytest.mark.parametrize("hub", [None, URL, "https://another.example"])
async def test_a_credential_of_another_hub_is_told_as_such_where_it_is_refused(hub: str | None) -> None:
    mine = credential() if hub is None else credential(hub=hub)
    async with Hub(lambda _: httpx.Response(401, json={"error": "invalid_client"})).tokens(mine) as tokens:
        with pytest.raises(SourceRefused) as told:
            await tokens.token()
    is_elsewhere = hub not in (None, URL)
    assert str(told.value).endswith("credential is for https://another.example") is is_elsewhere


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"access_token": "s3cret"}', b'{"access_token": 7, "expires_in": 600}',
     b'{"access_token": "s3 cret", "expires_in": 600}', '{"access_token": "s3crét", "expires_in": 600}'.encode(),
     b'{"access_token": "s3cret", "expires_in": 0}', b'{"access_token": "s3cret", "expires_in": "600"}',
     b'{"access_token": "s3cret", "expires_in": 600, "token_type": "mac"}', b" " * (ANSWER_BYTES_MAX + 1)],
)  # fmt: skip
async def test_an_answer_that_holds_no_token_is_told_and_not_repeated(body: bytes) -> None:
    assert "s3" not in await refused(lambda _: httpx.Response(200, content=body), SourceMalformed)


async def test_a_hub_that_is_not_there_is_unreachable() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    assert "ConnectError" in await refused(gone, SourceUnreachable)


async def test_the_key_shows_in_no_log_no_repr_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hub, mine = Hub(), credential()
    async with hub.tokens(mine) as tokens:
        await tokens.token()
    secret = str(KEY.as_dict(private=True)["d"])
    shown = f"{caplog.text} {mine!r} {mine} {tokens.__dict__!r}"
    assert secret not in shown
    assert hub.statements[0] not in shown


@pytest.mark.parametrize(
    "text",
    ["", "key.secret", "[]", "{}", '{"client": "a"}', '{"client": "", "key": {}}', "x" * 9_000, '{"client": "a", "key": 7}',
     json.dumps({"client": "a", "key": {"kty": "oct", "k": "c2VjcmV0"}}),
     json.dumps({"client": "a", "key": ECKey.generate_key("P-384").as_dict(private=True)}),
     json.dumps({"client": "a", "key": KEY.as_dict(private=False)}), '{"client": "a", "key": {"kty": "EC", "d": "s3cret"}}'],
)  # fmt: skip
def test_what_is_no_credential_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        Credential.parse(text)
    assert "s3cret" not in str(told.value)
    assert told.value.__cause__ is None
