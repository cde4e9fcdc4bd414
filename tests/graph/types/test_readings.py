"""Readings below data points: one question a level, exact values, nothing left out unsaid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.execution import budget
from graph.model.period import BEIJING
from graph.ports import AsOf, ReadingAsk
from graph.types import reading as readings
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources
from tests.graph.samples import Row, code_of, point_row, reading_row, unit_row

pytestmark = pytest.mark.anyio

MIDNIGHT = dt.datetime(2026, 10, 1, tzinfo=BEIJING)
DAY = dt.timedelta(days=1)


def _sources(units: int = 3, points: int = 2, days: int = 4) -> FakeSources:
    numbers = [(unit, point) for unit in range(1, units + 1) for point in range(1, points + 1)]
    rows = [
        reading_row(unit, point, MIDNIGHT + DAY * day, Decimal(f"{unit}{point}{day}.5"))
        for unit, point in numbers
        for day in range(days)
    ]
    registry = FakeRows(
        {
            "unit": [unit_row(unit) for unit in range(1, units + 1)],
            "data_point": [point_row(unit, point) for unit, point in numbers],
        }
    )
    return FakeSources(registry, figures=FakeFigures(rows))


NESTED = """
query ($period: PeriodInput!, $first: Int, $asOf: AsOfInput) {
  units { nodes { creditCode dataPoints { code
    readings(period: $period, first: $first, asOf: $asOf) { start end value origin batch suspect }
  } } }
}
"""


async def test_units_points_and_readings_are_one_call_a_level() -> None:
    sources = _sources()
    data = await sources.data(NESTED, period={"from": "2026-10-01", "to": "2026-10-02"})
    units = data["units"]["nodes"]
    assert [len(point["readings"]) for unit in units for point in unit["dataPoints"]] == [2] * 6
    assert units[0]["dataPoints"][1]["readings"][1] == {
        "start": "2026-10-02T00:00:00+08:00",
        "end": "2026-10-03T00:00:00+08:00",
        "value": "121.5",
        "origin": "INSTRUMENT",
        "batch": 7,
        "suspect": False,
    }
    assert [ask.noun for ask in sources.registry.asks] == ["unit", "data_point"]
    assert len(sources.figures.asks) == 1


async def test_two_periods_are_two_calls_and_do_not_mix() -> None:
    sources = _sources(units=2, points=1)
    data = await sources.data(
        """{ dataPoints { nodes {
            one: readings(period: {from: "2026-10-01", to: "2026-10-01"}) { value }
            all: readings(period: {quarter: "2026Q4"}) { value }
            month: readings(period: {month: "2026-09"}) { value }
        } } }"""
    )
    assert [len(node["one"]) for node in data["dataPoints"]["nodes"]] == [1, 1]
    assert [len(node["all"]) for node in data["dataPoints"]["nodes"]] == [4, 4]
    assert [len(node["month"]) for node in data["dataPoints"]["nodes"]] == [0, 0]
    assert len(sources.figures.asks) == 3


async def test_granularity_period_first_and_as_of_reach_the_source() -> None:
    sources = _sources(units=1, points=1)
    sources.ledger.nouns["batch"] = [{"id": 12}]
    await sources.data(NESTED, period={"month": "2026-10"}, first=3, asOf={"batch": 12})
    (ask,) = sources.figures.asks
    assert isinstance(ask, ReadingAsk)
    assert (ask.points, ask.first, ask.as_of) == ([(1, 1)], 3, AsOf(batch=12))
    assert (ask.period.first_day, ask.period.last_day) == (dt.date(2026, 10, 1), dt.date(2026, 10, 31))


@pytest.mark.parametrize(
    ("period", "code", "place"),
    [
        ({}, "INVALID_INPUT", "period"),
        ({"from": "2026-10-01"}, "INVALID_INPUT", "period"),
        ({"month": "2026-10", "quarter": "2026Q4"}, "INVALID_INPUT", "period"),
        ({"from": "2000-01-01", "to": "2026-10-01"}, "TOO_LARGE", "period"),
        ({"from": "2026-10-02", "to": "2026-10-01"}, "INVALID_INPUT", None),
        ({"month": "2026-13"}, "INVALID_INPUT", None),
        ({"from": "2026-02-30", "to": "2026-10-01"}, "INVALID_INPUT", None),
    ],
)
async def test_a_period_that_is_none_is_refused(period: Row, code: str, place: str | None) -> None:
    result = await _sources(units=1, points=1).ask(NESTED, period=period)
    assert result.errors
    extensions = result.errors[0].formatted["extensions"]
    assert extensions["code"] == code
    assert extensions.get("place") == place


async def test_a_batch_and_a_moment_are_not_given_together() -> None:
    both = {"batch": 1, "moment": "2026-10-01T00:00:00+08:00"}
    result = await _sources(1, 1).ask(NESTED, period={"month": "2026-10"}, asOf=both)
    assert result.errors
    assert result.errors[0].formatted["extensions"] == {"code": "INVALID_INPUT", "place": "asOf"}


async def test_a_moment_without_an_offset_is_refused() -> None:
    error = await _sources(1, 1).error(
        NESTED, period={"month": "2026-10"}, asOf={"moment": "2026-10-01T00:00:00"}
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert "+08:00" in error["message"]


async def test_too_many_readings_are_an_error_unless_first_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readings, "ROWS_PER_PAGE_MAX", 3)
    sources = _sources(units=1, points=1, days=4)
    result = await sources.ask(NESTED, period={"month": "2026-10"})
    assert result.errors
    assert result.errors[0].formatted["extensions"] == {"code": "TOO_LARGE", "place": "period"}
    data = await sources.data(NESTED, period={"month": "2026-10"}, first=3)
    assert len(data["units"]["nodes"][0]["dataPoints"][0]["readings"]) == 3


async def test_a_level_of_readings_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "ROWS_PER_QUESTION_MAX", 100)
    sources = _sources(units=2, points=2)
    result = await sources.ask(NESTED, period={"quarter": "2026Q4"})
    assert result.errors
    assert result.errors[0].formatted["extensions"]["code"] == "TOO_LARGE"
    assert sources.figures.asks == []


async def test_the_limit_is_of_a_question_whatever_names_it_asks_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month = 'readings(period: {month: "2026-10"}, granularity: DAY) { value }'  # of at most 32 days a point
    monkeypatch.setattr(budget, "ROWS_PER_QUESTION_MAX", 70)
    sources = _sources(units=1, points=1)
    for names, is_answered in ((("a", "b"), True), (("a", "b", "c"), False)):
        fields = " ".join(f"{name}: {month}" for name in names)
        result = await sources.ask(f"{{ units {{ nodes {{ dataPoints {{ {fields} }} }} }} }}")
        assert (not result.errors) == is_answered


async def test_verdicts_are_asked_for_suspect_readings_only() -> None:
    sources = _sources(units=1, points=2, days=2)
    sources.figures.reading_rows[1]["suspect"] = True
    start = MIDNIGHT + DAY
    verdict = {
        "batch": 7,
        "unit_id": 1,
        "point_id": 1,
        "granularity": "day",
        "start": start,
        "rule": "out-of-range",
        "detail": "expected 0 to 100, came 111.5",
        "unit": code_of(1),
        "data_code": "0000000102330011",
        "province": "910000",
    }
    sources.ledger.nouns["verdict"] = [
        verdict,
        {**verdict, "granularity": "month"},
        {**verdict, "point_id": 2},
    ]
    query = """{ dataPoints { nodes {
        readings(period: {month: "2026-10"}) { suspect verdicts { rule detail owner { name } } }
    } } }"""
    data = await sources.data(query)
    found = [reading["verdicts"] for node in data["dataPoints"]["nodes"] for reading in node["readings"]]
    assert found[1] == [
        {"rule": "out-of-range", "detail": "expected 0 to 100, came 111.5", "owner": {"name": "虚构钢铁1厂"}}
    ]
    assert [found[0], *found[2:]] == [[], [], []]
    assert sources.ledger.asked("verdict") == 1
    sources.figures.reading_rows[1]["suspect"] = False
    await sources.data(query)
    assert sources.ledger.asked("verdict") == 1


@pytest.mark.parametrize(
    ("granularity", "end"),
    [
        ("QUARTER_HOUR", "2026-10-01T00:15:00+08:00"),
        ("HOUR", "2026-10-01T01:00:00+08:00"),
        ("DAY", "2026-10-02T00:00:00+08:00"),
        ("MONTH", "2026-11-01T00:00:00+08:00"),
    ],
)
async def test_a_reading_ends_where_its_granularity_says(granularity: str, end: str) -> None:
    query = """query ($unit: String!, $granularity: Granularity!) {
        reading(unit: $unit, code: "00-00-0001-023300-11", granularity: $granularity,
                start: "2026-09-30T16:00:00Z") { end value }
        none: reading(unit: $unit, code: "00-00-0001-023300-11", granularity: $granularity,
                start: "2026-09-30T16:00:01Z") { end }
        nowhere: reading(unit: $unit, code: "00-00-0009-023300-11", granularity: $granularity,
                start: "2026-09-30T16:00:00Z") { end }
    }"""
    data = await _sources(1, 1).data(query, unit=code_of(1), granularity=granularity)
    assert data == {"reading": {"end": end, "value": "110.5"}, "none": None, "nowhere": None}


async def test_a_malformed_data_code_names_the_segment() -> None:
    error = await _sources(1, 1).error(
        'query ($u: String!) { dataPoint(unit: $u, code: "00-00-0000023400-80") { code } }', u=code_of(1)
    )
    segment = "equipment (TTNN)"
    assert error["extensions"] == {"code": "MALFORMED_CODE", "segment": segment, "place": "code"}
