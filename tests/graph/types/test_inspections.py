"""Inspections: who found what at which unit, and what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, unit_row

pytestmark = pytest.mark.anyio


def _inspection(number: int, day: str, outcome: str = "conforming", **more: Any) -> Row:
    return {
        "key": f"检查{number}",
        "unit": code_of(number),
        "province": "910000",
        "agency": "lead-91",
        "held_on": dt.date.fromisoformat(day),
        "basis": "节约能源法第五十四条",
        "findings": "无计量器具",
        "outcome": outcome,
        **more,
    }


INSPECTIONS = [
    _inspection(1, "2026-03-01", "rectification_ordered"),
    _inspection(2, "2026-02-01"),
    _inspection(3, "2026-05-01", "advised", province="920000", agency="ndrc"),
]
LEAD = {"key": "lead-91", "name": "虚构省发展改革委", "role": "lead", "province": "910000"}


def _sources(reach: Reach | None = None) -> FakeSources:
    units = [unit_row(1), unit_row(2), unit_row(3, province="920000")]
    sources = FakeSources(FakeRows({"inspection": INSPECTIONS, "unit": units, "agency": [LEAD]}))
    sources.reach = reach or sources.reach
    return sources


LIST = "query ($filter: InspectionFilter) { inspections(filter: $filter) { nodes { key } totalCount } }"


async def _keys(filters: dict[str, Any], reach: Reach | None = None) -> list[str]:
    page = (await _sources(reach).data(LIST, filter=filters))["inspections"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["key"] for node in page["nodes"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["检查2", "检查1", "检查3"]),
        ({"outcome": ["RECTIFICATION_ORDERED", "PENALISED"]}, ["检查1"]),
        ({"agency": ["ndrc"]}, ["检查3"]),
        ({"province": ["910000"], "heldFrom": "2026-02-02"}, ["检查1"]),
        ({"heldBefore": "2026-03-01"}, ["检查2"]),
        ({"unit": [code_of(2)]}, ["检查2"]),
    ],
)
async def test_inspections_are_narrowed_by_every_condition(filters: dict[str, Any], found: list[str]) -> None:
    assert await _keys(filters) == found


async def test_a_province_reads_of_its_own_inspections_and_a_unit_of_its_own() -> None:
    assert await _keys({}, Reach(region=RegionCode("920000"))) == ["检查3"]
    assert await _keys({}, Reach(unit=CreditCode(code_of(1)))) == ["检查1"]


async def test_an_inspection_leads_to_its_unit_and_agency_in_one_question_a_noun() -> None:
    sources = _sources()
    query = "{ inspections(orderBy: KEY) { nodes { outcome basis findings owner { name } agencyDetail { name } } } }"
    first, _, third = (await sources.data(query))["inspections"]["nodes"]
    assert first == {
        "outcome": "RECTIFICATION_ORDERED",
        "basis": "节约能源法第五十四条",
        "findings": "无计量器具",
        "owner": {"name": "虚构钢铁1厂"},
        "agencyDetail": {"name": "虚构省发展改革委"},
    }
    assert third["agencyDetail"] is None
    assert sorted(ask.noun for ask in sources.registry.asks) == ["agency", "inspection", "unit"]


async def test_a_units_inspections_hang_on_it() -> None:
    query = f'{{ unit(creditCode: "{code_of(1)}") {{ inspections {{ key heldOn }} }} }}'
    assert (await _sources().data(query))["unit"] == {
        "inspections": [{"key": "检查1", "heldOn": "2026-03-01"}]
    }


async def test_an_inspection_is_found_by_its_key_and_an_unknown_key_is_null() -> None:
    query = "query ($key: String!) { inspection(key: $key) { unit } }"
    assert (await _sources().data(query, key="检查1"))["inspection"] == {"unit": code_of(1)}
    assert (await _sources().data(query, key="检查9"))["inspection"] is None
    there = Reach(region=RegionCode("920000"))
    assert (await _sources(there).data(query, key="检查1"))["inspection"] is None
