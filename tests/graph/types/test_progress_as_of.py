"""Construction progress and the nation's counts as of then: what was entered by then, seen from that day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from graphql import parse

from graph.errors import TooComplex
from graph.execution.guard import check
from graph.model.period import UTC
from graph.ports import NOW, AsOf
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources, schema
from tests.graph.samples import Row, code_of, province_row, unit_row

pytestmark = pytest.mark.anyio
RECEIVED = dt.datetime(2026, 10, 8, 16, 30, tzinfo=UTC)  # 00:30 of 9 October in Beijing
PROGRESS = """
query ($asOf: AsOfInput, $provinces: [String!]) {
  constructionProgress(quarter: "2026Q4", provinces: $provinces, asOf: $asOf) {
    unitsDue connected overdue platformsOverdue provinces { province mode stage overdueStages }
  }
}
"""
COVERAGE = 'query ($asOf: AsOfInput) { constructionProgress(quarter: "2026Q3", asOf: $asOf) { coverage { province } } }'
NATION = """
query ($asOf: AsOfInput) { nation {
  unitsTotal(asOf: $asOf) unitsByTier(asOf: $asOf) { tier units } unitsConnected(asOf: $asOf)
} }
"""


def _end(number: int, planned: dt.date, actual: dt.date | None) -> Row:
    row = {"unit": code_of(number), "province": "910000", "tier": "thousand", "stage": "connected"}
    return {**row, "planned": planned, "actual": actual}


def _stage(actual: dt.date | None) -> Row:
    return {"province": "910000", "stage": "built", "planned": dt.date(2026, 10, 8), "actual": actual}


def _sources() -> FakeSources:
    """One unit and no mode by then, two units and a platform that was built since."""
    platform = {"province": "910000", "name": "虚构平台", "operation_assured": True}
    ninth, day = dt.date(2026, 10, 9), dt.date(2026, 10, 8)
    then = {
        "platform_milestone": [_stage(None)],
        "access_end_milestone": [_end(1, day, ninth), _end(2, day, None), _end(3, ninth, None)],
        "unit": [unit_row(1)],
    }
    now = {
        "region": [province_row(91)],
        "platform": [{**platform, "mode": "platform"}],
        "platform_milestone": [_stage(dt.date(2026, 10, 20))],
        "access_end_milestone": [_end(number, day, ninth) for number in (1, 2, 3)],
        "unit": [unit_row(1), unit_row(2)],
    }
    counts = pa.table({"province": ["910000"], "due": [92], "received": [92]})
    return FakeSources(
        FakeRows(now, past=then),
        FakeRows({"batch": [{"id": 7, "received_at": RECEIVED}]}),
        FakeFigures(completeness_table=counts),
    )


async def _progress(as_of: Row | None) -> Any:
    return (await _sources().data(PROGRESS, asOf=as_of))["constructionProgress"]


@pytest.mark.parametrize(
    "as_of", [{"batch": 7}, {"moment": "2026-10-09T00:30:00+08:00"}, {"day": "2026-10-09"}], ids=str
)
async def test_progress_of_then_is_what_was_entered_seen_from_that_day(as_of: Row) -> None:
    then = await _progress(as_of)
    assert then.pop("provinces") == [
        {"province": "910000", "mode": None, "stage": None, "overdueStages": ["BUILT"]}
    ]
    assert then == {"unitsDue": 3, "connected": 1, "overdue": 1, "platformsOverdue": 1}


async def test_what_is_planned_for_the_day_itself_was_not_yet_overdue() -> None:
    eighth = await _progress({"day": "2026-10-08"})
    assert (eighth["overdue"], eighth["platformsOverdue"]) == (0, 0)


async def test_without_a_past_progress_is_of_now() -> None:
    now = await _progress(None)
    assert now.pop("provinces") == [
        {"province": "910000", "mode": "PLATFORM", "stage": "BUILT", "overdueStages": []}
    ]
    assert now == {"unitsDue": 3, "connected": 3, "overdue": 0, "platformsOverdue": 0}


async def test_a_batch_stands_for_the_moment_it_was_received() -> None:
    sources = _sources()
    await sources.data(PROGRESS, asOf={"batch": 7})
    asked = {ask.noun: ask.as_of for ask in sources.registry.asks}
    filed = ("platform", "platform_milestone", "access_end_milestone")
    assert asked == {"region": None, **dict.fromkeys(filed, RECEIVED)}
    assert len(sources.registry.asks) == len(asked)


async def test_coverage_beside_progress_is_of_the_same_state() -> None:
    for given, said in ((None, NOW), ({"batch": 7}, AsOf(batch=7))):
        sources = _sources()
        await sources.data(COVERAGE, asOf=given)
        assert {ask.as_of for ask in sources.figures.asks} == {said}
        assert any(ask.noun == "link" for ask in sources.registry.asks) is (given is None)


async def test_the_nation_counts_its_units_of_then() -> None:
    def tiers(thousand: int) -> list[Row]:
        counts = {"HUNDRED": 0, "THOUSAND": thousand, "TEN_THOUSAND": 0}
        return [{"tier": tier, "units": units} for tier, units in counts.items()]

    then = (await _sources().data(NATION, asOf={"batch": 7}))["nation"]
    assert then == {"unitsTotal": 1, "unitsByTier": tiers(1), "unitsConnected": 1}
    before = (await _sources().data(NATION, asOf={"day": "2026-10-08"}))["nation"]
    assert before["unitsConnected"] == 0  # its day was still to come
    now = (await _sources().data(NATION))["nation"]
    assert now == {"unitsTotal": 2, "unitsByTier": tiers(2), "unitsConnected": 3}


@pytest.mark.parametrize("query", [PROGRESS, NATION], ids=["progress", "nation"])
@pytest.mark.parametrize(
    ("as_of", "place"),
    [
        ({"batch": 8}, "asOf.batch"),
        ({"batch": -1}, "asOf.batch"),
        ({"day": "2026-11-23"}, "asOf"),
        ({"moment": "2026-11-23T12:00:01+08:00"}, "asOf"),
        ({"batch": 7, "day": "2026-10-09"}, "asOf"),
        ({}, "asOf"),
    ],
    ids=str,
)
async def test_a_past_that_was_not_is_refused(query: str, as_of: Row, place: str) -> None:
    result = await _sources().ask(query, asOf=as_of)
    assert result.errors
    told = {"code": "INVALID_INPUT", "place": place}
    assert all(error.formatted["extensions"] == told for error in result.errors)


async def test_a_provinces_own_progress_is_of_then_too() -> None:
    query = """query ($asOf: AsOfInput) {
      province(code: "910000") { progress(quarter: "2026Q4", asOf: $asOf) { unitsDue connected overdue stage } }
    }"""
    then = (await _sources().data(query, asOf={"day": "2026-10-09"}))["province"]["progress"]
    now = (await _sources().data(query))["province"]["progress"]
    assert then == {"unitsDue": 3, "connected": 1, "overdue": 1, "stage": None}
    assert now == {"unitsDue": 3, "connected": 3, "overdue": 0, "stage": "BUILT"}


async def test_the_nation_says_what_its_counts_rest_on() -> None:
    nation = (await _sources().data("{ nation { unitsTotal coverage { province rows } } }"))["nation"]
    assert sum(row["rows"] for row in nation["coverage"]) == nation["unitsTotal"] > 0


def test_a_past_that_is_asked_for_again_and_again_is_too_dear() -> None:
    past = " ".join(f'a{n}: unitsTotal(asOf: {{day: "2026-10-09"}})' for n in range(12))
    with pytest.raises(TooComplex, match="cost"):
        check(parse(f"{{ nation {{ {past} }} }}"), schema()._schema, {})
    now = " ".join(f"a{n}: unitsTotal" for n in range(12))
    check(parse(f"{{ nation {{ {now} }} }}"), schema()._schema, {})
