"""Balance and completeness: what is asked reaches the source, sums stay exact, rates stay within one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from graph.model.comparison import Comparison
from graph.model.energy import Basis, EnergyKind
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.model.unit import Tier
from graph.ports import AsOf, BalanceAsk, CompletenessAsk, Dimension
from graph.types import completeness
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources
from tests.graph.samples import code_of, province_row

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


def _compared() -> pa.Table:
    """Three kinds, of which two were there a period before, and one a year before with nothing to count it in."""
    return pa.table(
        {
            "kind": ["electricity", "coal", "other"],
            "measure": ["kWh", "t", "t"],
            "quantity": pa.array([Decimal(100), Decimal(10), Decimal(1)], QUANTITY),
            "tce": pa.array([Decimal(1), Decimal(2), None], TCE),
            "without_coefficient": pa.array([None, None, 4], pa.int64()),
            "edition": ["GB/T 2589-2020 A", "GB/T 2589-2020 A", None],
            "readings": pa.array([4, 4, 4], pa.int64()),
            "before_measure": ["kWh", None, "t"],
            "before_quantity": pa.array([Decimal(300), None, Decimal(2)], QUANTITY),
            "before_tce": pa.array([Decimal(3), None, None], TCE),
            "before_readings": pa.array([12, None, 8], pa.int64()),
            "year_before_measure": pa.nulls(3, pa.string()),
            "year_before_quantity": pa.nulls(3, QUANTITY),
            "year_before_tce": pa.array([None, Decimal(0), None], TCE),
            "year_before_readings": pa.array([None, 1, None], pa.int64()),
        }
    )


async def test_a_row_says_its_share_and_what_it_is_compared_with() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_compared()))
    data = await sources.data(
        """{ energyBalance(period: {month: "2026-10"}, groupBy: [KIND]) { ...Compared } }
        fragment Compared on EnergyBalance { rows {
            share before { measure quantity tce readings change } yearBefore { tce change }
        } }"""
    )
    assert data["energyBalance"]["rows"] == [
        {
            "share": "0.333333",
            "before": {
                "measure": "kWh",
                "quantity": "300",
                "tce": "3",
                "readings": 12,
                "change": "-0.666667",
            },
            "yearBefore": None,
        },
        {"share": "0.666667", "before": None, "yearBefore": {"tce": "0", "change": None}},
        {
            "share": None,
            "before": {"measure": "t", "quantity": "2", "tce": None, "readings": 8, "change": None},
            "yearBefore": None,
        },
    ]
    (ask,) = sources.figures.asks
    assert isinstance(ask, BalanceAsk)
    assert ask.compared == (Comparison.BEFORE, Comparison.YEAR_BEFORE)


@pytest.mark.parametrize(
    ("selected", "compared"),
    [
        ("rows { tce share }", ()),
        ("rows { before { tce } }", (Comparison.BEFORE,)),
        ("rows { then: yearBefore { tce } }", (Comparison.YEAR_BEFORE,)),
    ],
)
async def test_only_what_is_selected_is_compared(selected: str, compared: tuple[Comparison, ...]) -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_compared()))
    await sources.data(f'{{ energyBalance(period: {{month: "2026-10"}}) {{ {selected} }} }}')
    (ask,) = sources.figures.asks
    assert isinstance(ask, BalanceAsk)
    assert ask.compared == compared


async def test_of_a_total_of_zero_nothing_has_a_share() -> None:
    table = _compared()
    zero = pa.array([Decimal(0), None, None], TCE)
    table = table.set_column(table.schema.get_field_index("tce"), "tce", zero)
    sources = FakeSources(figures=FakeFigures(balance_table=table))
    data = await sources.data('{ energyBalance(period: {month: "2026-10"}) { rows { share } } }')
    assert [row["share"] for row in data["energyBalance"]["rows"]] == [None, None, None]


async def test_a_figure_with_too_many_rows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completeness, "FIGURE_ROWS_MAX", 1)
    sources = FakeSources(figures=FakeFigures(balance_table=_balance()))
    error = await sources.error('{ energyBalance(period: {month: "2026-10"}) { totalTce } }')
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
