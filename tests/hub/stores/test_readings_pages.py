"""Pages of the ledger: walked from either end they are the whole list, by any column and through ties."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import UTC
from graph.model.principal import NATION, Reach
from graph.model.reading import REJECTIONS
from graph.model.region import RegionCode
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.readings.ledger import NOUNS
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.paging import (
    CUTS,
    FORGED,
    SIZES,
    Cut,
    check_cut,
    check_together,
    forged,
    from_side,
    ids_of,
    walked_backwards,
    walked_forwards,
)
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
BATCHES = 20
FILTERS: dict[str, list[tuple[Condition, ...]]] = {
    "batch": [
        (),
        (Condition("rejected", 1, Compare.GE),),
        (Condition("region", None),),
        (Condition("source", ("device-0", "device-2"), Compare.IN), Condition("received_at", T0, Compare.GE)),
    ],
    "rejection": [(), (Condition("batch", 9, Compare.LT),), (Condition("code", "future"),)],
    "verdict": [(), (Condition("data_code", "0000000002330011"),), (Condition("batch", 5, Compare.GE),)],
}


@pytest.fixture(scope="module")
def store() -> Iterator[ReadingsStore]:
    """Batches of which many share a moment, a sender, a place or none, and refused rows; half their rows are suspect."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    for number in range(BATCHES):
        rows = [Said(point, number // 2, Decimal(number)) for point in range(3)]
        refused = [
            {"row": row, "code": ("future", "unit")[row % 2], "why": "so", "raw": "{}"}
            for row in range(10, 10 + number % 4)
        ]
        batch = batch_of(
            rows,
            f"{number % 7}-{number}",
            T0 + dt.timedelta(hours=number // 4),
            suspects=[1, 3] if number % 2 else [],
            rejections=pa.Table.from_pylist(refused, schema=REJECTIONS),
            region=(None, "970100", "980100")[number % 3],
        )
        opened.commit(replace(batch, source=f"device-{number % 3}"))
    yield opened
    opened.close()


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    noun = draw(st.sampled_from(sorted(NOUNS)))
    order = draw(st.none() | st.builds(Order, st.sampled_from(sorted(NOUNS[noun].columns)), st.booleans()))
    reach = draw(st.sampled_from([NATION, Reach(region=RegionCode("970000"))]))
    return Ask(noun, reach, draw(st.sampled_from(FILTERS[noun])), order)


@given(ask=asks(), sizes=SIZES)
def test_pages_joined_from_either_end_are_the_whole_list_in_its_order(
    store: ReadingsStore, ask: Ask, sizes: list[int]
) -> None:
    whole = store.rows(ask)
    assert walked_forwards(store, ask, sizes) == ids_of(whole)
    assert walked_backwards(store, ask, sizes) == ids_of(whole)
    if ask.order is not None:
        values = whole.table[ask.order.column].to_pylist()
        known = [value for value in values if value is not None]
        assert values == sorted(known, reverse=ask.order.descending) + [None] * (len(values) - len(known))


@given(ask=asks(), cut=CUTS)
def test_a_page_between_two_cursors_tells_what_lies_beside_it(
    store: ReadingsStore, ask: Ask, cut: Cut
) -> None:
    check_cut(store, ask, cut)


@given(ask=asks(), cut=CUTS, data=st.data())
def test_pages_of_several_lists_asked_at_once_are_those_asked_one_by_one(
    store: ReadingsStore, ask: Ask, cut: Cut, data: st.DataObject
) -> None:
    wheres = data.draw(st.lists(st.sampled_from(FILTERS[ask.noun]), min_size=1, max_size=4))
    check_together(store, ask, wheres, cut)


def test_the_lists_are_long_enough_to_be_paged(store: ReadingsStore) -> None:
    lengths = {noun: store.rows(Ask(noun)).table.num_rows for noun in NOUNS}
    assert lengths == {"batch": BATCHES, "rejection": 30, "verdict": 20}


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_cursor_of_another_list_or_order_is_refused(store: ReadingsStore, side: str) -> None:
    foreign = store.rows(Ask("verdict", first=1)).cursors[0]
    turned = store.rows(Ask("batch", order=Order("id", descending=True), first=1)).cursors[0]
    for cursor in (foreign, turned, "no cursor"):
        with pytest.raises(InvalidInput) as refused:
            store.rows(from_side(Ask("batch"), side, cursor))
        assert refused.value.place == side


@pytest.mark.parametrize("noun", NOUNS)
def test_a_forged_cursor_is_refused_or_answered_but_never_fails(store: ReadingsStore, noun: str) -> None:
    for column in (each for each in NOUNS[noun].columns.values() if each.is_orderable):
        for side, value in product(("before", "after"), FORGED):
            with contextlib.suppress(InvalidInput):
                cursor = forged(f"{noun}.{column.name}+", value, 1)
                store.rows(from_side(Ask(noun, order=Order(column.name)), side, cursor))
