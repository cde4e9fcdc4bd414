"""The pages in a real browser: nothing refused by the policy, nothing asked of another host, nothing on the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect, sync_playwright

from hub.simulate.children import free_port
from tests.hub.dashboard.browsing import QUIET, SHOWN_MS_MAX, Seen, served_on
from tests.hub.dashboard.nation import COOKIE, SESSION, Root, site
from tests.needs import need_browser

pytestmark = pytest.mark.browser

CARDS = ("tiles", "progress", "completeness", "energy")
EDITOR_PX_MIN = 200  # some thirty letters


@contextmanager
def served(data_dir: Path, root: Root | None = None) -> Iterator[str]:
    """A nation's site on a free port; yields its address."""
    with served_on(free_port(), site(data_dir, root)) as address:
        yield address


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all sites of this module keep their bundle."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that asks for nothing by itself."""
    program = need_browser()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(data_dir: Path, browser: Browser) -> Iterator[str]:
    """The invented nation's site; the browser first, so that without one nothing is started."""
    assert browser.is_connected()
    with served(data_dir) as at:
        yield at


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[int], Seen]]:
    """Opens a tab of a width, with nothing remembered but who is signed in."""
    opened = []

    def tab(width: int = 1440, *, is_signed_in: bool = True) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 900})
        opened.append(context)
        if is_signed_in:
            context.add_cookies([{"name": COOKIE, "value": SESSION, "domain": "127.0.0.1", "path": "/"}])
        page = context.new_page()
        page.set_default_timeout(SHOWN_MS_MAX)
        return Seen(page)

    yield tab
    for context in opened:
        context.close()


def _wait_for_charts(page: Page) -> None:
    for card in CARDS:
        page.wait_for_selector(f"[data-card={card}] .chart:not(.skeleton) svg")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_dashboard_shows_the_quarter(
    address: str, open_page: Callable[[int], Seen], tmp_path: Path, lang: str, width: int
) -> None:
    seen = open_page(width)
    page = seen.page
    page.goto(f"{address}/?lang={lang}")
    _wait_for_charts(page)
    page.screenshot(path=tmp_path / f"{lang}_{width}.png", full_page=True)
    assert seen.complaints == []
    assert seen.hosts == {urlsplit(address).netloc}
    assert page.url == f"{address}/?quarter=2026Q4&lang={lang}"
    assert not any(SESSION in url for url in seen.requests)
    expect(page.locator("#person-name")).to_have_text("李四")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("[aria-busy=true]").count() == 0
    expect(page.locator("[data-figure=connected] .value")).to_contain_text("1,618")
    expect(page.locator("[data-figure=energy] .value")).to_contain_text(
        "1,235万" if lang == "zh" else "12.35M"
    )
    expect(page.locator("#freshness")).to_contain_text("128")
    operations = [url for url in seen.requests if urlsplit(url).path == "/graphql"]
    assert len(operations) <= 4


def test_a_tip_tells_the_numbers_of_a_bar(address: str, open_page: Callable[..., Seen]) -> None:
    seen = open_page()
    seen.page.goto(f"{address}/?lang=zh")
    _wait_for_charts(seen.page)
    seen.page.locator("[data-card=progress] .chart svg .mark-rect path").nth(6).hover()
    tip = seen.page.locator("#vg-tooltip-element")
    expect(tip).to_contain_text("虚构丙省")
    expect(tip).to_contain_text("56.2%")
    assert seen.complaints == []


def test_every_chart_can_be_read_as_a_table(address: str, open_page: Callable[..., Seen]) -> None:
    seen = open_page()
    seen.page.goto(f"{address}/?lang=en")
    _wait_for_charts(seen.page)
    for card in CARDS:
        button = seen.page.locator(f"[data-card={card}] header button")
        button.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(seen.page.locator(f"[data-card={card}] table caption")).to_be_visible()
    row = seen.page.locator("[data-card=progress] tbody tr", has_text="Invented Bing")
    assert row.locator("td.number").all_inner_texts() == ["1,600", "900", "500", "56.2%"]
    assert "Accepted 2026-12-01" in row.inner_text()


def test_a_click_changes_language_and_quarter_for_who_is_signed_in(
    address: str, open_page: Callable[..., Seen]
) -> None:
    seen = open_page()
    seen.page.goto(f"{address}/")
    seen.page.get_by_role("link", name="English").click()
    seen.page.get_by_role("link", name="Previous quarter").click()
    _wait_for_charts(seen.page)
    assert seen.page.url == f"{address}/?quarter=2026Q3&lang=en"
    expect(seen.page.locator("h1:visible")).to_have_text("Quarter 3 of 2026")


