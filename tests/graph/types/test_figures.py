"""Balance and completeness: what is asked reaches the source, sums stay exact, rates stay within one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest

from graph.execution import budget
from graph.model.credit_code import CreditCode
from graph.model.energy import Basis, EnergyKind
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.model.unit import Tier
from graph.ports import AsOf, BalanceAsk, CompletenessAsk, Dimension, FreshnessAsk
from graph.types import completeness
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources
from tests.graph.samples import code_of, province_row, unit_row

pytestmark = pytest.mark.anyio

TCE = pa.decimal128(38, 10)
QUANTITY = pa.decimal128(38, 4)


def _balance() -> pa.Table:
    return pa.table(
        {
            "province": ["910000", "910000"],
            "kind": ["electricity", "other"],
            "variety": ["023300", "029999"],
            "month": ["2026-10", "2026-10"],
            "measure": ["kWh", None],
            "quantity": pa.array([Decimal("959636.7100"), None], QUANTITY),
            "tce": pa.array([Decimal("117.9393516590"), None], TCE),
            "without_coefficient": pa.array([None, 31], pa.int64()),
            "edition": ["GB/T 2589-2020 A", None],
            "readings": pa.array([3_000_000_000, 31], pa.int64()),
        }
    )


async def test_a_balance_says_quantities_exactly_and_what_has_no_coefficient() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_balance()))
    data = await sources.data(
        """{ energyBalance(period: {month: "2026-10"}, groupBy: [PROVINCE, KIND, VARIETY, MONTH]) {
            totalTce readings withoutCoefficient basis
            rows { province city kind varietyName day month measure quantity tce edition readings withoutCoefficient }
        } }"""
    )
    found = data["energyBalance"]
    assert found["totalTce"] == "117.939351659"
    assert (found["readings"], found["withoutCoefficient"], found["basis"]) == (
        3_000_000_031,
        31,
        "CALORIFIC",
    )
    assert found["rows"][0] == {
        "province": "910000",
        "city": None,
        "kind": "ELECTRICITY",
        "varietyName": "电力",
        "day": None,
        "month": "2026-10",
        "measure": "kWh",
        "quantity": "959636.71",
        "tce": "117.939351659",
        "edition": "GB/T 2589-2020 A",
        "readings": 3_000_000_000,
        "withoutCoefficient": 0,
    }
    assert (found["rows"][1]["tce"], found["rows"][1]["varietyName"]) == (None, None)


async def test_a_balance_of_nothing_is_zero() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_balance().slice(0, 0)))
    data = await sources.data(
        '{ energyBalance(period: {month: "2026-10"}) { totalTce readings rows { tce } } }'
    )
    assert data["energyBalance"] == {"totalTce": "0", "readings": 0, "rows": []}


async def test_every_argument_of_a_balance_reaches_the_source() -> None:
    reach = Reach(region=RegionCode("910000"))
    sources = FakeSources(figures=FakeFigures(balance_table=_balance()), reach=reach)
    await sources.data(
        """query ($unit: String!) { energyBalance(
            period: {from: "2026-01-01", to: "2026-03-31"}, groupBy: [UNIT, DAY, UNIT], basis: EQUIVALENT,
            provinces: ["910000"], kinds: [COAL], tiers: [HUNDRED], units: [$unit],
            asOf: {moment: "2026-04-01T08:00:00+08:00"}
        ) { totalTce } }""",
        unit=code_of(1),
    )
    (ask,) = sources.figures.asks
    assert isinstance(ask, BalanceAsk)
    assert (ask.period.first_day, ask.period.last_day) == (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert ask.group_by == (Dimension.UNIT, Dimension.DAY)
    assert (ask.reach, ask.basis, ask.provinces) == (reach, Basis.EQUIVALENT, ("910000",))
    assert (ask.kinds, ask.tiers, ask.units) == ((EnergyKind.COAL,), (Tier.HUNDRED,), (code_of(1),))
    assert ask.as_of == AsOf(moment=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))


async def test_a_figure_with_too_many_rows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completeness, "FIGURE_ROWS_MAX", 1)
    sources = FakeSources(figures=FakeFigures(balance_table=_balance()))
    error = await sources.error('{ energyBalance(period: {month: "2026-10"}) { totalTce } }')
    assert error["extensions"] == {"code": "TOO_LARGE", "place": "groupBy"}


async def test_rows_of_all_figures_of_a_question_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _balance()
    monkeypatch.setattr(budget, "ROWS_PER_QUESTION_MAX", 2 * table.num_rows)
    sources = FakeSources(figures=FakeFigures(balance_table=table))
    figure = 'energyBalance(period: {month: "2026-10"}) { totalTce }'
    await sources.data(f"{{ a: {figure} b: {figure} }}")
    error = await sources.error(f"{{ a: {figure} b: {figure} c: {figure} }}")
    assert error["extensions"] == {"code": "TOO_LARGE", "place": "groupBy"}


def _completeness() -> pa.Table:
    return pa.table({"province": ["910000", "920000", "930000"], "due": [96, 96, 0], "received": [95, 97, 0]})


async def test_a_rate_is_never_over_one_and_nothing_due_has_none() -> None:
    sources = FakeSources(figures=FakeFigures(completeness_table=_completeness()))
    data = await sources.data(
        """{ completeness(period: {month: "2026-10"}, groupBy: [PROVINCE]) {
            due received rate rows { province unit due received rate }
        } }"""
    )
    found = data["completeness"]
    assert [row["rate"] for row in found["rows"]] == [95 / 96, 1.0, None]
    assert (found["due"], found["received"], found["rate"]) == (192, 192, 1.0)
    (ask,) = sources.figures.asks
    assert isinstance(ask, CompletenessAsk)
    assert ask.group_by == (Dimension.PROVINCE,)


async def test_the_completeness_of_all_provinces_is_one_question() -> None:
    provinces = [province_row(number) for number in (91, 92, 94)]
    sources = FakeSources(
        FakeRows({"region": provinces}), figures=FakeFigures(completeness_table=_completeness())
    )
    data = await sources.data(
        '{ provinces { nodes { code completeness(period: {month: "2026-10"}) { rate } } } }'
    )
    rates = {node["code"]: node["completeness"] for node in data["provinces"]["nodes"]}
    assert rates == {"910000": {"rate": 95 / 96}, "920000": {"rate": 1.0}, "940000": None}
    (ask,) = sources.figures.asks
    assert isinstance(ask, CompletenessAsk)
    assert ask.provinces == ("910000", "920000", "940000")


COVERAGE = """coverage { province name state due received rate lastDay toldAt links why }"""
TOLD_AT = dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)


def _covered() -> FakeSources:
    """Four provinces: one whole, one in part with a link that failed, one that owes nothing, one of which nothing came."""
    provinces = [province_row(number) for number in (91, 92, 93, 94)]
    link = {"key": "pull", "province": "920000", "enabled": True, "dialect": "hub_graphql"}
    runs = [
        {"id": 1, "state": "succeeded", "started_at": TOLD_AT - dt.timedelta(days=1), "error": None},
        {"id": 2, "state": "failed", "started_at": TOLD_AT, "error": "no answer"},
    ]
    counts = pa.table(
        {"province": ["910000", "920000", "940000"], "due": [96, 96, 7], "received": [96, 50, 0]}
    )
    fresh = pa.table(
        {
            "province": ["910000", "920000"],
            "last_day": [dt.date(2026, 10, 31), dt.date(2026, 10, 16)],
            "told_at": pa.array([TOLD_AT, TOLD_AT], pa.timestamp("us", "UTC")),
        }
    )
    runs = [{"link": "pull", "province": "920000", **run} for run in runs]
    rows = FakeRows({"region": provinces, "link": [link], "sync_run": runs})
    figures = FakeFigures(
        balance_table=_balance().slice(0, 0), completeness_table=counts, freshness_table=fresh
    )
    return FakeSources(rows, figures=figures)


async def test_every_province_an_answer_speaks_of_says_what_it_rests_on() -> None:
    sources = _covered()
    data = await sources.data(f'{{ energyBalance(period: {{month: "2026-10"}}) {{ totalTce {COVERAGE} }} }}')
    whole, partial, idle, silent = data["energyBalance"]["coverage"]
    assert (whole["state"], whole["rate"], whole["lastDay"], whole["why"]) == (
        "WHOLE",
        1.0,
        "2026-10-31",
        None,
    )
    assert (partial["state"], partial["due"], partial["received"]) == ("PARTIAL", 96, 50)
    assert partial["links"] == ["pull"]
    assert partial["why"] == (
        "46 of 96 values have not come; link pull failed at 2026-11-01 11:00 +08:00: no answer"
    )
    assert (idle["state"], idle["rate"], idle["toldAt"], idle["why"]) == ("NOT_DUE", None, None, None)
    assert silent["state"] == "NOTHING"
    assert "no link" in silent["why"]
    balance, counts, fresh = sources.figures.asks
    assert isinstance(balance, BalanceAsk)
    assert isinstance(counts, CompletenessAsk)
    assert isinstance(fresh, FreshnessAsk)
    assert balance.period == counts.period == fresh.period


async def test_coverage_is_asked_only_when_it_is_selected() -> None:
    sources = _covered()
    await sources.data('{ energyBalance(period: {month: "2026-10"}) { totalTce } }')
    assert [type(ask) for ask in sources.figures.asks] == [BalanceAsk]


async def test_the_coverage_of_a_past_state_is_of_then_and_says_nothing_of_todays_links() -> None:
    sources = _covered()
    moment = 'asOf: {moment: "2026-11-01T12:00:00Z"}'
    data = await sources.data(
        f'{{ completeness(period: {{month: "2026-10"}}, {moment}) {{ rate {COVERAGE} }} }}'
    )
    partial = data["completeness"]["coverage"][1]
    assert (partial["state"], partial["links"]) == ("PARTIAL", None)
    assert partial["why"] == "46 of 96 values have not come"
    then = AsOf(moment=dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC))
    assert {ask.as_of for ask in sources.figures.asks} == {then}
    assert {ask.noun for ask in sources.registry.asks} == {"region"}


async def test_a_province_sees_the_coverage_of_nobody_else() -> None:
    sources = _covered()
    sources = replace(sources, reach=Reach(region=RegionCode("920000")))
    data = await sources.data(f'{{ completeness(period: {{month: "2026-10"}}) {{ {COVERAGE} }} }}')
    assert [row["province"] for row in data["completeness"]["coverage"]] == ["920000"]


async def test_a_unit_is_not_told_that_there_is_no_link_where_it_sees_none() -> None:
    sources = replace(_covered(), reach=Reach(unit=CreditCode(code_of(1))))
    sources.registry.nouns["unit"] = [unit_row(1, province="940000")]
    data = await sources.data(f'{{ completeness(period: {{month: "2026-10"}}) {{ {COVERAGE} }} }}')
    (own,) = data["completeness"]["coverage"]
    assert (own["state"], own["links"], own["why"]) == ("NOTHING", None, "7 of 7 values have not come")
