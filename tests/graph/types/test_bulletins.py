"""Bulletins: by quarter and edition, with the batch they speak up to and who approved them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row

pytestmark = pytest.mark.anyio


def _bulletin(quarter: str, edition: int, state: str, **more: Any) -> Row:
    row = {"quarter": quarter, "edition": edition, "title": f"{quarter}建设进展通报", "state": state}
    return {**row, "as_of_batch": 7, "text": "各地区建设进展……", **more}


DAY = dt.date(2026, 8, 20)
BULLETINS = [
    _bulletin("2026Q3", 1, "draft", as_of_batch=None, ndrc_approved_on=dt.date(2026, 11, 1)),
    _bulletin("2026Q2", 1, "published", published_on=DAY, ndrc_approved_on=DAY, samr_approved_on=DAY),
    _bulletin("2026Q2", 2, "approved", ndrc_approved_on=DAY, samr_approved_on=DAY),
]


def _sources() -> FakeSources:
    return FakeSources(FakeRows({"bulletin": BULLETINS}))


LIST = """query ($filter: BulletinFilter) {
  bulletins(filter: $filter) { nodes { quarter edition } totalCount }
}"""


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [("2026Q2", 1), ("2026Q2", 2), ("2026Q3", 1)]),
        ({"quarter": ["2026-Q3"]}, [("2026Q3", 1)]),
        ({"state": ["PUBLISHED", "APPROVED"]}, [("2026Q2", 1), ("2026Q2", 2)]),
        ({"publishedFrom": "2026-08-20", "publishedBefore": "2026-08-21"}, [("2026Q2", 1)]),
        ({"publishedBefore": "2026-08-20"}, []),
    ],
)
async def test_bulletins_are_narrowed_by_every_condition(
    filters: dict[str, Any], found: list[tuple[str, int]]
) -> None:
    page = (await _sources().data(LIST, filter=filters))["bulletins"]
    assert [(node["quarter"], node["edition"]) for node in page["nodes"]] == found
    assert page["totalCount"] == len(found)


@pytest.mark.parametrize(
    ("quarter", "edition", "found"),
    [
        ("2026Q2", 2, {"state": "APPROVED", "asOfBatch": 7, "samrApprovedOn": "2026-08-20"}),
        ("2026Q3", 1, {"state": "DRAFT", "asOfBatch": None, "samrApprovedOn": None}),
        ("2026Q3", 2, None),
        ("2026Q1", 1, None),
    ],
)
async def test_a_bulletin_is_found_by_quarter_and_edition_and_an_unknown_one_is_null(
    quarter: str, edition: int, found: dict[str, Any] | None
) -> None:
    query = """query ($quarter: String!, $edition: Int!) {
      bulletin(quarter: $quarter, edition: $edition) { state asOfBatch samrApprovedOn } }"""
    assert (await _sources().data(query, quarter=quarter, edition=edition))["bulletin"] == found


async def test_a_quarter_that_is_none_is_refused() -> None:
    error = await _sources().error('{ bulletin(quarter: "autumn", edition: 1) { title } }')
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_the_latest_quarter_comes_first_where_asked_for() -> None:
    query = "{ bulletins(descending: true, first: 1) { nodes { title text } } }"
    nodes = (await _sources().data(query))["bulletins"]["nodes"]
    assert nodes == [{"title": "2026Q3建设进展通报", "text": "各地区建设进展……"}]
