"""What a form sends is read within bounds, and nobody is led from it to another site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.endpoints.forms import FORM_BYTES_MAX, own_page
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import first
from tests.hub.access.people.site import browser
from tests.hub.stores.registry_fakes import StillClock, invented_registry


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


def right(stage: Stage) -> dict[str, str]:
    """What the first administrator types."""
    proof = first(stage).proof(stage)
    return {"account": proof.account, "password": proof.password, "code": proof.code}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"account=x", "application/json", 415),
        (b"x=" + b"y" * FORM_BYTES_MAX, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=1" % n for n in range(99)), "application/x-www-form-urlencoded", 400),
        (b"account=a&account=b", "application/x-www-form-urlencoded", 400),
        (b"account=%ff%fe", "application/x-www-form-urlencoded", 400),
        ("account=张".encode(), "application/x-www-form-urlencoded", 400),
    ],
)
@pytest.mark.anyio
async def test_what_is_no_form_is_a_problem_and_not_a_failure(
    page: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    refused = await page.post("/login", content=content, headers={"Content-Type": kind})
    assert refused.status_code == status


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//evil.example",
        "/%2F/evil.example", "..//evil.example", "a:b", "x" * 600, "?a#b", "graphiql\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
@pytest.mark.anyio
async def test_nobody_is_led_to_another_site(stage: Stage, page: httpx.AsyncClient, wanted: str) -> None:
    entered_at = await page.post("/login", params={"next": wanted}, data=right(stage))
    assert (entered_at.status_code, entered_at.headers["location"]) == (303, "./")


@pytest.mark.parametrize(
    "wanted", ["", "?quarter=2026Q4&lang=zh", "graphiql?lang=en", "/account", "a/b?c=%E7%9C%81"]
)
def test_everybody_is_led_back_to_their_page(wanted: str) -> None:
    assert own_page(wanted) == wanted.removeprefix("/")


@given(st.text() | st.from_regex(r"[/\\\\.:?#%a-z]{0,12}", fullmatch=True))
def test_whatever_is_wanted_the_way_leads_to_this_site(wanted: str) -> None:
    there = urlsplit(urljoin("http://hub/login", f"./{own_page(wanted)}"))
    assert (there.scheme, there.netloc, there.fragment) == ("http", "hub", "")
