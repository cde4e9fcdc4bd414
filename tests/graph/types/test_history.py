"""What was ever said of readings: one question for all of a level, bounded, and each reading gets its own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import BEIJING, Granularity
from graph.types import _history
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources
from tests.graph.samples import Row, point_row, reading_row

pytestmark = pytest.mark.anyio

MIDNIGHT = dt.datetime(2026, 10, 1, tzinfo=BEIJING)
DAY = dt.timedelta(days=1)
QUERY = """
{ dataPoints { nodes { readings(period: {month: "2026-10"}) {
    value history { value version origin batch receivedAt state why replacedBy replacedAt confirms }
} } } }
"""


def _version(point: int, day: int, value: int, batch: int, **more: object) -> Row:
    moment = MIDNIGHT + DAY * (day + batch)
    return {
        "unit_id": 1,
        "point_id": point,
        "granularity": "day",
        "start": MIDNIGHT + DAY * day,
        "value": Decimal(value),
        "origin": "manual",
        "version": moment,
        "batch": batch,
        "received_at": moment,
        "state": "holds",
        **more,
    }


def _sources() -> FakeSources:
    """Two points of two days; one value was corrected once, and one reading is derived: of it nothing was said."""
    later = {"state": "replaced", "why": "a later version counts", "replaced_by": 8}
    versions = [
        _version(1, 0, 1, 7, **later, replaced_at=MIDNIGHT + DAY * 8),
        _version(1, 0, 2, 8),
        _version(1, 1, 3, 7),
        _version(2, 0, 4, 7),
    ]
    places = [(point, day) for point in (1, 2) for day in (0, 1)]
    rows = [reading_row(1, point, MIDNIGHT + DAY * day, Decimal(day)) for point, day in places]
    rows[3]["origin"] = "derived"
    points = FakeRows({"data_point": [point_row(1, 1), point_row(1, 2)]})
    return FakeSources(points, figures=FakeFigures(rows, version_rows=versions))


async def test_each_reading_has_its_own_versions_in_one_question() -> None:
    sources = _sources()
    nodes = (await sources.data(QUERY))["dataPoints"]["nodes"]
    told = [[version["value"] for version in r["history"]] for node in nodes for r in node["readings"]]
    assert told == [["1", "2"], ["3"], ["4"], []]
    assert nodes[0]["readings"][0]["history"][0] == {
        "value": "1",
        "version": "2026-10-08T00:00:00+08:00",
        "origin": "MANUAL",
        "batch": 7,
        "receivedAt": "2026-10-08T00:00:00+08:00",
        "state": "REPLACED",
        "why": "a later version counts",
        "replacedBy": 8,
        "replacedAt": "2026-10-09T00:00:00+08:00",
        "confirms": None,
    }
    (asked,) = sources.figures.histories
    assert asked.points == [(1, 1), (1, 2)]
    assert asked.starts == [MIDNIGHT, MIDNIGHT + DAY]
    assert asked.granularities == [Granularity.DAY]
    assert all(start in asked.period for start in asked.starts)


async def test_no_reading_is_no_question() -> None:
    sources = _sources()
    sources.figures.reading_rows = []
    await sources.data(QUERY)
    assert sources.figures.histories == []


@pytest.mark.parametrize(
    ("limit", "largest", "sentence"),
    [
        ("HISTORIES_MAX", 4, "histories of at most 3 readings, came 4"),
        ("VERSIONS_MAX", 4, "more than 3 versions; ask for the histories of fewer readings"),
    ],
)
async def test_too_many_readings_or_versions_are_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, largest: int, sentence: str
) -> None:
    monkeypatch.setattr(_history, limit, largest)
    assert await _sources().data(QUERY)
    monkeypatch.setattr(_history, limit, largest - 1)
    result = await _sources().ask(QUERY)
    assert result.errors
    assert {(e.formatted["extensions"]["code"], e.message) for e in result.errors} == {
        ("TOO_LARGE", sentence)
    }
