"""The largest groups of an energy balance are one question; its totals and shares are of all groups."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from graph.ports import BalanceAsk, BalanceOrder
from tests.graph.fakes import FakeFigures, FakeSources

pytestmark = pytest.mark.anyio

TCE = pa.decimal128(38, 10)
LARGEST = """{ energyBalance(
    period: {month: "2026-10"}, groupBy: [UNIT], orderBy: TCE, descending: true, first: 2
) { totalCount totalTce readings withoutCoefficient rows { unit tce share } } }"""


def _ranked() -> pa.Table:
    """The two largest units of three, as the store tells them."""
    return pa.table(
        {
            "unit": ["甲", "乙"],
            "measure": ["kWh", "kWh"],
            "quantity": pa.array([Decimal(5), Decimal(3)], pa.decimal128(38, 4)),
            "tce": pa.array([Decimal(5), Decimal(3)], TCE),
            "without_coefficient": pa.array([None, 1], pa.int64()),
            "edition": ["A", "A"],
            "readings": pa.array([4, 4], pa.int64()),
            "whole_tce": pa.array([Decimal(10), Decimal(10)], TCE),
            "whole_readings": pa.array([9, 9], pa.int64()),
            "whole_without_coefficient": pa.array([2, 2], pa.int64()),
            "whole_groups": pa.array([3, 3], pa.int64()),
        }
    )


def _asked(sources: FakeSources) -> BalanceAsk:
    (ask,) = sources.figures.asks
    assert isinstance(ask, BalanceAsk)
    return ask


async def test_the_rows_are_the_first_and_the_totals_of_all() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_ranked()))
    found = (await sources.data(LARGEST))["energyBalance"]
    assert found == {
        "totalCount": 3,
        "totalTce": "10",
        "readings": 9,
        "withoutCoefficient": 2,
        "rows": [{"unit": "甲", "tce": "5", "share": "0.5"}, {"unit": "乙", "tce": "3", "share": "0.3"}],
    }
    ask = _asked(sources)
    assert (ask.order, ask.descending, ask.first) == (BalanceOrder.TCE, True, 2)


async def test_nothing_at_all_is_a_total_of_nothing() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_ranked().slice(0, 0)))
    found = (await sources.data(LARGEST))["energyBalance"]
    assert (found["totalCount"], found["totalTce"], found["rows"]) == (0, "0", [])


async def test_a_balance_that_says_no_order_is_whole_and_in_the_order_of_its_groups() -> None:
    plain = _ranked().select(range(7))
    sources = FakeSources(figures=FakeFigures(balance_table=plain))
    data = await sources.data(
        '{ energyBalance(period: {month: "2026-10"}) { totalCount totalTce readings } }'
    )
    assert data["energyBalance"] == {"totalCount": 2, "totalTce": "8", "readings": 8}
    assert not _asked(sources).ranked


async def test_so_many_rows_are_refused() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_ranked()))
    error = await sources.error('{ energyBalance(period: {month: "2026-10"}, first: 0) { totalTce } }')
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert sources.figures.asks == []


async def test_first_is_no_page_and_does_not_multiply_what_a_balance_costs() -> None:
    sources = FakeSources(figures=FakeFigures(balance_table=_ranked()))
    rows = (
        "rows { unit province city county section tier kind variety day month tce quantity readings share }"
    )
    data = await sources.data(f'{{ energyBalance(period: {{month: "2026-10"}}, first: 9999) {{ {rows} }} }}')
    assert len(data["energyBalance"]["rows"]) == 2
