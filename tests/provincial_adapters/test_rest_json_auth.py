"""A platform is shown who asks in the way it wants, and no secret is in a message, a log or a key."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from graph.errors import NengshuError, SourceMalformed, SourceRefused
from graph.model.sync_run import Link
from tests.provincial_adapters.rest_stage import SECRET, day_of, noting, rows, said, saying_it, simple, values

BASIC = base64.b64encode(f"national:{SECRET}".encode()).decode()
TOKEN = "a-Token-given-0987654321"
LOGIN: dict[str, Any] = {
    "style": "login",
    "path": "login",
    "user": "national",
    "body": {"username": "{user}", "password": "{secret}", "kind": 1},
    "token": "$.data.token",
    "name": "X-Token",
    "prefix": "",
    "expired": {"selector": "$.code", "words": ["1003"]},
}
OAUTH: dict[str, Any] = {"style": "oauth", "path": "/oauth/token", "user": "national", "scope": "read"}
GIVING: dict[str, dict[str, Any]] = {"login": LOGIN, "oauth": OAUTH}
PLAIN: dict[str, tuple[dict[str, Any], Callable[[httpx.Request], str | None], str]] = {
    "bearer": ({"style": "bearer"}, lambda asked: asked.headers["authorization"], f"Bearer {SECRET}"),
    "basic": (
        {"style": "basic", "user": "national"},
        lambda asked: asked.headers["authorization"],
        f"Basic {BASIC}",
    ),
    "header": (
        {"style": "header", "name": "Authorization", "prefix": "APPCODE "},
        lambda asked: asked.headers["authorization"],
        f"APPCODE {SECRET}",
    ),
    "query": ({"style": "query", "name": "key"}, lambda asked: asked.url.params["key"], SECRET),
    "none": ({}, lambda asked: asked.headers.get("authorization"), ""),
}


def asked_with(auth: dict[str, Any], **changed: Any) -> Link:
    return simple(auth=auth, success={"selector": "$.code", "words": ["0"], "message": "$.msg"}, **changed)


@pytest.mark.parametrize("style", PLAIN)
async def test_who_asks_is_shown_as_declared(style: str) -> None:
    auth, shown, expected = PLAIN[style]
    seen: list[httpx.Request] = []
    found = await day_of(noting(seen, saying_it({"code": 0, "rows": rows(1)})), asked_with(auth))
    assert values(found) == ["1"]
    assert (shown(seen[0]) or "") == expected


class Counter:
    """A platform that gives tokens: counts what it was asked, and refuses the first ones where told to."""

    def __init__(self, refused: int = 0, by_word: bool = False) -> None:
        self.refused, self.by_word = refused, by_word
        self.logins: list[httpx.Request] = []
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/base/login", "/base/oauth/token"):
            self.logins.append(request)
            token = f"{TOKEN}-{len(self.logins)}"
            return said({"code": 0, "data": {"token": token}, "access_token": token, "token_type": "Bearer"})
        self.asked += 1
        shown = request.headers.get("x-token") or request.headers["authorization"].removeprefix("Bearer ")
        assert shown == f"{TOKEN}-{len(self.logins)}"
        if self.asked <= self.refused:
            return said({"code": 1003, "msg": "expired"}) if self.by_word else httpx.Response(401)
        return said({"code": 0, "rows": rows(self.asked) if request.url.params["no"] < "4" else []})


PAGED = {"query": {"d": "{day}", "no": "{page}"}, "paging": {"style": "page"}}


@pytest.mark.parametrize("auth", [LOGIN, OAUTH, {**OAUTH, "client_in": "body"}])
async def test_a_token_is_got_once_for_many_pages(auth: dict[str, Any]) -> None:
    platform = Counter()
    assert values(await day_of(platform, asked_with(auth, **PAGED))) == ["1", "2", "3"]
    (login,) = platform.logins
    if auth is LOGIN:
        assert json.loads(login.content) == {"username": "national", "password": SECRET, "kind": 1}
        return
    form = parse_qs(login.content.decode())
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["read"])
    if auth is OAUTH:
        assert login.headers["authorization"] == f"Basic {BASIC}"
        assert "client_secret" not in form
    else:
        assert (form["client_id"], form["client_secret"]) == (["national"], [SECRET])


@pytest.mark.parametrize("by_word", [False, True])
async def test_a_token_that_counts_no_longer_is_got_anew(by_word: bool) -> None:
    platform = Counter()
    paged = asked_with(LOGIN, **PAGED)

    def later_refused(request: httpx.Request) -> httpx.Response:
        if platform.asked == 2:
            platform.refused, platform.by_word = 3, by_word
        return platform(request)

    assert values(await day_of(later_refused, paged)) == ["1", "2", "4"]
    assert len(platform.logins) == 2


@pytest.mark.parametrize("by_word", [False, True])
async def test_a_token_that_never_counts_is_not_asked_for_endlessly(by_word: bool) -> None:
    platform = Counter(refused=1000, by_word=by_word)
    with pytest.raises(SourceRefused, match="1003" if by_word else "401"):
        await day_of(platform, asked_with(LOGIN, **PAGED))
    assert len(platform.logins) <= 2
    assert platform.asked <= 2


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (said({"code": 7, "msg": f"wrong password {SECRET}"}), SourceRefused, "gave no token at .*wrong password .a token."),
        (said({"data": {"token": ""}}), SourceRefused, "gave no token"),
        (said({"data": {"token": "x" * 9000}}), SourceRefused, "gave no token"),
        (httpx.Response(200, headers={"Content-Type": "text/html"}), SourceMalformed, "text/html"),
        (said(b"{"), SourceMalformed, "not JSON"),
        (said({"error": f"no {SECRET}"}, 400), SourceRefused, "400: .*no .a token."),
    ],
)  # fmt: skip
async def test_a_login_without_a_token_is_told(
    answer: httpx.Response, kind: type[NengshuError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        await day_of(lambda _: answer, asked_with(LOGIN))
    assert SECRET not in str(caught.value)


QUOTING: dict[str, Callable[[str], httpx.Response]] = {
    "a refusal in words": lambda said_back: said({"code": 1, "msg": said_back}),
    "a refusal by status": lambda said_back: said({"why": said_back}, 403),
    "a redirect": lambda said_back: httpx.Response(302, headers={"Location": f"/x?{said_back}"}),
    "an odd type": lambda said_back: httpx.Response(200, headers={"Content-Type": said_back}),
    "pages that stand": lambda _: said({"code": 0, "rows": rows(1)}),
    "keys that stand twice": lambda _: said(
        f'{{"{TOKEN}": 1, "{TOKEN}": 2, "{SECRET}": 1, "{SECRET}": 2}}'.encode()
    ),
    "no JSON": lambda said_back: said(said_back.encode()),
}


@pytest.mark.parametrize("style", [*PLAIN, "login", "oauth"])
@pytest.mark.parametrize("how", QUOTING)
async def test_no_secret_comes_back_in_a_message_or_a_log(
    style: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    auth = GIVING[style] if style in GIVING else PLAIN[style][0]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/base/login", "/base/oauth/token"):
            return said({"data": {"token": TOKEN}, "access_token": TOKEN})
        return QUOTING[how](f"{request.url} {dict(request.headers)} {SECRET} {TOKEN} {BASIC}")

    with caplog.at_level(logging.INFO), pytest.raises(NengshuError) as caught:
        await day_of(answer, asked_with(auth, **PAGED))
    words = f"{caught.value} {caplog.text}".lower()
    given = {"none": (), "basic": (SECRET, BASIC), "login": (SECRET, TOKEN), "oauth": (TOKEN, SECRET)}
    assert [secret for secret in given.get(style, (SECRET,)) if secret.lower() in words] == []
