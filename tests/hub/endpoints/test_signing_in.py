"""Signing in by forms: into a session and out of it, and clear words where it does not go."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pyotp
import pytest

from hub.access.people.pauses import ACCOUNT_FREE
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import PASSWORD, Somebody, entered, first, invited
from tests.hub.access.people.site import OWN, browser, field, telephone, wrong
from tests.hub.stores.registry_fakes import StillClock, invented_registry

pytestmark = pytest.mark.anyio

QUESTION = {"query": "{ nation { unitsTotal } }"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """People of an invented hub."""
    for registry in invented_registry(tmp_path):
        yield Stage(registry, StillClock())


@pytest.fixture
async def page(stage: Stage, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of it."""
    async with browser(stage, tmp_path) as asking:
        yield asking


def form(stage: Stage, somebody: Somebody, **other: str) -> dict[str, str]:
    """What somebody types."""
    proof = somebody.proof(stage)
    return {"account": proof.account, "password": proof.password, "code": proof.code} | other


async def test_who_signs_in_is_known_until_they_sign_out(stage: Stage, page: httpx.AsyncClient) -> None:
    somebody = first(stage)
    assert (await page.get("/me")).status_code == 401
    entered_at = await page.post("/login?next=graphiql%3Flang%3Dzh", data=form(stage, somebody))
    assert (entered_at.status_code, entered_at.headers["location"]) == (303, "./graphiql?lang=zh")
    me = (await page.get("/me")).json()
    assert (me["account"], me["name"], me["reach"]) == ("zhang", "张三", "nation")
    assert me["organisation"] == {"key": "own", "name": "试验枢纽"}
    assert "administer" in me["roles"]
    assert (await page.post("/graphql", json=QUESTION)).json()["data"]["nation"]["unitsTotal"] == 2600
    left = await page.post("/logout")
    assert (left.status_code, left.headers["location"]) == (303, "login?lang=zh&bye=1")
    assert (await page.get("/me")).status_code == 401
    assert (await page.post("/graphql")).status_code == 401
    assert stage.sessions.kept.keys() == {somebody.begun.secret}
    assert [row[0] for row in stage.log.told] == ["invite", "login", "login", "logout"]


async def test_a_browser_stays_known_after_signing_out(stage: Stage, page: httpx.AsyncClient) -> None:
    somebody = first(stage)
    await page.post("/login", data=form(stage, somebody))
    await page.post("/logout")
    assert list(page.cookies) == ["nengshu-known"]
    stage.attempts.kept["account:zhang"] = (99, stage.clock.now() + dt.timedelta(seconds=30))
    assert (await page.post("/login", data=form(stage, somebody))).status_code == 303
    page.cookies.clear()
    assert (await page.post("/login", data=form(stage, somebody))).status_code == 429


