"""Balances, completeness, series and changes: exact, bounded by what was due, and re-asked as of any batch."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.energy import Basis, EnergyKind
from graph.model.period import UTC, Granularity, Period
from graph.model.principal import NATION, Reach
from graph.model.reading import EXCHANGED
from graph.model.region import RegionCode
from graph.ports import NOW, AsOf, BalanceAsk, CompletenessAsk, Dimension, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, UNITS, FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
JANUARY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
FIRST_DAY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
KWH = Decimal("0.0001229")  # tce in a kilowatt-hour, calorific


def opened(**dimensions: object) -> ReadingsStore:
    """An empty store in memory."""
    return ReadingsStore(None, FakeDimensions(**dimensions), StillClock())  # type: ignore[arg-type] # a fake's fields


def quarters(point: int, count: int, value: str = "1.5", first: int = 0) -> list[Said]:
    """So many quarter-hours of one value."""
    return [Said(point, slot, Decimal(value)) for slot in range(first, first + count)]


cents = st.decimals("-1000", "1000", places=4)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 400), cents),
        min_size=1,
        max_size=60,
        unique_by=lambda r: r[:2],
    )
)
@settings(max_examples=30, deadline=None)
def test_totals_equal_the_sum_of_their_parts_to_the_last_digit(rows: list[tuple[int, int, Decimal]]) -> None:
    store = opened()
    store.commit(batch_of([Said(*row) for row in rows], "a", T0))
    by_kind: dict[str, Decimal] = defaultdict(Decimal)
    for point, _, value in rows:
        by_kind["natural_gas" if point == 1 else "electricity"] += value
    fine = (Dimension.KIND, Dimension.PROVINCE, Dimension.DAY, Dimension.TIER)
    parts = store.balance(BalanceAsk(JANUARY, fine)).to_pylist()
    whole = store.balance(BalanceAsk(JANUARY, (Dimension.KIND,))).to_pylist()
    assert {row["kind"]: row["quantity"] for row in whole} == by_kind
    for row in whole:
        assert row["quantity"] == sum(part["quantity"] for part in parts if part["kind"] == row["kind"])
    assert sum(row["readings"] for row in parts) == len(rows)
    store.close()


def test_electricity_is_counted_in_coal_equivalent_with_its_edition() -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 96), "a", T0))
    row = store.balance(BalanceAsk(JANUARY, (Dimension.KIND,))).to_pylist()[0]
    assert (row["quantity"], row["tce"], row["measure"]) == (Decimal(144), 144 * KWH, "kWh")
    assert row["edition"] == "GB/T 2589-2020 A"


def test_the_two_bases_never_mix() -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 4), "a", T0))
    row = store.balance(BalanceAsk(JANUARY, (Dimension.KIND,), basis=Basis.EQUIVALENT)).to_pylist()[0]
    assert (row["tce"], row["without_coefficient"]) == (None, 4)


def test_a_units_own_measured_coefficient_goes_before_the_reference() -> None:
    own = {
        "variety": "011500", "basis": "calorific", "kgce": Decimal("1.2"), "edition": "measured 2026",
        "since": dt.date(2026, 1, 2), "until": dt.date(2026, 1, 3), "unit": UNITS[0], "source": "measured",
    }  # fmt: skip
    store = opened(coefficient_rows=[own])
    store.commit(batch_of(quarters(1, 96 * 3, "1"), "a", T0))
    rows = store.balance(BalanceAsk(JANUARY, (Dimension.DAY,), kinds=(EnergyKind.NATURAL_GAS,))).to_pylist()
    assert [row["tce"] for row in rows] == [None, Decimal("0.1152"), None]


def test_a_balance_is_re_asked_as_of_an_earlier_batch() -> None:
    store = opened()
    first = store.commit(batch_of(quarters(0, 96), "a", T0))
    ask = BalanceAsk(JANUARY, (Dimension.KIND, Dimension.MONTH))
    before = store.balance(ask)
    for number in range(5):
        store.commit(batch_of(quarters(0, 10 + number, f"{number}.25"), f"correction {number}", T0))
    assert not store.balance(ask).equals(before)
    as_of_first = BalanceAsk(ask.period, ask.group_by, as_of=AsOf(batch=first.batch))
    assert store.balance(as_of_first).equals(before)


@pytest.mark.parametrize(
    ("reach", "units"),
    [
        (NATION, 2),
        (Reach(region=RegionCode("970000")), 1),
        (Reach(region=RegionCode("970100")), 1),
        (Reach(region=RegionCode("970200")), 0),
        (Reach(region=RegionCode("110000")), 0),
    ],
)
def test_figures_stay_within_the_askers_reach(reach: Reach, units: int) -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 96) + quarters(2, 96), "a", T0))
    assert store.balance(BalanceAsk(JANUARY, (Dimension.UNIT,), reach)).num_rows == units
    assert store.completeness(CompletenessAsk(FIRST_DAY, (Dimension.UNIT,), reach)).num_rows == units
    assert sum(piece.num_rows for piece in store.changes(reach, 0, 10_000).pieces) == 96 * units


def test_completeness_is_received_over_due_and_a_resend_counts_once() -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 48), "a", T0))
    store.commit(batch_of(quarters(0, 48, "7"), "again", T0))
    row = store.completeness(
        CompletenessAsk(FIRST_DAY, (Dimension.PROVINCE,), Reach(region=RegionCode("970000")))
    )
    assert row.to_pylist() == [{"province": "970000", "due": 2 * 96, "received": 48, "on_time": 0}]


def test_as_of_an_earlier_day_no_later_day_was_due() -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 96), "a", dt.datetime(2026, 1, 2, tzinfo=UTC)))
    store.commit(batch_of(quarters(2, 96), "b", dt.datetime(2026, 1, 9, tzinfo=UTC)))
    electricity = Reach(region=RegionCode("970000"))
    for as_of in (AsOf(batch=1), AsOf(moment=dt.datetime(2026, 1, 2, 1, tzinfo=UTC))):
        row = store.completeness(CompletenessAsk(JANUARY, (), electricity, as_of=as_of)).to_pylist()[0]
        assert (row["due"], row["received"]) == (2 * 96, 96)
    assert store.completeness(CompletenessAsk(JANUARY, (), electricity, as_of=AsOf(batch=0))).num_rows == 0


def test_a_month_is_owed_when_it_is_over() -> None:
    store = opened(granularity="month")
    fourth_quarter = Period.of_days(dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    months = store.completeness(CompletenessAsk(fourth_quarter, (Dimension.MONTH,)))
    assert months.to_pylist() == [{"month": "2026-10", "due": 3, "received": 0, "on_time": 0}]


def test_a_retired_point_keeps_its_past_and_owes_nothing_after_it() -> None:
    store = opened(state="retired", until=dt.date(2026, 1, 2))
    store.commit(batch_of(quarters(0, 96), "a", T0))
    assert store.balance(BalanceAsk(JANUARY, (Dimension.KIND,)))["quantity"].to_pylist() == [Decimal(144)]
    days = store.completeness(CompletenessAsk(JANUARY, (Dimension.DAY,))).to_pylist()
    assert days == [{"day": dt.date(2026, 1, 1), "due": 3 * 96, "received": 96, "on_time": 0}]


def test_a_day_that_is_not_over_owes_nothing_and_neither_does_one_before_the_point_began() -> None:
    store = opened(since=dt.date(2026, 11, 20))
    november = Period.of_days(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    days = store.completeness(CompletenessAsk(november, (Dimension.DAY,)))["day"].to_pylist()
    assert days == [dt.date(2026, 11, 20), dt.date(2026, 11, 21), dt.date(2026, 11, 22)]


def test_first_bounds_the_readings_of_each_point() -> None:
    store = opened()
    store.commit(batch_of(quarters(0, 20) + quarters(2, 20), "a", T0, suspects=[1]))
    points = [POINTS[0][:2], POINTS[2][:2]]
    found = store.readings(ReadingAsk(points, JANUARY, Granularity.QUARTER_HOUR, NOW, first=5))
    assert found["unit_id"].to_pylist() == [1] * 5 + [2] * 5
    assert found["suspect"].to_pylist() == [True] + [False] * 9


def test_changes_come_in_whole_batches_and_end_where_the_ledger_ends() -> None:
    store = opened()
    for number in range(4):
        store.commit(batch_of(quarters(0, 10, first=number * 10), f"{number}", T0))
    cursor, seen, answers = 0, [], 0
    while True:
        found = store.changes(NATION, cursor, 15)
        pieces = list(found.pieces)
        seen += pieces
        cursor, answers = found.cursor, answers + 1
        if not found.has_more:
            break
    table = pa.Table.from_batches(seen, schema=EXCHANGED)
    assert (table.num_rows, cursor, answers) == (40, 4, 4)
    assert table["unit"].unique().to_pylist() == [UNITS[0]]
    assert list(store.changes(NATION, cursor, 15).pieces) == []


def test_the_largest_coefficient_the_model_takes_is_worth_what_it_says() -> None:
    own = {
        "variety": "023300", "basis": "calorific", "kgce": Decimal("999999.999999"), "edition": "largest",
        "since": dt.date(2026, 1, 1), "until": None, "unit": UNITS[0], "source": "measured",
    }  # fmt: skip
    store = opened(coefficient_rows=[own])
    store.commit(batch_of(quarters(0, 4), "a", T0))
    (row,) = store.balance(BalanceAsk(JANUARY, (Dimension.UNIT,))).to_pylist()
    assert row["tce"] == row["quantity"] * Decimal("999.999999999")


@pytest.mark.parametrize(
    ("waived", "due"),
    [
        ((None, None), 3),
        ((dt.date(2026, 1, 2), dt.date(2026, 1, 3)), 2),
        ((dt.date(2025, 6, 1), dt.date(2026, 1, 3)), 1),
        ((dt.date(2026, 1, 2), None), 1),
        ((dt.date(2025, 6, 1), dt.date(2025, 12, 1)), 3),
    ],
)
def test_a_waived_day_is_not_owed_and_what_comes_of_it_all_the_same_is_not_received(
    waived: tuple[dt.date | None, dt.date | None], due: int
) -> None:
    store = opened(granularity="day", waived=waived)
    days = [Said(1, slot, Decimal(1)) for slot in range(3)]
    store.commit(batch_of(days, "a", T0, Granularity.DAY, DAY))
    three = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 3))
    for group_by in ((), (Dimension.KIND,)):
        found = store.completeness(CompletenessAsk(three, group_by, units=(UNITS[0],))).to_pylist()
        gas = [row for row in found if row.get("kind", "natural_gas") == "natural_gas"]
        others = 0 if group_by else 3  # the unit's electricity, of which nothing came
        assert [(row["due"] - others, row["received"]) for row in gas] == ([(due, due)] if due else [])
    assert [found for step in store.check() for found in step.differences] == []
    store.close()
