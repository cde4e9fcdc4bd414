"""Which value of a period counts: whole finer values, else its own, else what there is of finer ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.model.reading import Origin
from graph.ports import BalanceAsk, Dimension, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import (
    POINTS,
    QUARTER_HOUR,
    START,
    FakeDimensions,
    Said,
    StillClock,
    batch_of,
)

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
JANUARY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
POINT = POINTS[0][:2]
STEPS = {
    Granularity.QUARTER_HOUR: QUARTER_HOUR,
    Granularity.HOUR: HOUR,
    Granularity.DAY: DAY,
    Granularity.MONTH: DAY,
}


def holding(said: dict[Granularity, dict[int, Decimal]]) -> ReadingsStore:
    """A store with these values of one point, by granularity and slot from the first of January."""
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for granularity, values in said.items():
        rows = [Said(0, slot, value) for slot, value in values.items()]
        store.commit(batch_of(rows, granularity.value, T0, granularity, STEPS[granularity]))
    return store


def series(store: ReadingsStore, granularity: Granularity, period: Period = JANUARY) -> list[Decimal]:
    """The values of one granularity."""
    values: list[Decimal] = store.readings(ReadingAsk([POINT], period, granularity))["value"].to_pylist()
    return values


def january(store: ReadingsStore, *by: Dimension) -> Decimal:
    """The balance of January, summed over the groups."""
    return sum(store.balance(BalanceAsk(JANUARY, by))["quantity"].to_pylist(), Decimal(0))


def ones(count: int, value: int = 1) -> dict[int, Decimal]:
    """So many slots of one value."""
    return {slot: Decimal(value) for slot in range(count)}


def test_quarter_hours_roll_up_to_hours_days_and_months() -> None:
    store = holding({Granularity.QUARTER_HOUR: ones(192)})
    rolled = [series(store, granularity) for granularity in list(Granularity)[:4]]
    assert [len(values) for values in rolled] == [192, 48, 2, 1]
    assert {sum(values) for values in rolled} == {Decimal(192)}


def test_one_stray_quarter_hour_does_not_replace_an_hour_nor_its_day() -> None:
    store = holding({Granularity.QUARTER_HOUR: ones(1), Granularity.HOUR: ones(24, 100)})
    assert series(store, Granularity.HOUR)[0] == 100
    assert series(store, Granularity.DAY) == [Decimal(2400)]
    assert january(store) == 2400


def test_hours_fill_a_day_beside_quarter_hours() -> None:
    quarters = {slot: Decimal(1) for slot in range(4)}
    hours = {slot: Decimal(10) for slot in range(1, 24)}
    store = holding(
        {Granularity.QUARTER_HOUR: quarters, Granularity.HOUR: hours, Granularity.DAY: {0: Decimal(999)}}
    )
    assert series(store, Granularity.DAY) == [Decimal(234)]


def test_a_days_own_value_counts_where_its_parts_are_not_whole() -> None:
    said = {Granularity.QUARTER_HOUR: ones(95), Granularity.DAY: {0: Decimal(500)}}
    assert january(holding(said)) == 500
    said[Granularity.QUARTER_HOUR] = ones(96)
    assert january(holding(said)) == 96


def test_a_stray_day_does_not_replace_its_month() -> None:
    store = holding({Granularity.DAY: {3: Decimal(1)}, Granularity.MONTH: {0: Decimal(31000)}})
    assert january(store) == january(store, Dimension.MONTH) == 31000
    assert series(store, Granularity.MONTH) == [Decimal(31000)]
    by_day = store.balance(BalanceAsk(JANUARY, (Dimension.DAY,))).to_pylist()
    assert [(row["day"], row["quantity"]) for row in by_day] == [(None, Decimal(31000))]


def test_whole_days_make_up_the_month() -> None:
    store = holding({Granularity.DAY: ones(31, 10), Granularity.MONTH: {0: Decimal(31000)}})
    assert january(store) == 310
    assert series(store, Granularity.MONTH) == [Decimal(310)]


def test_a_month_is_not_told_for_a_part_of_it() -> None:
    store = holding({Granularity.MONTH: {0: Decimal(31000)}})
    first_day = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
    assert store.balance(BalanceAsk(first_day, ())).num_rows == 0
    assert series(store, Granularity.MONTH, first_day) == [Decimal(31000)]


def test_a_value_that_was_sent_keeps_its_origin_and_one_that_was_made_says_derived() -> None:
    store = holding({Granularity.QUARTER_HOUR: ones(4), Granularity.MONTH: {0: Decimal(9)}})
    origins = {
        granularity: store.readings(ReadingAsk([POINT], JANUARY, granularity))["origin"].to_pylist()
        for granularity in (Granularity.HOUR, Granularity.MONTH)
    }
    assert origins == {Granularity.HOUR: [Origin.DERIVED], Granularity.MONTH: [Origin.INSTRUMENT]}


@pytest.mark.parametrize("granularity", [Granularity.HOUR, Granularity.DAY, Granularity.MONTH])
def test_a_question_for_a_moment_gets_the_whole_period_it_lies_in(granularity: Granularity) -> None:
    store = holding({Granularity.QUARTER_HOUR: ones(96)})
    moment = Period(START + HOUR * 5, START + HOUR * 5 + dt.timedelta(microseconds=1))
    assert series(store, granularity, moment) == (
        [Decimal(4)] if granularity is Granularity.HOUR else [Decimal(96)]
    )


@given(st.sets(st.integers(0, 95)), st.sets(st.integers(0, 23)), st.booleans())
@settings(max_examples=25)
def test_a_day_follows_the_rule_whatever_was_said_of_it(
    quarters: set[int], hours: set[int], day: bool
) -> None:
    said = {
        Granularity.QUARTER_HOUR: {slot: Decimal(1) for slot in quarters},
        Granularity.HOUR: {slot: Decimal(50) for slot in hours},
        Granularity.DAY: {0: Decimal(7000)} if day else {},
    }
    store = holding({granularity: values for granularity, values in said.items() if values})
    parts, slots = Decimal(0), 0
    for hour in range(24):
        mine = quarters & set(range(hour * 4, hour * 4 + 4))
        own = hour in hours and len(mine) < 4
        parts, slots = parts + (50 if own else len(mine)), slots + (4 if own else len(mine))
    expected = Decimal(7000) if day and slots < 96 else parts
    assert series(store, Granularity.DAY) == ([expected] if day or slots else [])
    store.close()


@given(
    st.dictionaries(st.integers(0, 60), st.integers(1, 9), max_size=40),
    st.sets(st.sampled_from([0, 31, 59])),
    st.booleans(),
)
@settings(max_examples=25)
def test_the_total_is_the_same_for_every_grouping(
    days: dict[int, int], months: set[int], whole: bool
) -> None:
    said = {slot: Decimal(value) for slot, value in days.items()}
    if whole:
        said |= {slot: said.get(slot, Decimal(2)) for slot in range(31)}
    store = holding(
        {
            granularity: values
            for granularity, values in (
                (Granularity.DAY, said),
                (Granularity.MONTH, {slot: Decimal(1000) for slot in months}),
            )
            if values
        }
    )
    spring = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    groupings = [(), (Dimension.DAY,), (Dimension.MONTH,), (Dimension.UNIT, Dimension.DAY), (Dimension.KIND,)]
    totals = {
        sum(store.balance(BalanceAsk(spring, by))["quantity"].to_pylist(), Decimal(0)) for by in groupings
    }
    assert len(totals) == 1
    store.close()