async def test_a_session_kept_from_before_signing_out_counts_no_longer(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    await page.post("/login", data=form(stage, first(stage)))
    kept = page.cookies["nengshu-session"]
    await page.post("/logout")
    again = await page.get("/me", headers={"Cookie": f"nengshu-session={kept}"})
    assert again.status_code == 401


async def test_signing_in_takes_no_secret_that_was_planted_before(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    page.cookies.set("nengshu-session", "planted")
    entered_at = await page.post("/login", data=form(stage, first(stage)))
    assert "planted" not in entered_at.headers["set-cookie"]
    assert "planted" not in stage.sessions.kept


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_what_is_wrong_is_one_sentence_for_everything(
    stage: Stage, page: httpx.AsyncClient, lang: str
) -> None:
    somebody, seen = first(stage), set()
    for other in ({"account": "nobody"}, {"password": "another password"}, {"code": "000000"}):
        refused = await page.post(f"/login?lang={lang}", data=form(stage, somebody, **other))
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
        assert PASSWORD not in refused.text
        seen.add(wrong(refused))
    assert len(seen) == 1
    assert ("wrong" in seen.pop()) == (lang == "en")


async def test_after_too_many_attempts_the_page_says_when_to_come_again(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    somebody = first(stage)
    typed = form(stage, somebody, code="000000")
    for _ in range(ACCOUNT_FREE):
        assert (await page.post("/login", data=typed)).status_code == 401
    waits = await page.post("/login?lang=en", data=typed)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "1")
    assert wrong(waits) == "Too many attempts failed. Try again in 1 s."


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("address", ["/login", "/welcome", "/account", "/logout"])
async def test_a_form_of_another_site_is_refused(
    stage: Stage, page: httpx.AsyncClient, address: str, headers: dict[str, str]
) -> None:
    await page.post("/login", data=form(stage, first(stage)))
    refused = await page.post(address, data={"account": "x"}, headers=headers)
    assert refused.status_code == 403
    assert "枢纽" in wrong(refused)
    assert (await page.get("/me")).status_code == 200


async def test_a_question_of_another_site_is_refused_with_the_cookie_that_came_along(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    await page.post("/login", data=form(stage, first(stage)))
    refused = await page.post("/graphql", headers={"Origin": "http://evil.example"})
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")


async def test_the_first_administrator_comes_in_by_the_terminals_code(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    code = stage.people.first.make()
    assert code is not None
    choosing = await page.post("/welcome?lang=en", data={"invitation": code.lower()})
    assert choosing.status_code == 200
    assert "Make the first administrator" in choosing.text
    assert "no-store" in choosing.headers["cache-control"]
    typed = {"ticket": field(choosing, "ticket"), "account": "zhang", "name": '<b>"张"', "password": PASSWORD}
    typed |= {"again": PASSWORD, "code": "000000"}
    again = await page.post("/welcome", data=typed)
    assert again.status_code == 400
    assert "<b>" not in again.text
    assert field(again, "account") == "zhang"
    assert PASSWORD not in again.text
    assert telephone(again) == telephone(choosing)
    shown = pyotp.TOTP(telephone(again)).at(stage.clock.now())
    done = await page.post("/welcome", data=typed | {"ticket": field(again, "ticket"), "code": shown})
    assert (done.status_code, done.headers["location"]) == (303, "./")
    assert (await page.get("/me")).json()["name"] == '<b>"张"'
    assert "<b>" not in (await page.get("/account")).text


async def test_an_unknown_code_and_a_ticket_that_is_over_lead_back_to_the_first_step(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    for typed in ({"invitation": "WRONG-CODE"}, {"ticket": "none", "code": "123456"}, {}):
        refused = await page.post("/welcome", data=typed or {"other": "x"})
        assert refused.status_code == 401
        assert 'name="invitation"' in refused.text


async def test_ones_own_page_needs_a_session_and_leads_back_to_it(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    sent = await page.get("/account?lang=en")
    assert (sent.status_code, sent.headers["location"]) == (303, "login?lang=en&next=account")
    await page.post("/login", data=form(stage, first(stage)))
    shown = await page.get("/account?lang=en")
    assert "张三" in shown.text
    assert "administer" in shown.text
    assert (await page.post("/account", data={"what": "nonsense"})).status_code == 400


async def test_password_and_telephone_change_by_forms(stage: Stage, page: httpx.AsyncClient) -> None:
    somebody = first(stage)
    await page.post("/login", data=form(stage, somebody))
    fresh = "an entirely fresh one"
    typed = {"what": "password", "present": PASSWORD, "password": fresh, "again": fresh}
    assert (await page.post("/account", data={**typed, "code": "000000"})).status_code == 401
    changed = await page.post("/account?lang=en", data={**typed, "code": somebody.next_code(stage)})
    assert (changed.status_code, changed.headers["location"]) == (303, "account?lang=en&changed=1")
    assert len(stage.sessions.kept) == 1
    typed = {"what": "telephone", "present": fresh, "code": somebody.next_code(stage)}
    waiting = await page.post("/account", data=typed)
    secret = telephone(waiting)
    wrong_code = await page.post(
        "/account", data={"what": "confirm", "ticket": field(waiting, "ticket"), "code": "000000"}
    )
    assert (wrong_code.status_code, telephone(wrong_code)) == (400, secret)
    shown = pyotp.TOTP(secret).at(stage.clock.now())
    done = await page.post(
        "/account", data={"what": "confirm", "ticket": field(wrong_code, "ticket"), "code": shown}
    )
    assert done.status_code == 303
    assert "已更改" in (await page.get("/account?changed=1")).text
    late = await page.post("/account", data={"what": "confirm", "ticket": "over", "code": "000000"})
    assert late.status_code == 401


async def test_who_is_revoked_while_signed_in_is_sent_to_the_login(
    stage: Stage, page: httpx.AsyncClient
) -> None:
    first(stage)
    somebody = entered(stage, invited(stage))
    await page.post("/login", data=form(stage, somebody))
    assert (await page.get("/account")).status_code == 200
    stage.accounts.revoke("li", "tester")
    assert (await page.get("/account")).status_code == 303
    assert (await page.get("/me")).json()["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "address", ["/login", "/login?lang=en&next=graphiql", "/welcome", "/welcome?lang=en"]
)
async def test_a_page_has_no_script_or_style_of_its_own_and_sends_forms_here_alone(
    page: httpx.AsyncClient, address: str
) -> None:
    shown = await page.get(address)
    assert shown.status_code == 200
    assert "<script" not in shown.text
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", shown.text) == []
    policy = shown.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert shown.headers["referrer-policy"] == "same-origin"
    for name in re.findall(r'(?:src|href|action)="([^"#]+)"', shown.text):
        assert not re.match(r"[a-z]+:|//", name)


async def test_every_field_has_a_label_and_says_what_it_is_for(stage: Stage, page: httpx.AsyncClient) -> None:
    code = stage.people.first.make()
    shown = (await page.get("/login")).text + (await page.post("/welcome", data={"invitation": code})).text
    fields = set(re.findall(r'<input id="([a-z]+)"', shown))
    assert fields == {"account", "password", "code", "name", "again"}
    assert fields <= set(re.findall(r'<label for="([a-z]+)"', shown))
    told = set(re.findall(r'autocomplete="([a-z-]+)"', shown))
    assert told == {"username", "current-password", "new-password", "one-time-code", "name"}


async def test_over_https_cookies_are_of_this_host_alone(stage: Stage, tmp_path: Path) -> None:
    secure = Stage(stage.registry, stage.clock, public_url="https://hub.example")
    somebody = first(secure)
    async with browser(secure, tmp_path, "https://hub.example") as page:
        entered_at = await page.post("/login", data=form(secure, somebody))
        cookie = entered_at.headers["set-cookie"]
        assert cookie.startswith("__Host-nengshu=")
        assert cookie.endswith("; HttpOnly; SameSite=Strict; Secure")
        assert "Domain" not in cookie
        assert (await page.get("/me")).status_code == 200
        inner = await page.post("/login", data={}, headers={"Origin": OWN})
        assert inner.status_code == 403


async def test_without_a_provider_there_is_no_button_and_no_way_to_one(page: httpx.AsyncClient) -> None:
    assert "login/oidc" not in (await page.get("/login")).text
    for address in ("/login/oidc", "/login/oidc/return?code=x&state=y"):
        assert (await page.get(address)).status_code == 303
