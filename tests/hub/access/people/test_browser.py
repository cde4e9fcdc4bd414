"""Signing in with a real browser: without scripts where it can be, by the provider and back, on a desk and a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

from hub.simulate.children import free_port
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import PASSWORD, entered, first, invited
from tests.hub.access.people.provided import Provided, provided
from tests.hub.access.people.site import site
from tests.hub.dashboard.browsing import QUIET, SHOWN_MS_MAX, Seen, served_on
from tests.hub.stores.registry_fakes import StillClock, invented_registry
from tests.needs import need_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (1440, 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that asks for nothing by itself."""
    program = need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


def picture(page: Page, path: Path, *, full_page: bool = False) -> None:
    """A picture for whoever looks. On a busy machine Chromium may draw none in time, which nothing here rests on."""
    with suppress(NotInTime):
        page.screenshot(path=path, full_page=full_page)


@pytest.fixture(scope="module")
def port() -> int:
    """Where the hub is, which the provider has to know before."""
    return free_port()


@pytest.fixture(scope="module")
def provider(browser: Browser, port: int) -> Iterator[Provided]:
    """A provider on another site; the browser first, so that without one nothing is started."""
    assert browser.is_connected()
    with provided(f"http://127.0.0.1:{port}") as found:
        yield found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all sites of this module keep their bundle."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture
def stage(tmp_path: Path, port: int, provider: Provided) -> Iterator[Stage]:
    """A hub without accounts."""
    for registry in invented_registry(tmp_path):
        address = f"http://127.0.0.1:{port}"
        yield Stage(registry, StillClock(), base_url=address, provider=provider.settings())


@pytest.fixture
def address(stage: Stage, kept: Path, port: int) -> Iterator[str]:
    """Where it is."""
    with served_on(port, site(stage, kept)) as at:
        yield at


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Seen]]:
    """Opens a tab of a width with nothing remembered."""
    opened = []

    def tab(width: int = 1440, *, scripts: bool = True) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(SHOWN_MS_MAX)
        return Seen(page)

    yield tab
    for context in opened:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_administrator_comes_in_without_a_script(
    stage: Stage, address: str, open_page: Callable[..., Seen], tmp_path: Path, width: int
) -> None:
    code = stage.people.first.make()
    assert code is not None
    seen = open_page(width, scripts=False)
    page = seen.page
    page.goto(f"{address}/login")
    picture(page, tmp_path / f"login_{width}.png", full_page=True)
    page.get_by_role("link", name="设置口令和手机验证器").click()
    picture(page, tmp_path / f"welcome_{width}.png", full_page=True)
    page.get_by_label("一次性代码", exact=True).fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("账号", exact=True).fill("zhang")
    page.get_by_label("姓名").fill("张三")
    page.get_by_label("新口令", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新口令").fill(PASSWORD)
    page.get_by_label("动态码", exact=True).fill("000000")
    page.get_by_role("button", name="完成并登录").click()
    expect(page.get_by_role("alert")).to_contain_text("动态码不正确")
    assert page.locator("html").evaluate("page => page.scrollWidth") == width
    picture(page, tmp_path / f"choose_{width}.png", full_page=True)
    secret = page.locator("#telephone-secret").inner_text().replace(" ", "")
    page.get_by_label("新口令", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新口令").fill(PASSWORD)
    page.get_by_label("动态码", exact=True).fill(pyotp.TOTP(secret).at(stage.clock.now()))
    page.get_by_role("button", name="完成并登录").click()
    page.goto(f"{address}/account")
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    assert page.locator("html").evaluate("page => page.scrollWidth") == width
    picture(page, tmp_path / f"account_{width}.png", full_page=True)
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("status")).to_have_text("您已退出登录。")
    assert seen.hosts == {urlsplit(address).netloc}


def test_who_is_sent_to_the_login_comes_back_to_their_page(
    stage: Stage, address: str, open_page: Callable[..., Seen]
) -> None:
    somebody = first(stage)
    page = open_page().page
    page.goto(f"{address}/?quarter=2026Q3&lang=en")
    page.get_by_label("Account").fill("zhang")
    page.get_by_label("Password").fill("not the password")
    page.get_by_label("Code").fill(somebody.next_code(stage))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(somebody.code(stage))
    page.keyboard.press("Enter")
    expect(page.locator("#person-name")).to_have_text("张三")
    expect(page.locator("[data-figure=connected] .value")).to_contain_text("1,618")
    assert page.url == f"{address}/?quarter=2026Q3&lang=en"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.goto(f"{address}/graphiql?lang=en")
    expect(page.get_by_role("heading", name="Sign in to Nengshu")).to_be_visible()


def test_the_whole_way_by_the_provider_and_out_again(
    stage: Stage, address: str, provider: Provided, open_page: Callable[..., Seen], tmp_path: Path
) -> None:
    first(stage)
    invited(stage)
    seen = open_page()
    page = seen.page
    page.goto(f"{address}/?lang=en")
    picture(page, tmp_path / "provider_login.png")
    page.get_by_role("link", name="Sign in with 虚构身份认证").click()
    page.locator("input[name=name]").fill("li")
    page.locator("input[name=password]").fill("open")
    page.get_by_role("button", name="进入").click()
    expect(page.locator("#person-name")).to_have_text("李 li")
    expect(page.locator("[data-figure=connected] .value")).to_contain_text("1,618")
    assert page.url == f"{address}/?quarter=2026Q4&lang=en"
    page.locator("#person-name").click()  # a page that is only shown to whose cookie came along
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    expect(page.locator(".told")).to_contain_text("identity provider")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(address)}
    assert cookies["nengshu-session"]["sameSite"] == "Strict"
    assert cookies["nengshu-session"]["httpOnly"]
    assert "nengshu-login" not in cookies
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{address}/login?state=*")
    expect(page.get_by_role("status")).to_have_text("您已退出登录。")
    assert any(url.startswith(f"{provider.issuer}/end?") for url in seen.requests)
    assert not any(cookie["name"].startswith("nengshu") for cookie in page.context.cookies(address))
    page.get_by_role("link", name="通过虚构身份认证登录").click()
    expect(page.locator("input[name=password]")).to_be_visible()  # signed out there, too
    assert urlsplit(page.url).netloc == urlsplit(provider.issuer).netloc


