"""Duties: what is overdue is one question, and a duty leads to who owes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.region import RegionCode
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, province_row, unit_row

pytestmark = pytest.mark.anyio


def _duty(kind: str, subject: str, due: str, done: str | None = None, **more: Any) -> Row:
    return {
        "key": f"{kind}:{subject}",
        "kind": kind,
        "province": "910000",
        "unit": None,
        "subject": subject,
        "due_on": dt.date.fromisoformat(due),
        "done_on": dt.date.fromisoformat(done) if done else None,
        "clause": "第四部分",
        **more,
    }


STAGE = f"{code_of(1)}/connected"
DUTIES = [
    _duty("quarterly_report", "910000/2026Q3", "2026-10-15"),
    _duty("quarterly_report", "910000/2026Q2", "2026-07-15", "2026-07-20"),
    _duty("quarterly_report", "920000/2026Q3", "2026-10-15", province="920000"),
    _duty("access_end", STAGE, "2026-06-30", unit=code_of(1)),
    _duty("access_end", f"{code_of(2)}/connected", "2026-12-31", unit=code_of(2)),
]


def _sources(reach: Reach | None = None) -> FakeSources:
    provinces = [province_row(number) for number in (91, 92)]
    rows = {"duty": DUTIES, "region": provinces, "unit": [unit_row(1), unit_row(2)]}
    sources = FakeSources(FakeRows({noun: list(kept) for noun, kept in rows.items()}))
    sources.reach = reach or sources.reach
    return sources


LIST = "query ($filter: DutyFilter) { duties(filter: $filter) { nodes { subject } totalCount } }"


async def _subjects(filters: dict[str, Any], reach: Reach | None = None) -> list[str]:
    page = (await _sources(reach).data(LIST, filter=filters))["duties"]
    subjects = [node["subject"] for node in page["nodes"]]
    assert page["totalCount"] == len(subjects)
    return subjects


OVERDUE = {"dueBefore": "2026-11-23", "done": False}


async def test_overdue_duties_are_one_question_the_longest_overdue_first() -> None:
    assert await _subjects(OVERDUE) == [STAGE, "910000/2026Q3", "920000/2026Q3"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"done": True}, ["910000/2026Q2"]),
        ({"kind": ["ACCESS_END"], "done": False, "dueFrom": "2026-07-01"}, [f"{code_of(2)}/connected"]),
        ({"province": ["920000"]}, ["920000/2026Q3"]),
        ({"unit": [code_of(1)]}, [STAGE]),
        ({"dueBefore": "2026-06-30"}, []),
    ],
)
async def test_duties_are_narrowed_by_every_condition(filters: dict[str, Any], found: list[str]) -> None:
    assert await _subjects(filters) == found


async def test_a_province_reads_of_its_own_duties_and_a_unit_of_its_own() -> None:
    assert await _subjects({}, Reach(region=RegionCode("920000"))) == ["920000/2026Q3"]
    assert await _subjects({}, Reach(unit=CreditCode(code_of(1)))) == [STAGE]


async def test_a_duty_leads_to_who_owes_it_in_one_question_a_noun() -> None:
    sources = _sources()
    query = "{ duties { nodes { kind dueOn doneOn clause owner { name } provinceDetail { name } } } }"
    nodes = (await sources.data(query))["duties"]["nodes"]
    assert nodes[0] == {
        "kind": "ACCESS_END",
        "dueOn": "2026-06-30",
        "doneOn": None,
        "clause": "第四部分",
        "owner": {"name": "虚构钢铁1厂"},
        "provinceDetail": {"name": "虚构91省"},
    }
    assert [node["owner"] is None for node in nodes].count(True) == 3
    assert sorted(ask.noun for ask in sources.registry.asks) == ["duty", "region", "unit"]


async def test_a_duty_is_found_by_its_key_and_an_unknown_key_is_null() -> None:
    query = "query ($key: String!) { duty(key: $key) { subject doneOn } }"
    key = "quarterly_report:910000/2026Q2"
    there = Reach(region=RegionCode("920000"))
    assert (await _sources().data(query, key=key))["duty"] == {
        "subject": "910000/2026Q2",
        "doneOn": "2026-07-20",
    }
    assert (await _sources().data(query, key="quarterly_report:910000/2031Q1"))["duty"] is None
    assert (await _sources(there).data(query, key=key))["duty"] is None


async def test_duties_come_in_the_order_asked_for() -> None:
    query = "{ duties(orderBy: KEY, descending: true, first: 1) { nodes { subject } } }"
    assert (await _sources().data(query))["duties"]["nodes"] == [{"subject": "920000/2026Q3"}]


@pytest.mark.parametrize("filters", [{"unit": ["91"]}, {"province": ["9100"]}])
async def test_a_code_that_is_none_is_refused(filters: dict[str, Any]) -> None:
    error = await _sources().error(LIST, filter=filters)
    assert error["extensions"]["code"] == "MALFORMED_CODE"
