"""Pages follow each other in five ways, and whatever a platform does they end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from graph.errors import SourceMalformed
from graph.model.sync_run import Link
from tests.provincial_adapters.rest_stage import (
    AS_JSON,
    SIMPLE_MAPPING,
    day_of,
    link,
    noting,
    rows,
    said,
    saying_it,
    simple,
    values,
    whole_of,
)

ALL = rows(*range(1, 8))
EVERY_VALUE = [str(n) for n in range(1, 8)]
BY_PAGE = {"date": "{day}", "no": "{page}", "n": "{size}"}


def by_page(**paging: Any) -> Link:
    return simple(query=BY_PAGE, paging={"style": "page", "size": 3, **paging})


def numbered(request: httpx.Request, capped: int = 3, **more: Any) -> dict[str, Any]:
    no = int(request.url.params["no"])
    return {"rows": ALL[capped * (no - 1) : capped * no], "no": no, **more}


@pytest.mark.parametrize(
    ("paging", "asked"),
    [({}, 4), ({"last": "short"}, 3), ({"total_pages": "$.pages"}, 3), ({"total_rows": "$.total"}, 3)],
)
async def test_numbered_pages_go_on_to_the_last(paging: dict[str, str], asked: int) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params["no"])
        assert request.url.params["n"] == "3"
        return said(numbered(request, pages=3, total=7))

    assert values(await day_of(answer, by_page(**paging, echo="$.no"))) == EVERY_VALUE
    assert seen == [str(n) for n in range(1, asked + 1)]


async def test_a_platform_that_gives_less_than_was_asked_for_loses_nothing() -> None:
    assert values(await day_of(lambda asked: said(numbered(asked, capped=2)), by_page())) == EVERY_VALUE
    offset = simple(query={"d": "{day}", "at": "{offset}"}, paging={"style": "offset", "size": 3})

    def capped(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params["at"])
        return said({"rows": ALL[at : at + 2]})

    assert values(await day_of(capped, offset)) == EVERY_VALUE


async def test_numbers_may_begin_with_zero_and_stand_in_a_body_as_numbers() -> None:
    bodies: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return said({"rows": ALL if bodies[-1]["no"] == 0 else []})

    body = {"day": "{day}", "no": "{page}", "label": "page {page}"}
    asked = simple(method="POST", query={}, body=body, paging={"style": "page", "first": 0})
    assert values(await day_of(answer, asked)) == EVERY_VALUE
    assert bodies[0] == {"day": "2026-11-19", "no": 0, "label": "page 0"}


def cursors(request: httpx.Request) -> dict[str, Any]:
    at = int(request.url.params.get("after", "0"))
    return {
        "rows": ALL[at : at + 3],
        "next": at + 3 if at + 3 < len(ALL) else None,
        "more": at + 3 < len(ALL),
    }


BY_CURSOR = link(
    {"path": "feed", "query": {"after": "{cursor}"}, "rows": "$.rows[*]", "paging": {"style": "cursor", "cursor": "$.next"}},
    SIMPLE_MAPPING,
)  # fmt: skip


async def test_a_cursor_leads_on_and_is_kept_for_the_next_run() -> None:
    found = await whole_of(lambda asked: said(cursors(asked)), BY_CURSOR)
    assert values(found) == EVERY_VALUE
    assert [delivery.cursor for delivery in found] == ["3", "6", "6"]
    again = await whole_of(lambda asked: said(cursors(asked)), replace(BY_CURSOR, cursor="6"))
    assert [(delivery.key, delivery.cursor) for delivery in again] == [(found[-1].key, None)]


async def test_a_feed_that_says_whether_there_is_more_ends_with_its_newest_cursor() -> None:
    feed = {
        **BY_CURSOR.quirks["request"],
        "paging": {"style": "cursor", "cursor": "$.next", "more": "$.more"},
    }
    asked = link(feed, SIMPLE_MAPPING)
    found = await whole_of(lambda _: said({"rows": ALL, "next": "x9", "more": False}), asked)
    assert [delivery.cursor for delivery in found] == ["x9"]
    nothing_new = saying_it({"rows": [], "next": "x9", "more": False})
    assert await whole_of(nothing_new, replace(asked, cursor="x9")) == []
    with pytest.raises(SourceMalformed, match="expected true or false"):
        await whole_of(lambda _: said({"rows": ALL, "next": "x", "more": "perhaps"}), asked)
    with pytest.raises(SourceMalformed, match="promises more"):
        await whole_of(lambda _: said({"rows": ALL, "more": True}), asked)


async def test_a_link_header_leads_on_within_its_own_origin() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("at", "0"))
        link_header = (
            f'</base/api/day?date=x&at={at + 4}>; rel="next", <http://elsewhere.example/>; rel="help"'
        )
        return said({"rows": ALL[at : at + 4]}, headers={"Link": link_header} if at == 0 else {})

    assert values(await day_of(answer, simple(paging={"style": "link"}))) == EVERY_VALUE


@pytest.mark.parametrize(
    "elsewhere",
    ["http://elsewhere.example/x", "https://platform.example/base/api/day?at=4", "//platform.example:81/"],
)
async def test_a_link_header_that_leads_elsewhere_is_not_followed(elsewhere: str) -> None:
    seen: list[httpx.Request] = []
    answering = noting(seen, saying_it({"rows": ALL}, headers={"Link": f'<{elsewhere}>; rel="next"'}))
    with pytest.raises(SourceMalformed, match="next page is elsewhere"):
        await day_of(answering, simple(paging={"style": "link"}))
    assert len(seen) == 1


COUNT = itertools.count()
STANDING: dict[str, tuple[Link, Callable[[httpx.Request], Any], str]] = {
    "the same page whatever is asked": (by_page(), lambda _: {"rows": ALL}, "holds the rows of a page before it"),
    "another page than asked": (by_page(echo="$.no"), lambda _: {"rows": ALL, "no": 7}, "asked for page 1, came '7'"),
    "an empty page before the last": (by_page(total_pages="$.p"), lambda _: {"rows": [], "p": 3}, "page 1 of 3 is empty"),
    "fewer rows than promised": (by_page(total_rows="$.t"), lambda asked: numbered(asked, t=9), "promised 9 rows, came 7"),
    "no count where one is declared": (by_page(total_pages="$.p"), lambda _: {"rows": ALL}, "came None, expected how many"),
    "pages without end": (
        by_page(pages_max=3), lambda asked: {"rows": rows(asked.url.params["no"])}, "more than 3",
    ),
    "a link to itself": (
        simple(paging={"style": "link"}),
        lambda asked: {"rows": rows(next(COUNT)), "to": str(asked.url)},
        "an earlier one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", STANDING)
async def test_pages_that_do_not_move_on_are_told(what: str) -> None:
    asked, document, words = STANDING[what]

    def answer(request: httpx.Request) -> httpx.Response:
        came = document(request)
        headers = {"Link": f"<{came['to']}>; rel=next"} if "to" in came else {}
        return httpx.Response(200, headers={**AS_JSON, **headers}, json=came)

    with pytest.raises(SourceMalformed, match=words):
        await day_of(answer, asked)


async def test_cursors_that_stand_or_go_in_a_circle_are_told() -> None:
    with pytest.raises(SourceMalformed, match="an earlier one did"):
        await whole_of(lambda asked: said({"rows": rows(str(asked.url)), "next": "a"}), BY_CURSOR)

    def round_and_round(request: httpx.Request) -> dict[str, Any]:
        after = request.url.params.get("after")
        return {"rows": rows(after), "next": {None: "a", "a": "b", "b": "a"}[after]}

    with pytest.raises(SourceMalformed, match="an earlier one did"):
        await whole_of(lambda asked: said(round_and_round(asked)), BY_CURSOR)
    with pytest.raises(SourceMalformed, match="a cursor of 3000 characters"):
        await whole_of(lambda _: said({"rows": ALL, "next": "x" * 3000}), BY_CURSOR)
