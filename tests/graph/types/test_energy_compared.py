"""Shares and comparisons of the energy balance: exact, and asked for only where they are selected."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from graph.model.comparison import Comparison
from graph.ports import BalanceAsk
from tests.graph.fakes import FakeFigures, FakeSources

pytestmark = pytest.mark.anyio

TCE = pa.decimal128(38, 10)
QUANTITY = pa.decimal128(38, 4)


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
