"""The probe's page in a real browser: no other host is asked, the console is quiet, a telephone is wide enough."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from edge_probe.local_answers import LocalAnswers
from edge_probe.local_page import LocalPage
from edge_probe.page_plan import PagePlan
from tests.edge_probe.fakes import HandClock, ignore
from tests.edge_probe.standing_stage import NOW, configured, filled, noted
from tests.needs import need_browser

pytestmark = pytest.mark.browser
SHOTS = "NENGSHU_SHOTS"  # a folder to lay pictures in, for people


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The page of a probe on a free port, by a loop of its own: the browser's client has none."""
    config, clock = configured(folder), HandClock(NOW)
    spool = filled(config)
    page = LocalPage(PagePlan(0), LocalAnswers(config, spool, noted()).answer, clock.now, ignore)
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def work() -> None:
        keeping = asyncio.create_task(page.keep())
        await page.listening.wait()
        started.set()
        await asyncio.gather(keeping, return_exceptions=True)

    task = loop.create_task(work())
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    )
    thread.start()
    try:
        assert started.wait(5)
        yield f"http://127.0.0.1:{page.port}"
    finally:
        loop.call_soon_threadsafe(
            lambda: [each.cancel() for each in asyncio.all_tasks(loop) if each is not task]
        )
        thread.join(5)
        loop.close()
        spool.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_fits_asks_nobody_else_and_is_quiet(tmp_path: Path, width: int, language: str) -> None:
    program = need_browser()
    with served(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked, said = list[str](), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg.curve").count() == 2
        box = page.locator("svg.curve").first.bounding_box()
        assert box is not None
        assert box["height"] > 50
        if folder := os.environ.get(SHOTS):
            page.screenshot(path=f"{folder}/probe-{width}-{language}.png", full_page=True)
        browser.close()
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
    assert {urlsplit(url).path for url in asked} <= {"/", "/probe.css", "/favicon.ico"}
    assert [line for line in said if "favicon" not in line and "404" not in line] == []
