"""What the pages' addresses answer: headers, caching, and nothing that a strict policy would refuse."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx
import pytest

from hub.dashboard import bundle
from hub.dashboard.assets import ASK_AGAIN, FOREVER, Shelf
from hub.dashboard.bundle import Bundle
from hub.dashboard.shells import FOLDER
from tests.hub.dashboard.nation import site

STATIC = FOLDER / "static"
PAGES = ("/", "/?lang=en", "/?quarter=2019Q3&lang=en", "/graphiql", "/graphiql?lang=en")
VENDOR_BYTES_MAX = 2_500_000


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts."""
    transport = httpx.ASGITransport(app=site(tmp_path), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as asking:
        yield asking


@pytest.mark.anyio
@pytest.mark.parametrize("address", PAGES)
async def test_a_page_has_no_script_or_style_of_its_own(client: httpx.AsyncClient, address: str) -> None:
    page = await client.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"<script(?![^>]*\ssrc=)", page.text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page.text) == []
    assert "{{" not in page.text


@pytest.mark.anyio
@pytest.mark.parametrize("address", PAGES)
async def test_everything_a_page_names_is_there_and_on_this_host(
    client: httpx.AsyncClient, address: str
) -> None:
    page = await client.get(address)
    named = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert named
    for name in {name.replace("&amp;", "&") for name in named} - {f"static/{bundle.NAME}"}:
        assert not re.match(r"[a-z]+:|//", name)
        assert (await client.get(f"/{name.removeprefix('./')}")).status_code == 200, name


@pytest.mark.anyio
async def test_the_language_is_chinese_unless_the_address_says_english(client: httpx.AsyncClient) -> None:
    chinese, english = (await client.get("/")).text, (await client.get("/?lang=en")).text
    assert '<html lang="zh-CN"' in chinese
    assert "2026 年第 4 季度" in chinese
    assert '<html lang="en"' in english
    assert "Quarter 4 of 2026" in english
    assert "?quarter=2026Q4&amp;lang=en" in chinese


@pytest.mark.anyio
async def test_only_graphiql_may_bring_styles_along(client: httpx.AsyncClient) -> None:
    dashboard, graphiql = await client.get("/"), await client.get("/graphiql")
    assert "unsafe" not in dashboard.headers["content-security-policy"]
    assert "script-src 'self';" in graphiql.headers["content-security-policy"]
    assert graphiql.headers["content-security-policy"].count("unsafe") == 1


@pytest.mark.anyio
async def test_a_file_of_this_version_is_kept_for_ever_and_of_another_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    shelf = Shelf(STATIC)
    ours = await client.get(f"/{shelf.address('dashboard.js')}")
    other = await client.get("/static/000000000000/dashboard.js")
    assert ours.headers["cache-control"] == FOREVER
    assert other.headers["cache-control"] == ASK_AGAIN
    assert ours.content == other.content == (STATIC / "dashboard.js").read_bytes()
    assert ours.headers["content-type"].startswith("text/javascript")


@pytest.mark.anyio
async def test_a_browser_that_has_a_file_is_not_sent_it_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/x/charts.zh.json")
    again = await client.get("/static/x/charts.zh.json", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.json().keys() >= {"tiles", "progress", "completeness", "energy"}


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["nothing.js", "..%2froutes.py", "%2e%2e/%2e%2e/routes.py", "vendor"])
async def test_what_is_not_on_the_shelf_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/x/{name}")).status_code == 404


@pytest.mark.anyio
async def test_a_browser_that_cannot_unpack_gets_plain_bytes(client: httpx.AsyncClient) -> None:
    plain = await client.get("/static/x/pages.css", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/static/x/pages.css", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content


def test_the_digest_follows_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = Shelf(tmp_path).digest
    (tmp_path / "a.js").write_text("2")
    assert Shelf(tmp_path).digest != first


@pytest.mark.anyio
async def test_a_bundle_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    kept = tmp_path / "cache" / bundle.NAME
    kept.parent.mkdir()
    kept.write_text("window.vegaEmbed = 1;")
    assert (await Bundle().asset(tmp_path)).body == b"window.vegaEmbed = 1;"


@pytest.mark.anyio
@pytest.mark.slow
async def test_the_bundle_is_made_once_for_all_who_ask_at_the_same_time(tmp_path: Path) -> None:
    made, found = Bundle(), []

    async def ask() -> None:
        found.append(await made.asset(tmp_path))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
    assert found[0] is found[1]
    assert b"window.vegaEmbed" in found[0].body
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [bundle.NAME]


def test_vendored_files_are_those_that_were_checked_and_have_their_licences() -> None:
    folder = STATIC / "vendor"
    said = {}
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        said[name] = digest
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "SHA256SUMS"}
    assert said == {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    assert {name for name in files if name.startswith("LICENSE.")} == {
        "LICENSE.graphiql",
        "LICENSE.react",
        "LICENSE.react-dom",
    }
    assert sum(map(len, files.values())) < VENDOR_BYTES_MAX
