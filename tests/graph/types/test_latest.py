"""The last value of each data point: one question for all of them, now and as of then."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import BEIJING
from graph.ports import NOW, AsOf
from graph.types import reading as readings
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources, LatestAsk
from tests.graph.samples import point_row, reading_row

pytestmark = pytest.mark.anyio

MIDNIGHT = dt.datetime(2026, 10, 1, tzinfo=BEIJING)
HOUR = dt.timedelta(hours=1)
QUERY = """
query ($asOf: AsOfInput) {
  dataPoints { nodes { latest(asOf: $asOf) { granularity start end value origin batch suspect } } }
}
"""


def _sources() -> FakeSources:
    """Three points: one of days, one whose last value is of an hour, one of which nothing was said."""
    rows = [
        reading_row(1, 1, MIDNIGHT + 24 * HOUR, Decimal("2.5")),
        reading_row(1, 1, MIDNIGHT, Decimal("1.5")),
        reading_row(1, 2, MIDNIGHT, Decimal(1)),
        reading_row(1, 2, MIDNIGHT + 3 * HOUR, Decimal(4), granularity="hour", suspect=True),
    ]
    points = [point_row(1, number) for number in (1, 2, 3)]
    return FakeSources(FakeRows({"data_point": points}), figures=FakeFigures(rows))


async def test_the_last_values_of_all_points_are_one_question() -> None:
    sources = _sources()
    nodes = (await sources.data(QUERY))["dataPoints"]["nodes"]
    assert nodes[0]["latest"] == {
        "granularity": "DAY",
        "start": "2026-10-02T00:00:00+08:00",
        "end": "2026-10-03T00:00:00+08:00",
        "value": "2.5",
        "origin": "INSTRUMENT",
        "batch": 7,
        "suspect": False,
    }
    of_an_hour = nodes[1]["latest"]
    assert (of_an_hour["granularity"], of_an_hour["value"], of_an_hour["suspect"]) == ("HOUR", "4", True)
    assert (of_an_hour["start"], of_an_hour["end"]) == (
        "2026-10-01T03:00:00+08:00",
        "2026-10-01T04:00:00+08:00",
    )
    assert nodes[2]["latest"] is None
    assert sources.figures.asks == [LatestAsk(((1, 1), (1, 2), (1, 3)), NOW)]


async def test_the_last_values_of_then_are_asked_for_as_of_then() -> None:
    sources = _sources()
    sources.ledger.nouns["batch"] = [{"id": 12}]
    await sources.data(QUERY, asOf={"batch": 12})
    assert [ask.as_of for ask in sources.figures.asks if isinstance(ask, LatestAsk)] == [AsOf(batch=12)]
    error = (await sources.ask(QUERY, asOf={"batch": 13})).errors
    assert error
    assert error[0].formatted["extensions"] == {"code": "INVALID_INPUT", "place": "asOf.batch"}


async def test_the_last_values_of_too_many_points_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LATEST_POINTS_MAX", 2)
    result = await _sources().ask(QUERY)
    assert result.errors
    assert {error.formatted["extensions"]["code"] for error in result.errors} == {"TOO_LARGE"}
