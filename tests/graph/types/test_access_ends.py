"""Access ends through the schema: who is late by how many days today, and the ways to and from a unit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.principal import Reach
from graph.model.progress import connection_progress, days_overdue
from graph.model.region import RegionCode
from graph.ports import Compare, Condition
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import Row, code_of, unit_row

TODAY = dt.date(2026, 11, 23)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@given(DAYS, st.none() | DAYS, DAYS)
def test_who_is_late_by_days_is_counted_as_overdue_and_nobody_else(
    planned: dt.date, connected_on: dt.date | None, today: dt.date
) -> None:
    counted = connection_progress([(planned, connected_on)], today, today).overdue
    days = days_overdue(planned, connected_on, today)
    assert days is not None
    assert (days > 0) == (counted == 1)
    assert days in (0, (today - planned).days)


def test_without_a_planned_day_nobody_is_late() -> None:
    assert days_overdue(None, None, TODAY) is None


def _end(number: int, planned: dt.date | None, connected_on: dt.date | None = None, **more: Any) -> Row:
    return {
        "unit": code_of(number),
        "province": "910000",
        "tier": "thousand",
        "stage": "connected" if connected_on else "installed",
        "next_stage": "accepted" if connected_on else "connected",
        "connected_planned": planned,
        "connected_on": connected_on,
        **more,
    }


def _sources() -> FakeSources:
    ends = [
        _end(1, TODAY - dt.timedelta(10)),
        _end(2, TODAY),
        _end(3, TODAY - dt.timedelta(10), TODAY - dt.timedelta(2)),
        _end(4, None, stage=None, next_stage=None, province="920000"),
    ]
    units = [unit_row(n) for n in (1, 2, 3)] + [unit_row(4, province="920000")]
    milestones = [
        {"unit": code_of(1), "province": "910000", "tier": "thousand", "stage": stage, "planned": TODAY}
        for stage in ("surveyed", "connected")
    ]
    rows = {"access_end": ends, "unit": units, "access_end_milestone": milestones}
    return FakeSources(FakeRows(rows))


pytestmark = pytest.mark.anyio


async def test_overdue_days_are_of_today() -> None:
    fields = "stage nextStage connectedPlanned connectedOn overdueDays"
    nodes = (await _sources().data(f"{{ accessEnds {{ nodes {{ {fields} }} }} }}"))["accessEnds"]["nodes"]
    assert [(node["stage"], node["nextStage"], node["overdueDays"]) for node in nodes] == [
        ("INSTALLED", "CONNECTED", 10),
        ("INSTALLED", "CONNECTED", 0),
        ("CONNECTED", "ACCEPTED", 0),
        (None, None, None),
    ]
    assert nodes[2]["connectedOn"] == "2026-11-21"


async def test_a_unit_leads_to_its_access_end_and_back_in_one_question_each() -> None:
    sources = _sources()
    question = """{ units { nodes { creditCode
        accessEnd { overdueDays owner { name } milestones { stage } } } } }"""
    nodes = (await sources.data(question))["units"]["nodes"]
    assert [node["accessEnd"]["overdueDays"] for node in nodes] == [10, 0, 0, None]
    assert nodes[0]["accessEnd"]["owner"] == {"name": "虚构钢铁1厂"}
    assert nodes[0]["accessEnd"]["milestones"] == [{"stage": "SURVEYED"}, {"stage": "CONNECTED"}]
    nouns = [ask.noun for ask in sources.registry.asks]
    assert sorted(nouns) == ["access_end", "access_end_milestone", "unit", "unit"]


async def test_who_is_overdue_is_asked_with_two_conditions() -> None:
    sources = _sources()
    question = """{ accessEnds(filter: {connected: false, plannedBefore: "2026-11-23", province: ["910000"],
        tier: [THOUSAND], stage: [INSTALLED], nextStage: [CONNECTED]}) { nodes { unit } totalCount } }"""
    found = (await sources.data(question))["accessEnds"]
    assert found == {"nodes": [{"unit": code_of(1)}], "totalCount": 1}
    (asked,) = sources.registry.asks
    assert set(asked.where) == {
        Condition("province", ("910000",), Compare.IN),
        Condition("tier", ("thousand",), Compare.IN),
        Condition("stage", ("installed",), Compare.IN),
        Condition("next_stage", ("connected",), Compare.IN),
        Condition("connected_on", None),
        Condition("connected_planned", TODAY, Compare.LT),
    }


async def test_a_province_sees_its_own_access_ends_only() -> None:
    sources = _sources()
    sources.reach = Reach(region=RegionCode("920000"))
    data = await sources.data("{ accessEnds { nodes { unit } } }")
    assert data["accessEnds"]["nodes"] == [{"unit": code_of(4)}]
    asked = f'{{ accessEnd(unit: "{code_of(1)}") {{ unit }} }}'
    assert (await sources.data(asked))["accessEnd"] is None


async def test_a_stage_that_is_none_is_refused() -> None:
    error = await _sources().error("{ accessEnds(filter: {stage: [BUILT]}) { totalCount } }")
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
