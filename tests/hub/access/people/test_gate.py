"""A session counts while its person may be here and does something, for requests of the hub's own pages alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import update

from graph.errors import Forbidden, Unauthenticated
from graph.model.principal import Reach, Role
from graph.model.region import RegionCode
from hub.access.people.cookies import Cookie, Cookies
from hub.access.people.gate import Gate
from hub.access.people.origins import Own, origin_of
from hub.stores.registry.account_rows import ORGANISATION
from hub.stores.registry.database import writing
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import entered, first, headers_of, invited
from tests.hub.stores.door.doors import opened

PUBLIC = "https://hub.example:8443/nengshu"


def test_a_session_is_its_accounts_principal_until_the_session_ends(stage: Stage) -> None:
    somebody = first(stage)
    principal = stage.people.gate.principal_of_session(headers_of(stage, somebody.begun.secret), "GET", False)
    assert (principal.client, principal.organisation) == ("user:zhang", "own")
    assert principal.until == stage.clock.now() + dt.timedelta(hours=8)
    assert Role.ADMINISTER in principal.roles


def test_an_account_that_ends_sooner_ends_its_session(stage: Stage) -> None:
    first(stage)
    somebody = entered(stage, invited(stage, lives=dt.timedelta(hours=2)))
    headers = headers_of(stage, somebody.begun.secret)
    principal = stage.people.gate.principal_of_session(headers, "GET", False)
    assert principal.until == stage.clock.now() + dt.timedelta(hours=2)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "nengshu-session=",
        "nengshu-session=nobodys",
        "nengshu-session=one; nengshu-session=two",
        "other=x",
        f"nengshu-session={'x' * 1000}",
    ],
)
def test_without_a_session_nobody_is_known(stage: Stage, cookie: str) -> None:
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session({"cookie": cookie}, "GET", False)


def test_half_an_hour_without_a_request_ends_a_session(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret)
    for _ in range(3):
        stage.later(minutes=29)
        stage.people.gate.principal_of_session(headers, "GET", False)
    stage.later(minutes=30)
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session(headers, "GET", False)
    assert stage.sessions.kept == {}


def test_eight_hours_end_a_session_however_busy_it_is(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret)
    for _ in range(23):
        stage.later(minutes=20)
        stage.people.gate.principal_of_session(headers, "GET", False)
    stage.later(minutes=20)
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session(headers, "GET", False)


def test_what_only_looks_whether_a_session_counts_does_not_keep_it_alive(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret)
    stage.later(minutes=29)
    stage.people.gate.principal_of_session(headers, "GET", False, is_look=True)
    stage.later(minutes=1)
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session(headers, "GET", False)


def test_a_session_is_written_to_once_a_minute_at_most(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret)
    for _ in range(120):
        stage.later(seconds=1)
        stage.people.gate.principal_of_session(headers, "GET", False)
    assert stage.sessions.touched == 2


@pytest.mark.parametrize("idle_s", [60, 61, 90, 1800])
def test_a_busy_persons_session_goes_on_however_short_it_may_be_idle(
    stage: Stage, tmp_path: Path, idle_s: int
) -> None:
    account = first(stage).begun.account
    with opened(tmp_path, stage.clock) as door:
        gate = Gate(
            stage.accounts, door.sessions, stage.clock, stage.registry.version,
            own=stage.people.own, cookies=stage.people.cookies, idle=dt.timedelta(seconds=idle_s),
        )  # fmt: skip
        ends = stage.clock.now() + dt.timedelta(hours=8)
        headers = headers_of(stage, door.sessions.begin(account.key, "password", ends, account.generation))
        for _ in range(300):
            stage.later(seconds=7)
            gate.principal_of_session(headers, "GET", False)
        stage.later(seconds=idle_s)
        with pytest.raises(Unauthenticated):
            gate.principal_of_session(headers, "GET", False)


def test_a_session_needs_no_thread_until_something_is_written_or_has_to_be(stage: Stage) -> None:
    gate, headers = stage.people.gate, headers_of(stage, first(stage).begun.secret)
    assert not gate.is_quick(headers)  # nobody has looked at the account yet
    gate.principal_of_session(headers, "GET", False)
    assert gate.is_quick(headers)
    stage.registry.upsert("agency", [{"key": "ndrc", "name": "国家部门", "role": "ndrc"}], "tester")
    assert not gate.is_quick(headers)
    gate.principal_of_session(headers, "GET", False)
    stage.later(minutes=1)
    assert not gate.is_quick(headers)  # it is time to note that the person was here
    gate.principal_of_session(headers, "GET", False)
    assert gate.is_quick(headers)


def test_a_session_that_is_over_is_ended_in_a_thread_and_none_is_refused_without(stage: Stage) -> None:
    gate, headers = stage.people.gate, headers_of(stage, first(stage).begun.secret)
    gate.principal_of_session(headers, "GET", False)
    stage.later(minutes=30)
    assert not gate.is_quick(headers)
    with pytest.raises(Unauthenticated):
        gate.principal_of_session(headers, "GET", False)
    assert gate.is_quick(headers)
    assert gate.is_quick({})


def test_who_is_revoked_is_out_at_once(stage: Stage) -> None:
    first(stage)
    headers = headers_of(stage, entered(stage, invited(stage)).begun.secret)
    stage.people.gate.principal_of_session(headers, "GET", False)
    stage.accounts.revoke("li", "tester")
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session(headers, "GET", False)


def test_whose_organisation_is_closed_is_out_at_once(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret)
    stage.people.gate.principal_of_session(headers, "GET", False)
    with writing(stage.registry._engine) as connection:
        connection.execute(update(ORGANISATION).values(enabled=False))
    with pytest.raises(Unauthenticated):
        stage.people.gate.principal_of_session(headers, "GET", False)


def test_roles_and_reach_are_those_of_now(stage: Stage) -> None:
    first(stage)
    headers = headers_of(stage, entered(stage, invited(stage)).begun.secret)
    stage.people.gate.principal_of_session(headers, "GET", False)
    there = Reach(RegionCode("970100"))
    stage.accounts.change("li", "tester", roles=[Role.AUDIT], reach=there)
    principal = stage.people.gate.principal_of_session(headers, "GET", False)
    assert (principal.roles, principal.reach) == (frozenset({Role.AUDIT}), there)


OWN, FOREIGN = "http://hub", "http://evil.example"


@pytest.mark.parametrize(
    ("method", "socket", "headers", "passes"),
    [
        ("GET", False, {}, True),
        ("HEAD", False, {"origin": FOREIGN}, True),
        ("POST", False, {"origin": OWN}, True),
        ("POST", False, {"origin": OWN, "sec-fetch-site": "cross-site"}, True),
        ("POST", False, {"sec-fetch-site": "same-origin"}, True),
        ("POST", False, {"origin": "null", "sec-fetch-site": "same-origin"}, True),
        ("POST", False, {}, False),
        ("POST", False, {"origin": FOREIGN}, False),
        ("POST", False, {"origin": FOREIGN, "sec-fetch-site": "same-origin"}, False),
        ("POST", False, {"origin": "null"}, False),
        ("POST", False, {"origin": "null", "sec-fetch-site": "cross-site"}, False),
        ("POST", False, {"sec-fetch-site": "same-site"}, False),
        ("POST", False, {"sec-fetch-site": "none"}, False),
        ("POST", False, {"origin": "https://hub"}, False),
        ("POST", False, {"origin": "http://hub:81"}, False),
        ("POST", False, {"origin": "http://hub.evil.example"}, False),
        ("DELETE", False, {"origin": FOREIGN}, False),
        ("BREW", False, {"origin": FOREIGN}, False),
        ("GET", True, {"origin": OWN}, True),
        ("GET", True, {"origin": FOREIGN}, False),
        ("GET", True, {}, False),
    ],
)
def test_what_changes_something_or_stays_open_comes_from_the_hubs_own_pages(
    stage: Stage, method: str, socket: bool, headers: dict[str, str], passes: bool
) -> None:
    all_headers = headers_of(stage, first(stage).begun.secret, **headers)
    if passes:
        stage.people.gate.principal_of_session(all_headers, method, socket)
    else:
        with pytest.raises(Forbidden):
            stage.people.gate.principal_of_session(all_headers, method, socket)


def test_a_foreign_page_does_not_keep_a_session_alive(stage: Stage) -> None:
    headers = headers_of(stage, first(stage).begun.secret, origin=FOREIGN)
    stage.later(minutes=10)
    with pytest.raises(Forbidden):
        stage.people.gate.principal_of_session(headers, "POST", False)
    assert stage.sessions.touched == 0


def test_with_a_public_address_its_origin_alone_is_the_hubs_own() -> None:
    own = Own(PUBLIC)
    own.require({"origin": "https://hub.example:8443", "host": "inner:8424"})
    for origin in ("http://inner:8424", "https://hub.example", "http://hub.example:8443"):
        with pytest.raises(Forbidden):
            own.require({"origin": origin, "host": "inner:8424"})
    assert own.is_secure
    assert not Own("http://hub.example").is_secure
    assert not Own(None).is_secure


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Hub.example:443/x", "https://hub.example"),
        ("http://hub:80", "http://hub"),
        ("http://[::1]:8424/", "http://[::1]:8424"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_cookies_are_of_this_host_for_no_script_and_no_other_site() -> None:
    life = dt.timedelta(hours=8)
    assert Cookies(True).given(Cookie.SESSION, "s", life) == (
        "__Host-nengshu=s; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure"
    )
    assert Cookies(False).given(Cookie.SESSION, "s", life) == (
        "nengshu-session=s; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"
    )
    assert "SameSite=Lax" in Cookies(True).given(Cookie.LOGIN, "s", life)
    assert "Max-Age=0" in Cookies(True).taken_back(Cookie.SESSION)
    names = {Cookies(secure).name(cookie) for secure in (True, False) for cookie in Cookie}
    assert len(names) == 2 * len(Cookie)
