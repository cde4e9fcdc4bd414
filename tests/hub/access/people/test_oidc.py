"""Signing in at a provider that runs as a program of its own, tells the truth, lies, or does not answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hub.access.people.bounded import Bounded
from hub.access.people.cookies import LOGIN_MAX
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import entered, first, invited
from tests.hub.access.people.provided import SECRET, Provided, provided, through
from tests.hub.access.people.site import OWN, browser, wrong
from tests.hub.stores.registry_fakes import StillClock, invented_registry

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
def running() -> Iterator[Provided]:
    """One provider for all tests here."""
    with provided(OWN) as found:
        yield found


@pytest.fixture
def provider(running: Provided) -> Provided:
    """It, telling the truth until it is told otherwise."""
    running.lie()
    return running


@pytest.fixture
def stage(tmp_path: Path, provider: Provided) -> Iterator[Stage]:
    """A hub whose people may sign in there; `li` waits for that."""
    for registry in invented_registry(tmp_path):
        stage = Stage(registry, StillClock(), base_url=OWN, provider=provider.settings())
        first(stage)
        invited(stage)
        yield stage


@pytest.fixture
async def page(stage: Stage, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of it."""
    async with browser(stage, tmp_path) as asking:
        yield asking


async def test_who_waits_for_it_comes_in_and_is_bound_to_the_subject(
    stage: Stage, page: httpx.AsyncClient, provider: Provided
) -> None:
    entered_at = await through(page, begin="/login/oidc?lang=en&next=graphiql%3Flang%3Den")
    assert entered_at.status_code == 200
    assert 'http-equiv="refresh" content="0;url=../../graphiql?lang=en"' in entered_at.text
    assert (await page.get("/me")).json()["account"] == "li"
    account = stage.accounts.find("li")
    assert account is not None
    assert (account.issuer, account.subject) == (provider.issuer, "subject-of-li")
    assert account.invited_until is None
    assert stage.log.told[-1] == ("login", "user:li", "user:li", "granted")
    await page.post("/logout")
    assert (await through(page)).status_code == 200


async def test_the_question_to_the_provider_has_state_nonce_and_a_challenge(page: httpx.AsyncClient) -> None:
    sent = await page.get("/login/oidc")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{OWN}/login/oidc/return"
    assert len(asked["code_challenge"]) == 43
    assert all(len(asked[name]) >= 20 for name in ("state", "nonce"))
    assert SECRET not in sent.headers["location"]
    cookie = sent.headers["set-cookie"]
    assert re.fullmatch(r"nengshu-login=[!-:<-~]+; Path=/; Max-Age=600; HttpOnly; SameSite=Lax", cookie)


