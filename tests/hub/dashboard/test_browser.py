"""The pages in a real browser: nothing refused by the policy, nothing asked of another host, nothing on the console."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Response, Route, expect, sync_playwright

from tests.hub.dashboard.nation import TOKEN, Root, site
from tests.needs import need_browser

pytestmark = pytest.mark.browser

CARDS = ("tiles", "progress", "completeness", "energy")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
EDITOR_PX_MIN = 200  # some thirty letters
START_SECONDS_MAX = 20
SHOWN_MS_MAX = 30_000  # the bundle is made while the first page waits


@dataclass
class Seen:
    """What a page did besides being a page."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def hosts(self) -> set[str]:
        """Who was asked for anything."""
        return {urlsplit(url).netloc for url in self.requests if not url.startswith("data:")}


@contextmanager
def served(data_dir: Path, root: Root | None = None) -> Iterator[str]:
    """A site on a free port; yields its address."""
    config = uvicorn.Config(site(data_dir, root), host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + START_SECONDS_MAX
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


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
    """Opens a tab of a width, with nothing remembered."""
    opened = []

    def tab(width: int = 1440) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 900})
        opened.append(context)
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
    page.goto(f"{address}/?lang={lang}#token={TOKEN}")
    _wait_for_charts(page)
    page.screenshot(path=tmp_path / f"{lang}_{width}.png", full_page=True)
    assert seen.complaints == []
    assert seen.hosts == {urlsplit(address).netloc}
    assert page.url == f"{address}/?quarter=2026Q4&lang={lang}"
    assert not any("token" in urlsplit(url).query or TOKEN in url for url in seen.requests)
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
    seen.page.goto(f"{address}/?lang=zh#token={TOKEN}")
    _wait_for_charts(seen.page)
    seen.page.locator("[data-card=progress] .chart svg .mark-rect path").nth(6).hover()
    tip = seen.page.locator("#vg-tooltip-element")
    expect(tip).to_contain_text("虚构丙省")
    expect(tip).to_contain_text("56.2%")
    assert seen.complaints == []


def test_every_chart_can_be_read_as_a_table(address: str, open_page: Callable[..., Seen]) -> None:
    seen = open_page()
    seen.page.goto(f"{address}/?lang=en#token={TOKEN}")
    _wait_for_charts(seen.page)
    for card in CARDS:
        button = seen.page.locator(f"[data-card={card}] header button")
        button.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(seen.page.locator(f"[data-card={card}] table caption")).to_be_visible()
    row = seen.page.locator("[data-card=progress] tbody tr", has_text="Invented Bing")
    assert row.locator("td.number").all_inner_texts() == ["1,600", "900", "500", "56.2%"]
    assert "Accepted 2026-12-01" in row.inner_text()


def test_a_click_changes_language_and_quarter_and_keeps_the_token(
    address: str, open_page: Callable[..., Seen]
) -> None:
    seen = open_page()
    seen.page.goto(f"{address}/#token={TOKEN}")
    seen.page.get_by_role("link", name="English").click()
    seen.page.get_by_role("link", name="Previous quarter").click()
    _wait_for_charts(seen.page)
    assert seen.page.url == f"{address}/?quarter=2026Q3&lang=en"
    expect(seen.page.locator("h1:visible")).to_have_text("Quarter 3 of 2026")


def test_without_a_token_one_is_asked_for_and_a_wrong_one_is_told(
    address: str, open_page: Callable[..., Seen]
) -> None:
    page = open_page().page
    page.goto(f"{address}/?lang=en")
    expect(page.locator("#token")).to_contain_text("nengshu client add")
    page.fill("#token-text", "wrong")
    page.click("#token-form button")
    expect(page.locator("#token-refused")).to_have_text("The token was not accepted: the token is unknown")
    page.fill("#token-text", TOKEN)
    page.click("#token-form button")
    _wait_for_charts(page)
    page.click("#forget")
    expect(page.locator("#token")).to_be_visible()
    expect(page.locator("#dashboard")).to_be_hidden()


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

        page.goto(f"{address}/?lang=en#token={TOKEN}")
        _wait_for_charts(page)
        assert statuses() == [200, 200, 200]
        root.connect(82)
        page.reload()
        _wait_for_charts(page)
        assert sorted(statuses()[3:]) == [200, 304, 304]
        expect(page.locator("[data-figure=connected] .value")).to_contain_text("1,700")
        expect(page.locator("[data-figure=energy] .value")).to_contain_text("12.35M")
        page.click("#forget")
        assert page.evaluate("Object.keys(sessionStorage)") == []
        assert seen.complaints == []


def test_a_nation_without_anything_says_what_to_do(
    data_dir: Path, browser: Browser, open_page: Callable[..., Seen]
) -> None:
    with served(data_dir, Root(empty=True)) as address:
        seen = open_page()
        seen.page.goto(f"{address}/?lang=en#token={TOKEN}")
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
    page.goto(f"{address}/?lang=en#token={TOKEN}")
    for card in CARDS:
        expect(page.locator(f"[data-card={card}] .message")).to_contain_text("503: the store is closed")
    failing = False
    page.locator("[data-card=tiles] .message button").click()
    page.locator("[data-card=energy] .message button").click()
    _wait_for_charts(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_graphiql_asks_under_the_token_and_explains_the_schema(
    address: str, open_page: Callable[[int], Seen], tmp_path: Path, width: int
) -> None:
    seen = open_page(width)
    page = seen.page
    page.goto(f"{address}/graphiql#token={TOKEN}")
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


def test_graphiql_does_not_open_for_a_token_nobody_knows(
    address: str, open_page: Callable[[int], Seen]
) -> None:
    page = open_page(1440).page
    page.goto(f"{address}/graphiql?lang=en#token=wrong")
    expect(page.locator("#token-refused")).to_have_text("The token was not accepted: the token is unknown")
    expect(page.locator("#graphiql")).to_be_hidden()
    expect(page.locator("#forget")).to_be_hidden()
    page.fill("#token-text", TOKEN)
    page.click("#token-form button")
    expect(page.locator(".graphiql-execute-button")).to_be_visible()