def test_the_way_back_brings_the_strict_cookie_to_the_first_page(
    stage: Stage, address: str, open_page: Callable[..., Seen]
) -> None:
    first(stage)
    invited(stage)
    page = open_page(scripts=False).page
    page.goto(f"{address}/account?lang=en")
    page.locator("#provider").click()
    page.locator("input[name=name]").fill("li")
    page.locator("input[name=password]").fill("open")
    page.get_by_role("button", name="进入").click()
    expect(page.locator("#person-name")).to_have_text("李 li")
    assert urlsplit(page.url).path == "/account"


def test_a_page_of_another_site_gets_nothing_with_the_cookie(
    stage: Stage, address: str, provider: Provided, open_page: Callable[..., Seen]
) -> None:
    somebody = entered_as_li(stage)
    page = open_page().page
    page.context.add_cookies(
        [
            {
                "name": "nengshu-session",
                "value": somebody,
                "url": address,
                "sameSite": "Strict",
                "httpOnly": True,
            }
        ]
    )
    page.goto(f"{address}/account?lang=en")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.goto(f"{provider.issuer}/jwks")
    page.set_content(f'<form method="post" action="{address}/logout"><button>x</button></form>')
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("枢纽")
    assert somebody in stage.sessions.kept


def entered_as_li(stage: Stage) -> str:
    """A session's secret of an invited person."""
    first(stage)
    return entered(stage, invited(stage)).begun.secret


@pytest.mark.parametrize("width", WIDTHS)
def test_a_provider_that_is_down_is_told_on_a_page(
    stage: Stage, address: str, provider: Provided, open_page: Callable[..., Seen], tmp_path: Path, width: int
) -> None:
    provider.lie("down")
    try:
        page = open_page(width).page
        page.goto(f"{address}/login?lang=en")
        page.get_by_role("link", name="Sign in with 虚构身份认证").click()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        picture(page, tmp_path / f"down_{width}.png")
        page.get_by_role("link", name="Sign in again").click()
        expect(page.get_by_role("heading", name="Sign in to Nengshu")).to_be_visible()
    finally:
        provider.lie()
