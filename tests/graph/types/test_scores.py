"""Scores: exact, by the edition of a formula, each province's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, province_row

pytestmark = pytest.mark.anyio


def _score(number: int, quarter: str, index: str, value: str, **more: Any) -> Row:
    return {
        "province": f"{number}0000",
        "quarter": quarter,
        "formula": "invented-2026",
        "edition": "1",
        "index_name": index,
        "value": Decimal(value),
        "rank": None,
        **more,
    }


SCORES = [
    _score(91, "2026Q3", "完整率", "0.912500", rank=2),
    _score(92, "2026Q3", "完整率", "0.950001", rank=1),
    _score(91, "2026Q3", "在线率", "0.8"),
    _score(91, "2026Q2", "完整率", "0.7"),
    _score(91, "2026Q3", "完整率", "0.92", edition="2"),
]


def _sources(reach: Reach | None = None) -> FakeSources:
    provinces = [province_row(number) for number in (91, 92)]
    sources = FakeSources(FakeRows({"score": SCORES, "region": provinces}))
    sources.reach = reach or sources.reach
    return sources


LIST = "query ($filter: ScoreFilter) { scores(filter: $filter) { nodes { province value } totalCount } }"


async def _values(filters: dict[str, Any], reach: Reach | None = None) -> list[str]:
    page = (await _sources(reach).data(LIST, filter=filters))["scores"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["value"] for node in page["nodes"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"quarter": ["2026-Q2"]}, ["0.7"]),
        ({"province": ["920000"]}, ["0.950001"]),
        ({"indexName": ["在线率"]}, ["0.8"]),
        ({"formula": ["invented-2026"], "edition": ["2"]}, ["0.92"]),
        ({"formula": ["another"]}, []),
    ],
)
async def test_scores_are_narrowed_by_every_condition(filters: dict[str, Any], found: list[str]) -> None:
    assert await _values(filters) == found


async def test_a_province_reads_its_own_scores_and_a_unit_none() -> None:
    assert await _values({}, Reach(region=RegionCode("920000"))) == ["0.950001"]
    assert await _values({}, Reach(unit=CreditCode(code_of(1)))) == []


async def test_scores_come_in_order_of_value_or_rank_with_their_province() -> None:
    query = """query ($by: ScoreOrder!) { scores(orderBy: $by, first: 1, filter: {edition: ["1"]}) {
      nodes { value rank provinceDetail { name } } } }"""
    by_rank = (await _sources().data(query, by="RANK"))["scores"]["nodes"]
    assert by_rank == [{"value": "0.950001", "rank": 1, "provinceDetail": {"name": "虚构92省"}}]
    by_value = (await _sources().data(query, by="VALUE"))["scores"]["nodes"]
    assert by_value == [{"value": "0.7", "rank": None, "provinceDetail": {"name": "虚构91省"}}]


KEY = {"province": "910000", "quarter": "2026Q3", "formula": "invented-2026", "edition": "2"}


@pytest.mark.parametrize(
    ("change", "found"),
    [({}, {"value": "0.92"}), ({"edition": "3"}, None), ({"quarter": "2026Q1"}, None)],
)
async def test_a_score_is_found_by_its_whole_key_and_an_unknown_key_is_null(
    change: dict[str, str], found: dict[str, str] | None
) -> None:
    query = """query ($province: String!, $quarter: String!, $formula: String!, $edition: String!) {
      score(province: $province, quarter: $quarter, formula: $formula, edition: $edition, indexName: "完整率") {
        value } }"""
    assert (await _sources().data(query, **{**KEY, **change}))["score"] == found
    there = Reach(region=RegionCode("920000"))
    assert (await _sources(there).data(query, **KEY))["score"] is None


async def test_a_quarter_that_is_none_is_refused() -> None:
    error = await _sources().error('{ scores(filter: {quarter: ["2026Q5"]}) { totalCount } }')
    assert error["extensions"]["code"] == "INVALID_INPUT"
