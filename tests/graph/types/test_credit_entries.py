"""Credit entries: which units go to the credit platform, on which ground, after which order."""

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
NUMBER = "虚节改〔2026〕1号"


def _entry(number: int, ground: str, state: str, day: str, **more: Any) -> Row:
    return {
        "key": f"失信{number}",
        "unit": code_of(number),
        "province": "910000",
        "ground": ground,
        "order_number": None,
        "state": state,
        "candidate_on": dt.date.fromisoformat(day),
        "evidence": "连续三十日未上传",
        **more,
    }


ENTRIES = [
    _entry(1, "not_built", "listed", "2026-07-10", listed_on=dt.date(2026, 8, 1), order_number=NUMBER),
    _entry(2, "not_uploaded", "candidate", "2026-06-10"),
    _entry(3, "not_kept_running", "candidate", "2026-09-10", province="920000"),
]
ORDER = {
    "number": NUMBER,
    "unit": code_of(1),
    "province": "910000",
    "issued_by": "ndrc",
    "issued_on": dt.date(2026, 3, 10),
    "deadline": dt.date(2026, 6, 30),
    "grounds": "未建接入端",
    "state": "failed",
    "closed_on": dt.date(2026, 7, 1),
}


def _sources(reach: Reach | None = None) -> FakeSources:
    units = [unit_row(number) for number in (1, 2, 3)]
    sources = FakeSources(FakeRows({"credit_entry": ENTRIES, "rectification_order": [ORDER], "unit": units}))
    sources.reach = reach or sources.reach
    return sources


LIST = "query ($filter: CreditEntryFilter) { creditEntries(filter: $filter) { nodes { key } totalCount } }"


async def _keys(filters: dict[str, Any], reach: Reach | None = None) -> list[str]:
    page = (await _sources(reach).data(LIST, filter=filters))["creditEntries"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["key"] for node in page["nodes"]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["失信2", "失信1", "失信3"]),
        ({"state": ["CANDIDATE"], "province": ["910000"]}, ["失信2"]),
        ({"ground": ["NOT_BUILT", "NOT_KEPT_RUNNING"]}, ["失信1", "失信3"]),
        ({"orderNumber": [NUMBER]}, ["失信1"]),
        ({"candidateFrom": "2026-07-10", "candidateBefore": "2026-09-10"}, ["失信1"]),
        ({"unit": [code_of(3)]}, ["失信3"]),
    ],
)
async def test_entries_are_narrowed_by_every_condition(filters: dict[str, Any], found: list[str]) -> None:
    assert await _keys(filters) == found


async def test_a_province_reads_of_its_own_entries_and_a_unit_of_its_own() -> None:
    assert await _keys({}, Reach(region=RegionCode("920000"))) == ["失信3"]
    assert await _keys({}, Reach(unit=CreditCode(code_of(1)))) == ["失信1"]


async def test_an_entry_leads_to_its_unit_and_to_the_order_left_unheeded_and_back() -> None:
    query = """{ creditEntries(orderBy: KEY) { nodes { ground state listedOn delistedOn owner { name }
      order { state creditEntries { key } } } } }"""
    sources = _sources()
    listed, candidate, _ = (await sources.data(query))["creditEntries"]["nodes"]
    assert listed == {
        "ground": "NOT_BUILT",
        "state": "LISTED",
        "listedOn": "2026-08-01",
        "delistedOn": None,
        "owner": {"name": "虚构钢铁1厂"},
        "order": {"state": "FAILED", "creditEntries": [{"key": "失信1"}]},
    }
    assert candidate["order"] is None
    assert sources.registry.asked("rectification_order") == 1


async def test_a_units_entries_hang_on_it() -> None:
    query = f'{{ unit(creditCode: "{code_of(2)}") {{ creditEntries {{ key ground }} }} }}'
    assert (await _sources().data(query))["unit"] == {
        "creditEntries": [{"key": "失信2", "ground": "NOT_UPLOADED"}]
    }


async def test_an_entry_is_found_by_its_key_and_an_unknown_key_is_null() -> None:
    query = "query ($key: String!) { creditEntry(key: $key) { evidence } }"
    assert (await _sources().data(query, key="失信1"))["creditEntry"] == {"evidence": "连续三十日未上传"}
    assert (await _sources().data(query, key="失信9"))["creditEntry"] is None
    there = Reach(region=RegionCode("920000"))
    assert (await _sources(there).data(query, key="失信1"))["creditEntry"] is None
