"""The ledger as lists: pages, order, reach, and receipts that are given again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from graph.errors import Conflict, InvalidInput
from graph.model.period import UTC
from graph.model.principal import Reach
from graph.model.reading import REJECTIONS
from graph.model.region import RegionCode
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.readings.receipts import GENESIS, chained
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
REFUSED = pa.Table.from_pylist(
    [{"row": 7, "code": "future", "why": "not yet", "raw": "{}"}], schema=REJECTIONS
)


@pytest.fixture
def store() -> ReadingsStore:
    """Three batches: one with a suspect reading, one a resend, one with a rejected row."""
    opened = ReadingsStore(None, FakeDimensions(), StillClock())
    opened.commit(batch_of([Said(0, 0, Decimal(1)), Said(2, 0, Decimal(-2))], "a", T0, suspects=[2]))
    opened.commit(batch_of([Said(0, 0, Decimal(1))], "b", T0 + dt.timedelta(hours=1)))
    opened.commit(batch_of([Said(1, 0, Decimal(3))], "c", T0 + dt.timedelta(hours=2), rejections=REFUSED))
    return opened


def test_batches_are_listed_newest_first_page_by_page(store: ReadingsStore) -> None:
    order = Order("received_at", descending=True)
    first = store.rows(Ask("batch", order=order, first=2, want_total=True))
    assert (first.table["key"].to_pylist(), first.total, first.has_next) == (["c", "b"], 3, True)
    rest = store.rows(Ask("batch", order=order, first=2, after=first.cursors[-1]))
    assert (rest.table["key"].to_pylist(), rest.has_next, rest.total) == (["a"], False, None)


def test_a_batch_counts_each_row_once(store: ReadingsStore) -> None:
    row = store.rows(Ask("batch", where=(Condition("key", "c"),))).table.to_pylist()[0]
    assert (row["rows"], row["accepted"], row["rejected"]) == (2, 1, 1)
    assert row["received_at"] == T0 + dt.timedelta(hours=2)


def test_several_values_of_a_column_are_asked_for_at_once(store: ReadingsStore) -> None:
    by_id = store.rows(Ask("batch", where=(Condition("id", (1, 3), Compare.IN),)))
    assert by_id.table["key"].to_pylist() == ["a", "c"]
    by_moment = store.rows(Ask("batch", where=(Condition("received_at", (T0,), Compare.IN),)))
    assert by_moment.table["key"].to_pylist() == ["a"]
    assert store.rows(Ask("batch", where=(Condition("key", (), Compare.IN),))).table.num_rows == 0


def test_rejections_and_verdicts_name_their_batch(store: ReadingsStore) -> None:
    refused = store.rows(Ask("rejection")).table.to_pylist()
    assert [(row["batch"], row["row"], row["code"]) for row in refused] == [(3, 7, "future")]
    marked = store.rows(Ask("verdict", where=(Condition("start", T0, Compare.LT),))).table.to_pylist()
    assert [(row["batch"], row["rule"], row["granularity"]) for row in marked] == [
        (1, "negative", "quarter_hour")
    ]


def test_a_province_sees_the_verdicts_on_its_own_units_only(store: ReadingsStore) -> None:
    own, other = Reach(region=RegionCode("980000")), Reach(region=RegionCode("970000"))
    assert store.rows(Ask("verdict", own)).table.num_rows == 1
    assert store.rows(Ask("verdict", other)).table.num_rows == 0


def test_the_same_key_gets_the_same_receipt_and_writes_nothing(store: ReadingsStore) -> None:
    again = store.commit(batch_of([Said(1, 0, Decimal(3))], "c", T0, rejections=REFUSED))
    assert (again.batch, again.accepted, again.rejected[0].code) == (3, 1, "future")
    assert store.rows(Ask("batch")).table.num_rows == 3


def test_the_same_key_for_other_bytes_is_a_conflict(store: ReadingsStore) -> None:
    with pytest.raises(Conflict, match="'c' before for other bytes"):
        store.receipt("test", "c", "another digest")


def test_the_ledger_is_a_chain(store: ReadingsStore) -> None:
    head = GENESIS
    for row in store.rows(Ask("batch", order=Order("id"))).table.to_pylist():
        moment = row["received_at"].replace(tzinfo=None)
        assert row["head"] == chained(head, {**row, "received_at": moment})
        head = row["head"]


@pytest.mark.parametrize(("noun", "column"), [("unit", "id"), ("batch", "secret")])
def test_an_unknown_noun_or_column_is_refused(store: ReadingsStore, noun: str, column: str) -> None:
    with pytest.raises(InvalidInput):
        store.rows(Ask(noun, where=(Condition(column, 1),)))
