"""Construction progress at a quarter's end: who is due, who is connected, who is late, and who filed nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.credit_code import CreditCode
from graph.model.period import Quarter
from graph.model.platform import PlatformStage
from graph.model.principal import Reach
from graph.model.progress import (
    ConnectionProgress,
    Milestone,
    connection_progress,
    platform_progress,
)
from graph.model.region import RegionCode
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources, LatestAsk
from tests.graph.samples import Row, code_of, province_row, unit_row

LAST = dt.date(2026, 9, 30)
LATER = dt.date(2026, 11, 23)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def test_a_unit_planned_for_the_last_day_and_not_connected_is_overdue_the_day_after() -> None:
    planned = [(LAST, None)]
    assert connection_progress(planned, LAST, LAST) == ConnectionProgress(due=1)
    assert connection_progress(planned, LAST, LAST + dt.timedelta(days=1)) == ConnectionProgress(1, 0, 1)


def test_a_unit_connected_ahead_of_its_plan_counts_as_connected_and_not_as_due() -> None:
    assert connection_progress([(LATER, LAST)], LAST, LATER) == ConnectionProgress(connected=1)


def test_a_unit_connected_after_the_quarter_was_overdue_at_its_end() -> None:
    assert connection_progress([(LAST, _day("10-01"))], LAST, LATER) == ConnectionProgress(1, 0, 1)


@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=30), DAYS, DAYS, st.integers(0, 30))
def test_connections_of_a_part_and_of_the_rest_add_up(
    days: list[tuple[dt.date, dt.date | None]], last: dt.date, today: dt.date, cut: int
) -> None:
    whole = connection_progress(days, last, today)
    parts = connection_progress(days[:cut], last, today) + connection_progress(days[cut:], last, today)
    assert whole == parts
    assert whole.overdue <= whole.due <= len(days)


def test_a_stage_before_the_furthest_one_reached_is_not_overdue() -> None:
    plan = [
        Milestone(PlatformStage.BUILT, _day("03-01"), _day("03-02")),
        Milestone(PlatformStage.APPROVED, _day("01-01")),
        Milestone(PlatformStage.TRIAL, _day("09-30")),
        Milestone(PlatformStage.ACCEPTED, _day("12-31")),
    ]
    found = platform_progress(plan, LAST, LATER)
    assert (found.stage, found.next, found.overdue) == (PlatformStage.BUILT, plan[2], (PlatformStage.TRIAL,))
    assert platform_progress(plan, LAST, LAST).overdue == ()
    assert platform_progress([], LAST, LATER).stage is None


@given(
    st.lists(st.builds(Milestone, st.sampled_from(PlatformStage), DAYS, st.none() | DAYS), max_size=6),
    DAYS,
    DAYS,
)
def test_the_next_stage_comes_after_the_one_reached(
    plan: list[Milestone], last: dt.date, today: dt.date
) -> None:
    order = list(PlatformStage)
    plan = list({milestone.stage: milestone for milestone in plan}.values())
    found = platform_progress(plan, last, today)
    if found.stage is not None and found.next is not None:
        assert order.index(found.stage) < order.index(PlatformStage(found.next.stage))
    assert all(
        found.stage is None or order.index(found.stage) < order.index(stage) for stage in found.overdue
    )


# ---- through the schema ---------------------------------------------------------------------------------

QUERY = """
query ($quarter: String!, $provinces: [String!]) {
  constructionProgress(quarter: $quarter, provinces: $provinces) {
    quarter lastDay unitsDue connected overdue platformsOverdue
    provinces { province name mode stage nextStage nextPlanned overdueStages unitsDue connected overdue }
  }
}
"""


def _end(number: int, planned: str, actual: str | None, province: str = "910000", **changes: str) -> Row:
    return {
        "unit": code_of(number),
        "province": province,
        "tier": "thousand",
        "stage": "connected",
        "planned": _day(planned),
        "actual": _day(actual) if actual else None,
        **changes,
    }


def _sources() -> FakeSources:
    return FakeSources(
        FakeRows(
            {
                "region": [
                    *(province_row(number) for number in (91, 92, 93)),
                    {**province_row(91), "code": "910100", "level": "city"},
                ],
                "platform": [
                    {"province": "910000", "name": "虚构平台", "mode": "platform", "operation_assured": True},
                    {"province": "920000", "name": "无平台", "mode": "direct", "operation_assured": False},
                ],
                "platform_milestone": [
                    {
                        "province": "910000",
                        "stage": "built",
                        "planned": _day("03-01"),
                        "actual": _day("03-02"),
                    },
                    {"province": "910000", "stage": "trial", "planned": _day("09-01"), "actual": None},
                ],
                "access_end_milestone": [
                    _end(1, "06-30", "06-01"),
                    _end(2, "09-30", None),
                    _end(3, "12-31", None),
                    _end(4, "12-31", "09-30", province="920000"),
                    _end(5, "01-01", None, stage="installed"),
                ],
                "unit": [unit_row(1)],
            }
        )
    )


@pytest.mark.anyio
async def test_every_province_has_a_row_and_each_noun_is_asked_once() -> None:
    sources = _sources()
    found = (await sources.data(QUERY, quarter="2026-q3"))["constructionProgress"]
    assert found.pop("provinces") == [
        {
            "province": "910000",
            "name": "虚构91省",
            "mode": "PLATFORM",
            "stage": "BUILT",
            "nextStage": "TRIAL",
            "nextPlanned": "2026-09-01",
            "overdueStages": ["TRIAL"],
            "unitsDue": 2,
            "connected": 1,
            "overdue": 1,
        },
        _nothing("920000", "虚构92省", mode="DIRECT", connected=1),
        _nothing("930000", "虚构93省"),
    ]
    assert found == {
        "quarter": "2026Q3",
        "lastDay": "2026-09-30",
        "unitsDue": 2,
        "connected": 2,
        "overdue": 1,
        "platformsOverdue": 1,
    }
    assert len(sources.registry.asks) == len({ask.noun for ask in sources.registry.asks}) == 4


def _nothing(code: str, name: str, **changes: object) -> Row:
    none = dict.fromkeys(("mode", "stage", "nextStage", "nextPlanned"))
    counts = {"unitsDue": 0, "connected": 0, "overdue": 0}
    return {"province": code, "name": name, **none, "overdueStages": [], **counts, **changes}


@pytest.mark.anyio
async def test_a_province_sees_its_own_row_only() -> None:
    sources = _sources()
    sources.reach = Reach(region=RegionCode("910100"))
    rows = (await sources.data(QUERY, quarter="2026Q3"))["constructionProgress"]["provinces"]
    assert [row["province"] for row in rows] == ["910000"]
    data = await sources.data(QUERY, quarter="2026Q3", provinces=["920000"])
    assert data["constructionProgress"]["provinces"] == []


@pytest.mark.anyio
async def test_a_unit_sees_the_row_of_its_province_with_itself_in_it() -> None:
    sources = _sources()
    sources.reach = Reach(unit=CreditCode(code_of(1)))
    (row,) = (await sources.data(QUERY, quarter="2026Q3"))["constructionProgress"]["provinces"]
    assert (row["province"], row["unitsDue"], row["connected"]) == ("910000", 1, 1)


@pytest.mark.anyio
async def test_the_progress_of_all_provinces_is_asked_once_a_noun() -> None:
    sources = _sources()
    data = await sources.data(
        """{ regions { nodes { code progress(quarter: "2026Q3") { connected }
            platform { name milestones { stage } provinceDetail { english } } } } }"""
    )
    found = {node["code"]: node["progress"] for node in data["regions"]["nodes"]}
    assert found == {
        "910000": {"connected": 1},
        "910100": None,
        "920000": {"connected": 1},
        "930000": {"connected": 0},
    }
    nouns = [ask.noun for ask in sources.registry.asks]
    assert nouns.count("access_end_milestone") == 1
    assert nouns.count("platform_milestone") == 2  # the progress and the platforms' own


@pytest.mark.anyio
@pytest.mark.parametrize("quarter", ["2026Q5", "2026", "1026Q1", "Q1"])
async def test_a_quarter_that_is_none_is_refused(quarter: str) -> None:
    error = await _sources().error(QUERY, quarter=quarter)
    assert error["extensions"]["code"] == "INVALID_INPUT"


# ---- what the quarter's answer rests on -----------------------------------------------------------------

COVERED = """
query ($provinces: [String!]) {
  constructionProgress(quarter: "2026Q3", provinces: $provinces) { coverage { province state due received why } }
}
"""


def _covered() -> FakeSources:
    sources = _sources()
    counts = pa.table({"province": ["910000", "920000"], "due": [92, 92], "received": [92, 90]})
    return replace(sources, figures=FakeFigures(completeness_table=counts))


@pytest.mark.anyio
async def test_progress_says_what_has_come_of_the_quarters_readings() -> None:
    sources = _covered()
    rows = (await sources.data(COVERED))["constructionProgress"]["coverage"]
    assert [(row["province"], row["state"], row["due"], row["received"]) for row in rows] == [
        ("910000", "WHOLE", 92, 92),
        ("920000", "PARTIAL", 92, 90),
        ("930000", "NOT_DUE", 0, 0),
    ]
    assert {ask.period for ask in sources.figures.asks if not isinstance(ask, LatestAsk)} == {
        Quarter.parse("2026Q3").period
    }


@pytest.mark.anyio
async def test_a_progress_without_its_coverage_asks_no_figure() -> None:
    sources = _covered()
    await sources.data(QUERY, quarter="2026Q3")
    assert sources.figures.asks == []


@pytest.mark.anyio
async def test_a_province_is_told_of_its_own_coverage_of_the_quarter_only() -> None:
    sources = replace(_covered(), reach=Reach(region=RegionCode("920000")))
    rows = (await sources.data(COVERED))["constructionProgress"]["coverage"]
    assert [row["province"] for row in rows] == ["920000"]
    data = await sources.data(COVERED, provinces=["910000"])
    assert data["constructionProgress"]["coverage"] == []
