"""Slots of which nothing was said: one question for all points, and only of what is over."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.execution import budget
from graph.model.period import BEIJING, Granularity
from graph.ports import ReadingAsk
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources
from tests.graph.samples import point_row, reading_row

pytestmark = pytest.mark.anyio

MIDNIGHT = dt.datetime(2026, 11, 20, tzinfo=BEIJING)
DAY = dt.timedelta(days=1)
QUERY = """
query ($asOf: AsOfInput, $granularity: Granularity! = DAY) { dataPoints { nodes {
  missing(period: {from: "2026-11-20", to: "2026-11-25"}, granularity: $granularity, asOf: $asOf)
} } }
"""


def _sources() -> FakeSources:
    """It is noon of the 23rd; of one point the 20th and the 22nd were said, of the other nothing."""
    rows = [reading_row(1, 1, MIDNIGHT + DAY * day, Decimal(day)) for day in (0, 2)]
    registry = FakeRows({"data_point": [point_row(1, 1), point_row(1, 2)]})
    received = {"id": 4, "received_at": MIDNIGHT + DAY * 1.5}
    return FakeSources(registry, FakeRows({"batch": [received]}), FakeFigures(rows))


async def _days(sources: FakeSources, **variables: object) -> list[list[str]]:
    nodes = (await sources.data(QUERY, **variables))["dataPoints"]["nodes"]
    return [[start[8:10] for start in node["missing"]] for node in nodes]


async def test_what_is_over_and_was_not_said_is_missing() -> None:
    sources = _sources()
    assert await _days(sources) == [["21"], ["20", "21", "22"]]
    (asked,) = sources.figures.asks
    assert isinstance(asked, ReadingAsk)
    assert (asked.points, asked.gaps, asked.first) == ([(1, 1), (1, 2)], True, None)


async def test_a_start_is_said_with_its_offset() -> None:
    nodes = (await _sources().data(QUERY))["dataPoints"]["nodes"]
    assert nodes[0]["missing"] == ["2026-11-21T00:00:00+08:00"]


async def test_an_hour_that_runs_is_not_missing_yet() -> None:
    hours = (await _sources().data(QUERY, granularity="HOUR"))["dataPoints"]["nodes"][1]["missing"]
    assert len(hours) == 3 * 24 + 12
    assert hours[-1] == "2026-11-23T11:00:00+08:00"


@pytest.mark.parametrize(
    "then", [{"batch": 4}, {"moment": "2026-11-21T12:00:00+08:00"}], ids=["a batch", "a moment"]
)
async def test_as_of_then_only_what_was_over_then_is_missing(then: dict[str, object]) -> None:
    assert await _days(_sources(), asOf=then) == [[], ["20"]]


@pytest.mark.parametrize("granularity", [word.name for word in Granularity])
async def test_before_the_first_batch_nothing_was_over(granularity: str) -> None:
    assert await _days(_sources(), asOf={"batch": 0}, granularity=granularity) == [[], []]


async def test_a_year_is_missing_only_when_nothing_was_said_of_its_months_either() -> None:
    sources = _sources()
    sources.figures.reading_rows = [
        reading_row(1, 1, dt.datetime(2024, 3, 1, tzinfo=BEIJING), Decimal(1)),
        reading_row(1, 2, dt.datetime(2025, 1, 1, tzinfo=BEIJING), Decimal(1)),
    ]
    query = QUERY.replace("2026-11-20", "2024-05-01")
    nodes = (await sources.data(query, granularity="YEAR"))["dataPoints"]["nodes"]
    assert [[start[:4] for start in node["missing"]] for node in nodes] == [["2025"], ["2024"]]


async def test_more_slots_than_an_answer_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "ROWS_PER_QUESTION_MAX", 14)
    assert await _days(_sources())
    monkeypatch.setattr(budget, "ROWS_PER_QUESTION_MAX", 13)
    result = await _sources().ask(QUERY)
    assert result.errors
    assert {str(error.formatted["extensions"]) for error in result.errors} == {
        "{'code': 'TOO_LARGE', 'place': 'period'}"
    }