async def test_nothing_of_a_login_under_way_stands_in_clear_and_nothing_is_kept_of_it(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    waiting = dict(stage.pending.kept)
    sent = await page.get(f"/login/oidc?next=units%3F{'x' * 450}")
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    cookie = sent.headers["set-cookie"]
    assert asked["state"][0] not in cookie
    assert "code_verifier" not in cookie
    assert len(cookie) < LOGIN_MAX
    assert stage.pending.kept == waiting


LIES = [
    "nonce", "audience", "audiences", "issuer", "expired", "none", "secret", "key", "no token", "state", "returned",
    "numeric subject", "no subject", "another at userinfo",
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_a_provider_that_lies_lets_nobody_in(
    stage: Stage, page: httpx.AsyncClient, provider: Provided, lie: str
) -> None:
    provider.lie(lie)
    refused = await through(page)
    assert refused.status_code in (401, 503)
    assert wrong(refused)
    assert "Max-Age=0" in refused.headers["set-cookie"]
    assert (await page.get("/me")).status_code == 401
    account = stage.accounts.find("li")
    assert account is not None
    assert account.subject is None
    entry = stage.log.entries[-1]
    assert (entry.action, entry.outcome, entry.detail) == ("login", "denied", {"how": "oidc"})


async def test_a_claim_that_is_told_on_request_alone_is_asked_for(
    page: httpx.AsyncClient, provider: Provided
) -> None:
    provider.lie("claim at userinfo")
    assert (await through(page)).status_code == 200
    assert (await page.get("/me")).json()["account"] == "li"


async def test_a_key_of_later_is_asked_for_once_it_is_met(
    page: httpx.AsyncClient, provider: Provided
) -> None:
    assert (await through(page)).status_code == 200
    provider.lie("rotate")
    assert (await through(page)).status_code == 200


async def test_another_person_of_the_same_name_is_refused(
    page: httpx.AsyncClient, provider: Provided
) -> None:
    assert (await through(page)).status_code == 200
    await page.post("/logout")
    provider.lie("subject")
    refused = await through(page)
    assert (refused.status_code, (await page.get("/me")).status_code) == (401, 401)


async def test_who_has_no_account_is_told_so(stage: Stage, page: httpx.AsyncClient) -> None:
    refused = await through(page, "wang", "/login/oidc?lang=en")
    assert refused.status_code == 401
    assert "there is no account of this hub" in wrong(refused)
    assert [account.key for account in stage.accounts.list()] == ["li", "zhang"]


async def test_an_account_with_a_password_is_not_taken_over(stage: Stage, page: httpx.AsyncClient) -> None:
    entered(stage, invited(stage, "wang"))
    assert (await through(page, "wang")).status_code == 401
    account = stage.accounts.find("wang")
    assert account is not None
    assert account.signs_in == "password"


async def test_who_is_revoked_does_not_come_in_by_the_provider(stage: Stage, page: httpx.AsyncClient) -> None:
    assert (await through(page)).status_code == 200
    stage.accounts.revoke("li", "tester")
    assert (await page.get("/me")).status_code == 401
    assert (await through(page)).status_code == 401


async def test_the_answer_counts_once_and_only_in_the_browser_that_began(
    stage: Stage, page: httpx.AsyncClient, tmp_path: Path
) -> None:
    sent = await page.get("/login/oidc")
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.post(sent.headers["location"], data={"name": "li", "password": "open"})
    address = back.headers["location"]
    async with browser(stage, tmp_path) as other:
        told = len(stage.log.entries)
        assert (await other.get(address)).status_code == 401
        assert len(stage.log.entries) == told  # strangers do not fill the log
        await other.get("/login/oidc")  # which began one of its own
        assert (await other.get(address)).status_code == 401
    kept = dict(page.cookies)
    assert (await page.get(address)).status_code == 200
    again = await page.get(address, headers={"Cookie": f"nengshu-login={kept['nengshu-login']}"})
    assert again.status_code == 401


async def test_who_took_too_long_begins_anew(stage: Stage, page: httpx.AsyncClient) -> None:
    sent = await page.get("/login/oidc")
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.post(sent.headers["location"], data={"name": "li", "password": "open"})
    stage.later(minutes=10)
    assert (await page.get(back.headers["location"])).status_code == 401


async def test_who_declines_is_not_signed_in(page: httpx.AsyncClient) -> None:
    sent = await page.get("/login/oidc?lang=en")
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.post(sent.headers["location"], data={"decline": "1"})
    refused = await page.get(back.headers["location"])
    assert refused.status_code == 401
    assert "did not confirm" in wrong(refused)


@pytest.mark.parametrize(
    ("lie", "status", "said"),
    [("down", 503, "没有应答"), ("large", 503, "没有应答"), ("description", 503, "无法识别")],
)
async def test_a_provider_that_is_down_is_a_clear_page(
    stage: Stage, page: httpx.AsyncClient, provider: Provided, lie: str, status: int, said: str
) -> None:
    provider.lie(lie)
    refused = await page.get("/login/oidc")
    assert refused.status_code == status
    assert said in wrong(refused)
    provider.lie()
    assert (await page.get("/login/oidc")).status_code == 303


async def test_signing_out_here_signs_out_there_too(
    stage: Stage, page: httpx.AsyncClient, provider: Provided
) -> None:
    await through(page)
    assert len(stage.sessions.kept) == 2
    left = await page.post("/logout?lang=en")
    assert left.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', left.text)
    assert found
    address = found[1].replace("&amp;", "&")
    assert address.startswith(f"{provider.issuer}/end?id_token_hint=")
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.get(address)
    assert back.headers["location"].startswith(f"{OWN}/login?state=")
    assert len(stage.sessions.kept) == 1
    assert (await page.get("/me")).status_code == 401


async def test_signing_out_here_works_while_the_provider_is_down(
    stage: Stage, page: httpx.AsyncClient, provider: Provided
) -> None:
    await through(page)
    stage.people.provider.provider._app.server_metadata.pop("_loaded_at")  # type: ignore[union-attr] # it is there
    provider.lie("down")
    left = await page.post("/logout")
    assert (left.status_code, (await page.get("/me")).status_code) == (303, 401)


async def test_a_provider_that_nobody_answers_for_is_unreachable(tmp_path: Path) -> None:
    for registry in invented_registry(tmp_path):
        settings = Provided("http://127.0.0.1:9").settings()
        async with browser(Stage(registry, StillClock(), provider=settings), tmp_path) as page:
            assert (await page.get("/login/oidc")).status_code == 503
            assert "虚构身份认证" in (await page.get("/login")).text


async def test_an_answer_is_read_to_its_bound_and_no_further(provider: Provided) -> None:
    async with httpx.AsyncClient(transport=Bounded(100)) as asking:
        with pytest.raises(httpx.RemoteProtocolError):
            await asking.get(f"{provider.issuer}/.well-known/openid-configuration")
