"""A balance in another order, or cut: the plain answer sorted, and beside each group what all of them come to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.comparison import Comparison
from graph.model.period import Period
from graph.ports import NOW, AsOf, BalanceAsk, BalanceOrder, Dimension
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import UNITS, Said, batch_of
from tests.hub.stores.test_readings_cube_law import PERIODS, groupings, stores
from tests.hub.stores.test_readings_figures import JANUARY, T0, opened

Row = dict[str, Any]


def key_of(order: BalanceOrder, descending: bool) -> Callable[[tuple[int, Row]], tuple[bool, Decimal, int]]:
    """What a row of the plain answer goes by, with its place there."""

    def key(placed: tuple[int, Row]) -> tuple[bool, Decimal, int]:
        place, row = placed
        sign = -1 if descending else 1
        if order is BalanceOrder.GROUPS:
            return False, Decimal(0), sign * place
        value = row[order.value]
        return value is None, sign * (value or Decimal(0)), place

    return key


@given(
    stores(), st.sampled_from(PERIODS), groupings, st.sampled_from(BalanceOrder), st.booleans(),
    st.none() | st.integers(1, 6), st.sampled_from([(), tuple(Comparison)]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_it_is_the_plain_answer_sorted_and_cut_beside_what_the_whole_comes_to(
    store: ReadingsStore,
    period: Period,
    by: tuple[Dimension, ...],
    order: BalanceOrder,
    descending: bool,
    first: int | None,
    compared: tuple[Comparison, ...],
) -> None:
    for as_of in (NOW, AsOf(batch=1)):
        plain = store.balance(BalanceAsk(period, by, as_of=as_of, compared=compared))
        ask = BalanceAsk(
            period, by, as_of=as_of, compared=compared, order=order, descending=descending, first=first
        )
        found = store.balance(ask)
        ranked = sorted(enumerate(plain.to_pylist()), key=key_of(order, descending))
        assert found.select(plain.column_names).to_pylist() == [row for _, row in ranked][:first]
        if ask.ranked and found.num_rows:
            assert whole_of(found.to_pylist()) == whole(plain.to_pylist())
    store.close()


def whole(rows: list[Row]) -> Row:
    """All rows together."""
    tce = [row["tce"] for row in rows if row["tce"] is not None]
    return {
        "whole_tce": sum(tce) if tce else None,
        "whole_readings": sum(row["readings"] for row in rows),
        "whole_without_coefficient": sum(row["without_coefficient"] or 0 for row in rows),
        "whole_groups": len(rows),
    }


def whole_of(rows: list[Row]) -> Row:
    """What the rows say of all of them, each the same."""
    (said,) = {tuple((name, row[name]) for name in whole([])) for row in rows}
    return dict(said)


def test_the_largest_unit_is_one_question() -> None:
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(5)), Said(2, 0, Decimal(50))], "a", T0))
    ask = BalanceAsk(JANUARY, (Dimension.UNIT,), order=BalanceOrder.TCE, descending=True, first=1)
    (largest,) = store.balance(ask).to_pylist()
    assert (largest["unit"], largest["whole_groups"], largest["whole_readings"]) == (UNITS[1], 2, 2)


@pytest.mark.parametrize("first", [0, -1, 10_001])
def test_so_many_groups_cannot_be_asked_for(first: int) -> None:
    with pytest.raises(InvalidInput, match="expected 1 to 10000"):
        BalanceAsk(JANUARY, (), first=first)
