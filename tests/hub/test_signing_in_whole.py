"""A hub as a process of its own, a provider as another, a real browser: from the first code on a terminal to an audit."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hub.access.people.settings import OIDC_SECRET
from hub.simulate.children import free_port
from tests.hub.access.people.provided import SECRET, provided
from tests.hub.access.people.provider import CLIENT
from tests.hub.cli.terminal import in_its_own_process
from tests.hub.dashboard.browsing import QUIET, SHOWN_MS_MAX
from tests.hub.invented_hub import JIA, YI, fill
from tests.hub.served_hub import PATIENCE_S, ROOT
from tests.needs import need_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "一个 invented 的长口令 2026"
CODE = re.compile(r"/welcome with ([0-9A-Z-]{20,})")
ASK = "question => fetch('graphql', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: question})"
MORE_S = 2.0  # in which a second line would have come
TRAIL = json.dumps({"query": "{ auditEntries(first: 1) { nodes { who } } }"})


@dataclass(frozen=True)
class Whole:
    """A hub on a terminal: where it answers, where it keeps things, what it said when it began."""

    base: str
    data: Path
    said: str

    def run(self, *words: str) -> str:
        """What a command on the hub's machine prints."""
        done = in_its_own_process(*words, "--data", self.data)
        assert done.code == 0, done.err
        return done.out


@contextmanager
def on_a_terminal(data: Path, port: int, environment: dict[str, str]) -> Iterator[Whole]:
    """`nengshu serve` as somebody at a terminal sees it."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "hub.cli", "serve", "--data", str(data), "--port", str(port)]
    with (
        (data / "log").open("w") as log,
        subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, **environment}, stdout=theirs, stderr=log
        ) as process,
    ):
        os.close(theirs)
        try:
            yield Whole(f"http://127.0.0.1:{port}", data, _said(ours))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
            os.close(ours)


def _said(terminal: int) -> str:
    """What is on the terminal once it answers: a line, and another one for the first administrator."""
    found = os.read(terminal, 10_000)
    while select([terminal], [], [], MORE_S)[0]:
        found += os.read(terminal, 10_000)
    return found.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that asks for nothing by itself."""
    program = need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def whole(browser: Browser, tmp_path: Path) -> Iterator[Whole]:
    """A fresh hub whose people may sign in at a provider, too; the browser first, so that without one nothing starts."""
    assert browser.is_connected()
    port, data = free_port(), tmp_path / "data"
    data.mkdir()
    fill(data, JIA, YI)
    with provided(f"http://127.0.0.1:{port}") as provider:
        block = {
            "NENGSHU_OIDC_ISSUER": provider.issuer, "NENGSHU_OIDC_CLIENT_ID": CLIENT, OIDC_SECRET: SECRET,
            "NENGSHU_OIDC_NAME": "虚构身份认证", "NENGSHU_SYNC_SECONDS": "0",
        }  # fmt: skip
        with on_a_terminal(data, port, block) as found:
            yield found


def tab(browser: Browser, width: int = 1440) -> tuple[BrowserContext, Page]:
    """A page of somebody else's browser."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SHOWN_MS_MAX)
    return context, page


def begin(page: Page, whole: Whole, code: str, account: str, name: str | None) -> str:
    """Come in with a one-time code; the telephone's secret."""
    page.goto(f"{whole.base}/welcome?lang=en")
    page.locator("input[name=invitation]").fill(code)
    page.locator("form button[type=submit]").last.click()
    if name is not None:
        page.locator("input[name=account]").fill(account)
        page.locator("input[name=name]").fill(name)
    secret = page.locator("#telephone-secret").inner_text().replace(" ", "")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=again]").fill(PASSWORD)
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.locator("form button[type=submit]").last.click()
    return secret


def asked(page: Page, question: str) -> Any:
    """What the hub answers to the page's own script."""
    return page.evaluate(f"async question => (await ({ASK})(question)).json()", question)


def entries(whole: Whole, *words: str) -> list[dict[str, Any]]:
    """The audit, as the command line tells it."""
    return [json.loads(line) for line in whole.run("audit", "--json", *words).splitlines()]


def test_from_the_first_code_to_the_audit(whole: Whole, browser: Browser, tmp_path: Path) -> None:
    found = CODE.search(whole.said)
    assert found, whole.said
    _, page = tab(browser)
    begin(page, whole, found[1], "zhang", "张三")
    expect(page.locator("#person-name")).to_have_text("张三")
    expect(page.locator("[data-figure=connected] .value")).not_to_be_empty()
    page.screenshot(path=tmp_path / "dashboard.png", full_page=True)
    assert asked(page, TRAIL)["data"]["auditEntries"]["nodes"]

    _, second = tab(browser)
    second.goto(f"{whole.base}/welcome?lang=en")
    second.locator("input[name=invitation]").fill(found[1])
    second.locator("form button[type=submit]").last.click()
    expect(second.get_by_role("alert")).to_be_visible()  # it counted once

    whole.run("user", "add", "li", "--name", "李四", "--organisation", "own", "--role", "read")
    context, page = tab(browser, 390)
    page.goto(f"{whole.base}/?lang=en")
    page.get_by_role("link", name="虚构身份认证").click()
    page.locator("input[name=name]").fill("li")
    page.locator("input[name=password]").fill("open")
    page.get_by_role("button", name="进入").click()
    expect(page.locator("#person-name")).to_have_text("李四")
    page.screenshot(path=tmp_path / "telephone.png", full_page=True)
    (error,) = asked(page, TRAIL)["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    secret = next(str(c["value"]) for c in context.cookies() if c["name"] == "nengshu-session")

    whole.run("user", "revoke", "li")
    page.goto(f"{whole.base}/account?lang=en")
    expect(page).to_have_url(re.compile("/login"))

    logins = {(each["who"], each["outcome"]) for each in entries(whole, "--action", "login")}
    assert {("user:zhang", "granted"), ("user:li", "granted")} <= logins
    denied = entries(whole, "--who", "user:li", "--outcome", "denied")
    assert [(each["subject"], each["code"]) for each in denied] == [
        ("POST /graphql audit_entry", "FORBIDDEN")
    ]
    told = json.dumps(entries(whole), ensure_ascii=False) + (whole.data / "log").read_text(encoding="utf-8")
    kept = b"".join(each.read_bytes() for each in whole.data.iterdir() if each.is_file())
    for hidden in (PASSWORD, secret, SECRET, found[1]):
        assert hidden not in told
        assert hidden.encode() not in kept


def test_a_hub_that_has_an_account_shows_no_code(browser: Browser, tmp_path: Path) -> None:
    assert browser.is_connected()
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    fill(data, JIA)
    for words in (
        ("organisation", "add", "any", "--name", "某部门", "--kind", "national_agency"),
        ("user", "add", "wang", "--name", "王五", "--organisation", "any", "--role", "read"),
    ):
        assert in_its_own_process(*words, "--data", data).code == 0
    with on_a_terminal(data, free_port(), {"NENGSHU_SYNC_SECONDS": "0"}) as found:
        assert found.said.startswith("nengshu on http://127.0.0.1:")
        assert "welcome" not in found.said
        assert f"everybody on this machine may look into {data}: chmod o= {data}" in found.said