@pytest.mark.parametrize(
    ("page", "wanted"),
    [("/?quarter=2026Q3&lang=en", "?quarter=2026Q3&lang=en"), ("/graphiql?lang=en", "graphiql?lang=en")],
)
def test_who_is_not_signed_in_is_sent_to_the_login_and_would_come_back(
    address: str, open_page: Callable[..., Seen], page: str, wanted: str
) -> None:
    at = open_page(is_signed_in=False).page
    at.goto(f"{address}{page}")
    expect(at.locator("body")).to_have_text(f"sign in, then {wanted}")
    assert urlsplit(at.url).path == "/login"


def test_who_is_signed_out_while_the_page_is_open_is_sent_to_the_login(
    address: str, open_page: Callable[..., Seen]
) -> None:
    at = open_page().page
    at.route("**/graphql", lambda route: route.fulfill(status=401, json={"detail": "the session is over"}))
    at.goto(f"{address}/?lang=en")
    expect(at.locator("body")).to_have_text("sign in, then ?quarter=2026Q4&lang=en")


def test_what_was_kept_for_another_person_is_forgotten(address: str, open_page: Callable[..., Seen]) -> None:
    at = open_page().page
    at.goto(f"{address}/static/x/mark.svg")
    at.evaluate("sessionStorage.setItem('nengshu.account', 'wang')")
    at.evaluate("sessionStorage.setItem('nengshu.answer.other', '{}')")
    at.goto(f"{address}/?lang=en")
    _wait_for_charts(at)
    assert "nengshu.answer.other" not in at.evaluate("Object.keys(sessionStorage)")


def test_a_page_loaded_again_shows_what_has_not_changed_and_asks_for_the_rest(
    data_dir: Path, browser: Browser, open_page: Callable[..., Seen]
) -> None:
    root = Root()
    with served(data_dir, root) as address:
        seen, replies = open_page(), list[Response]()
        page = seen.page
        page.on("response", lambda reply: replies.append(reply))

        def statuses() -> list[int]:
            """Of the questions so far."""
            return [reply.status for reply in replies if urlsplit(reply.url).path == "/graphql"]

        page.goto(f"{address}/?lang=en")
        _wait_for_charts(page)
        assert statuses() == [200, 200, 200]
        root.connect(82)
        page.reload()
        _wait_for_charts(page)
        assert sorted(statuses()[3:]) == [200, 304, 304]
        expect(page.locator("[data-figure=connected] .value")).to_contain_text("1,700")
        expect(page.locator("[data-figure=energy] .value")).to_contain_text("12.35M")
        assert seen.complaints == []
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("body")).to_have_text("sign in, then ")
        assert page.evaluate("Object.keys(sessionStorage)") == []


def test_a_nation_without_anything_says_what_to_do(
    data_dir: Path, browser: Browser, open_page: Callable[..., Seen]
) -> None:
    with served(data_dir, Root(empty=True)) as address:
        seen = open_page()
        seen.page.goto(f"{address}/?lang=en")
        for card in CARDS:
            expect(seen.page.locator(f"[data-card={card}] .message")).not_to_be_empty()
        expect(seen.page.locator("#freshness")).to_have_text("No batch has been received yet")
        seen.page.wait_for_load_state("networkidle")
        assert seen.complaints == []


def test_a_failure_is_told_and_can_be_tried_again(address: str, open_page: Callable[..., Seen]) -> None:
    page = open_page().page
    failing = True

    def answer(route: Route) -> None:
        if failing:
            route.fulfill(status=503, json={"detail": "the store is closed"})
        else:
            route.continue_()

    page.route("**/graphql", answer)
    page.goto(f"{address}/?lang=en")
    for card in CARDS:
        expect(page.locator(f"[data-card={card}] .message")).to_contain_text("503: the store is closed")
    failing = False
    page.locator("[data-card=tiles] .message button").click()
    page.locator("[data-card=energy] .message button").click()
    _wait_for_charts(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_graphiql_asks_as_who_is_signed_in_and_explains_the_schema(
    address: str, open_page: Callable[[int], Seen], tmp_path: Path, width: int
) -> None:
    seen = open_page(width)
    page = seen.page
    page.goto(f"{address}/graphiql")
    question = page.locator(".graphiql-query-editor .graphiql-editor").bounding_box()
    assert question is not None
    assert question["width"] > EDITOR_PX_MIN  # a question can be read, on a telephone too
    page.click(".graphiql-execute-button")
    expect(page.locator(".result-window")).to_contain_text("unitsTotal")
    expect(page.locator(".result-window")).to_contain_text("2600")
    page.click('[aria-label="Show Documentation Explorer"]')
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("EnergyBalance")
    page.click('[aria-label="Open settings dialog"]')
    expect(page.locator(".graphiql-dialog")).to_be_visible()
    page.screenshot(path=tmp_path / f"graphiql_{width}.png")
    assert seen.complaints == []
    assert seen.hosts == {urlsplit(address).netloc}
