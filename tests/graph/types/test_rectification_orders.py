"""Rectification orders: those past their deadline are one question, and each leads to what it stands on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, unit_row
from tests.house.tree import ROOT

pytestmark = pytest.mark.anyio


def _order(number: int, deadline: str, state: str = "issued", closed: str | None = None, **more: Any) -> Row:
    return {
        "number": f"虚节改〔2026〕{number}号",
        "unit": code_of(number),
        "province": "910000",
        "inspection": None,
        "issued_by": "lead-91",
        "issued_on": dt.date(2026, 3, 10),
        "deadline": dt.date.fromisoformat(deadline),
        "grounds": "未配备能源计量器具",
        "state": state,
        "closed_on": dt.date.fromisoformat(closed) if closed else None,
        **more,
    }


ORDERS = [
    _order(1, "2026-06-30", inspection="检查1"),
    _order(2, "2026-05-31", "mended", "2026-05-20"),
    _order(3, "2026-04-30", province="920000", issued_by="ndrc"),
    _order(4, "2026-12-31"),
]
INSPECTION = {
    "key": "检查1",
    "unit": code_of(1),
    "province": "910000",
    "agency": "lead-91",
    "held_on": dt.date(2026, 3, 1),
    "basis": "节约能源法第五十四条",
    "findings": "无计量器具",
    "outcome": "rectification_ordered",
}
LEAD = {"key": "lead-91", "name": "虚构省发展改革委", "role": "lead", "province": "910000"}


def _sources(reach: Reach | None = None) -> FakeSources:
    rows = {
        "rectification_order": ORDERS,
        "inspection": [INSPECTION],
        "agency": [LEAD],
        "unit": [unit_row(number) for number in (1, 2, 3, 4)],
    }
    sources = FakeSources(FakeRows(rows))
    sources.reach = reach or sources.reach
    return sources


LIST = """query ($filter: RectificationOrderFilter) {
  rectificationOrders(filter: $filter) { nodes { number } totalCount }
}"""


async def _numbers(filters: dict[str, Any], reach: Reach | None = None) -> list[int]:
    page = (await _sources(reach).data(LIST, filter=filters))["rectificationOrders"]
    assert page["totalCount"] == len(page["nodes"])
    return [int(node["number"][-2]) for node in page["nodes"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [3, 2, 1, 4]),
        ({"state": ["MENDED", "FAILED"]}, [2]),
        ({"inspection": ["检查1"]}, [1]),
        ({"issuedBy": ["ndrc"]}, [3]),
        ({"province": ["910000"], "deadlineBefore": "2026-06-30"}, [2]),
        ({"issuedFrom": "2026-03-11"}, []),
        ({"issuedBefore": "2026-03-11", "unit": [code_of(4)]}, [4]),
    ],
)
async def test_orders_are_narrowed_by_every_condition(filters: dict[str, Any], found: list[int]) -> None:
    assert await _numbers(filters) == found


async def test_a_province_reads_of_its_own_orders_and_a_unit_of_its_own() -> None:
    assert await _numbers({}, Reach(region=RegionCode("920000"))) == [3]
    assert await _numbers({}, Reach(unit=CreditCode(code_of(1)))) == [1]


async def test_orders_past_their_deadline_are_one_question_with_what_they_stand_on() -> None:
    sources = _sources()
    query = (ROOT / "docs" / "queries" / "orders_past_deadline.graphql").read_text("utf-8")
    page = (await sources.data(query, before="2026-11-23"))["rectificationOrders"]
    assert [(node["deadline"], node["owner"]["name"]) for node in page["nodes"]] == [
        ("2026-04-30", "虚构钢铁3厂"),
        ("2026-06-30", "虚构钢铁1厂"),
    ]
    other, own = page["nodes"]
    assert own["inspectionDetail"] == {
        "heldOn": "2026-03-01",
        "basis": "节约能源法第五十四条",
        "findings": "无计量器具",
    }
    assert (own["agencyDetail"], other["agencyDetail"]) == ({"name": "虚构省发展改革委"}, None)
    assert other["inspectionDetail"] is None
    nouns = ["agency", "inspection", "rectification_order", "unit"]
    assert sorted(ask.noun for ask in sources.registry.asks) == nouns


async def test_an_inspections_and_a_units_orders_hang_on_them() -> None:
    query = f"""{{ inspections {{ nodes {{ orders {{ number }} }} }}
      unit(creditCode: "{code_of(2)}") {{ rectificationOrders {{ state closedOn }} }} }}"""
    data = await _sources().data(query)
    assert data["inspections"]["nodes"] == [{"orders": [{"number": "虚节改〔2026〕1号"}]}]
    assert data["unit"]["rectificationOrders"] == [{"state": "MENDED", "closedOn": "2026-05-20"}]


async def test_an_order_is_found_by_its_number_and_an_unknown_number_is_null() -> None:
    query = "query ($number: String!) { rectificationOrder(number: $number) { deadline } }"
    known = {"number": "虚节改〔2026〕1号"}
    assert (await _sources().data(query, **known))["rectificationOrder"] == {"deadline": "2026-06-30"}
    assert (await _sources().data(query, number="虚节改〔2026〕9号"))["rectificationOrder"] is None
    there = Reach(region=RegionCode("920000"))
    assert (await _sources(there).data(query, **known))["rectificationOrder"] is None
