"""Past states of the readings: one that was is answered, one that is still to come is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import NOW, AsOf
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import code_of, point_row, province_row

pytestmark = pytest.mark.anyio

READINGS = """
query ($asOf: AsOfInput) {
  dataPoints { nodes { readings(period: {month: "2026-10"}, asOf: $asOf) { value } } }
}
"""


def _sources(*batches: int) -> FakeSources:
    rows = [{"id": number, "province": "920000"} for number in batches]
    return FakeSources(
        FakeRows({"data_point": [point_row(1, 1)], "region": [province_row(92)]}), FakeRows({"batch": rows})
    )


@pytest.mark.parametrize(("given", "batch"), [({"batch": 3}, 3), ({"batch": 0}, 0)])
async def test_a_batch_the_ledger_holds_reaches_the_source(given: dict[str, Any], batch: int) -> None:
    sources = _sources(1, 2, 3)
    await sources.data(READINGS, asOf=given)
    assert [ask.as_of for ask in sources.figures.asks] == [AsOf(batch=batch)]


async def test_a_day_means_up_to_its_end_in_beijing() -> None:
    sources = _sources(1)
    await sources.data(READINGS, asOf={"day": "2026-11-22"})
    (ask,) = sources.figures.asks
    assert ask.as_of.moment == dt.datetime(2026, 11, 22, 15, 59, 59, 999999, tzinfo=dt.UTC)


@pytest.mark.parametrize("given", [None, {"moment": "2026-10-01T00:00:00+08:00"}])
async def test_the_ledger_is_asked_only_where_a_batch_is_named(given: dict[str, Any] | None) -> None:
    sources = _sources(1)
    await sources.data(READINGS, asOf=given)
    assert sources.ledger.asks == []
    assert [(ask.as_of == NOW) for ask in sources.figures.asks] == [given is None]


@pytest.mark.parametrize(
    ("given", "place", "why"),
    [
        ({}, "asOf", "came 0 of them, expected a batch, a moment or a day"),
        ({"batch": None, "moment": None}, "asOf", "came 0 of them"),
        ({"batch": 1, "moment": "2026-10-01T00:00:00+08:00"}, "asOf", "came 2 of them"),
        ({"moment": "2026-11-23T12:00:01+08:00"}, "asOf", "is not over yet"),
        ({"day": "2026-11-23"}, "asOf", "2026-11-23 is not over yet"),
        ({"day": "9999-12-31"}, None, "the year must be between 1990 and 2200"),
        ({"day": "0001-01-01"}, None, "the year must be between 1990 and 2200"),
        ({"moment": "0001-01-01T00:00:00+14:00"}, None, "outside of the years 1 to 9999"),
        ({"moment": "9999-12-31T23:00:00-14:00"}, None, "outside of the years 1 to 9999"),
        ({"batch": -1}, "asOf.batch", "expected the number of a batch"),
        ({"batch": 4}, "asOf.batch", "the ledger ends at batch 3"),
    ],
)
async def test_a_state_that_never_was_is_refused(given: dict[str, Any], place: str | None, why: str) -> None:
    sources = _sources(1, 2, 3)
    error = await sources.error(READINGS, asOf=given)
    expected = {"code": "INVALID_INPUT"} | ({"place": place} if place else {})
    assert error["extensions"] == expected
    assert why in error["message"]
    assert sources.figures.asks == []


async def test_before_the_first_batch_the_ledger_ends_at_0() -> None:
    error = await _sources().error(READINGS, asOf={"batch": 1})
    assert "the ledger ends at batch 0" in error["message"]


async def test_the_end_is_the_whole_ledgers_whatever_the_asker_may_read() -> None:
    sources = _sources(1, 2, 3)
    sources.reach = Reach(region=RegionCode("910000"))
    await sources.data(READINGS, asOf={"batch": 3})
    assert [ask.as_of for ask in sources.figures.asks] == [AsOf(batch=3)]


@pytest.mark.parametrize(
    "query",
    [
        '{ energyBalance(period: {month: "2026-10"}, asOf: {batch: 9}) { totalTce } }',
        '{ completeness(period: {month: "2026-10"}, asOf: {batch: 9}) { due } }',
        f"""{{ reading(unit: "{code_of(1)}", code: "0000000102330011", granularity: DAY,
              start: "2026-10-01T00:00:00+08:00", asOf: {{batch: 9}}) {{ value }} }}""",
        '{ provinces { nodes { completeness(period: {month: "2026-10"}, asOf: {batch: 9}) { due } } } }',
    ],
)
async def test_every_figure_refuses_it(query: str) -> None:
    assert "the ledger ends at batch 2" in (await _sources(1, 2).error(query))["message"]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00"])
async def test_a_moment_outside_of_the_models_years_is_invalid_and_names_the_variable(moment: str) -> None:
    error = await _sources(1).error(READINGS, asOf={"moment": moment})
    assert error["extensions"] == {"code": "INVALID_INPUT"}
    assert "asOf" in error["message"]
    literal = READINGS.replace("$asOf: AsOfInput", "$x: Int = 1").replace(
        "asOf: $asOf", f'asOf: {{moment: "{moment}"}}'
    )
    result = await _sources(1).ask(literal)
    assert {e.formatted["extensions"]["code"] for e in result.errors or ()} >= {"INVALID_INPUT"}
