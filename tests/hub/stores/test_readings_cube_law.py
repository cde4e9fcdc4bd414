"""The laws of the cube, now and as of an earlier batch: any parts make up the same whole, and before is what was then."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from graph.model.comparison import A_YEAR, Comparison, Stride, is_whole_months
from graph.model.period import Granularity, Month, Period, Quarter
from graph.ports import NOW, AsOf, BalanceAsk, Dimension
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import UNITS, Said, batch_of
from tests.hub.stores.test_readings_cube import DAY, T0, neighbours

Row = dict[str, Any]
BEGIN = dt.date(2026, 1, 1)
TIMES = {Dimension.DAY: 0, Dimension.MONTH: 1, Dimension.QUARTER: 3, Dimension.YEAR: 12}  # months back
NEAR = [(2024, 2, 28), (2024, 2, 29), (2024, 3, 1), (2025, 2, 28), (2025, 3, 1), (2025, 3, 2), (2025, 3, 31)]
PERIODS = [
    Period.of_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    for first, last in [
        ("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29"), ("2025-01-01", "2025-12-31"),
        ("2025-01-01", "2025-03-31"), ("2024-02-29", "2025-03-31"), ("2025-03-29", "2025-04-02"),
        ("2024-02-29", "2024-02-29"), ("2025-02-27", "2025-03-01"), ("2025-03-31", "2025-03-31"),
    ]
]  # fmt: skip

near = st.sampled_from([dt.date(*day) for day in NEAR])
firsts = st.sampled_from([Month(year, month).first_day for year in (2024, 2025) for month in (1, 2, 3, 4)])
values = st.decimals("-9", "99999", places=4)


def said(days: st.SearchStrategy[dt.date]) -> st.SearchStrategy[list[Said]]:
    """Readings of any point on such days."""
    slots = days.map(lambda day: (day - BEGIN).days)
    return st.lists(st.builds(Said, st.integers(0, 2), slots, values), min_size=12, max_size=40)


batches = st.tuples(st.just(Granularity.DAY), said(near)) | st.tuples(
    st.just(Granularity.MONTH), said(firsts)
)
some = st.lists(st.sampled_from(list(Dimension)), unique=True, max_size=4)
groupings = st.tuples(st.sampled_from([[], [Dimension.DAY], [Dimension.MONTH]]), some).map(
    lambda parts: tuple(dict.fromkeys(parts[0] + parts[1]))
)
coefficients = st.builds(
    lambda day, amount: {
        "variety": "023300", "basis": "calorific", "kgce": amount, "edition": "measured", "since": day,
        "until": None, "unit": UNITS[0], "source": "measured",
    },
    near, st.decimals("0.000001", "999", places=6),
)  # fmt: skip


@st.composite
def stores(draw: st.DrawFn) -> ReadingsStore:
    """A store of some batches, provinces' sums folded or not."""
    store = neighbours(coefficient_rows=draw(st.lists(coefficients, max_size=1)))
    for number, (granularity, rows) in enumerate(draw(st.lists(batches, min_size=2, max_size=3))):
        store.commit(batch_of(rows, f"{number}", T0 + number * DAY / 24, granularity, DAY))
    if draw(st.booleans()):
        store.fold()
    return store


def sums(rows: list[Row], by: tuple[Dimension, ...]) -> dict[tuple[Any, ...], list[Decimal | int]]:
    """Coal equivalent, readings and those without coefficient, summed by fewer dimensions."""
    found: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        group = found.setdefault(tuple(row[dimension.value] for dimension in by), Counter())
        for name in ("tce", "readings", "without_coefficient"):
            group[name] += row[name] or 0
    return {key: list(group.values()) for key, group in found.items()}


@given(stores(), st.sampled_from(PERIODS), groupings, groupings)
@settings(max_examples=20, deadline=None)
def test_any_two_groupings_have_the_same_total_and_the_finer_sums_to_the_coarser(
    store: ReadingsStore, period: Period, one: tuple[Dimension, ...], other: tuple[Dimension, ...]
) -> None:
    for as_of in (NOW, AsOf(batch=1)):
        rows = {by: store.balance(BalanceAsk(period, by, as_of=as_of)).to_pylist() for by in (one, other, ())}
        assert sums(rows[one], ()) == sums(rows[other], ()) == sums(rows[()], ())
        both = tuple(dict.fromkeys((*one, *other)))
        finer = store.balance(BalanceAsk(period, both, as_of=as_of)).to_pylist()
        assert sums(finer, one) == sums(rows[one], one)
        assert sums(finer, other) == sums(rows[other], other)
    store.close()


@given(stores(), st.sampled_from(PERIODS), groupings)
@settings(max_examples=30, deadline=None)
def test_what_a_group_is_compared_with_is_the_plain_answer_of_the_earlier_period(
    store: ReadingsStore, period: Period, by: tuple[Dimension, ...]
) -> None:
    for as_of in (NOW, AsOf(batch=1)):
        asked = store.balance(BalanceAsk(period, by, as_of=as_of, compared=tuple(Comparison)))
        plain = store.balance(BalanceAsk(period, by, as_of=as_of))
        assert asked.select(plain.column_names).equals(plain)
        for comparison in Comparison:
            stride = back(period, by, comparison)
            if stride.months and not is_whole_months(period):
                continue  # day by day: the law below
            earlier = stride.before(period)
            then = {} if earlier is None else keyed(store, BalanceAsk(earlier, by, as_of=as_of))
            for row in asked.to_pylist():
                figure = then.get(earlier_key(row, by, stride), {})
                for name in ("measure", "quantity", "tce", "readings"):
                    assert row[f"{comparison.value}_{name}"] == figure.get(name)
    store.close()


@pytest.fixture(scope="module")
def daily() -> Iterator[ReadingsStore]:
    """A store of two years of days, each worth another value."""
    store = neighbours()
    every = [
        Said(0, (day - BEGIN).days, worth(day)) for day in span(dt.date(2023, 12, 1), dt.date(2025, 5, 31))
    ]
    store.commit(batch_of(every, "a", T0, Granularity.DAY, DAY))
    yield store
    store.close()


@given(
    st.sampled_from([dt.date(2024, 1, 28), dt.date(2024, 2, 10), dt.date(2025, 2, 10), dt.date(2025, 3, 26)]),
    st.integers(0, 12),
    st.integers(0, 70),
    st.sampled_from(list(Comparison)),
)
@example(dt.date(2025, 2, 28), 0, 0, Comparison.YEAR_BEFORE)
@example(dt.date(2025, 4, 16), 0, 14, Comparison.BEFORE)
@example(dt.date(2025, 2, 10), 0, 40, Comparison.YEAR_BEFORE)
@settings(max_examples=60, deadline=None)
def test_a_part_of_months_is_compared_day_by_day_and_never_with_more_days(
    daily: ReadingsStore, begin: dt.date, later: int, length: int, comparison: Comparison
) -> None:
    first = begin + later * DAY
    last = min(first + length * DAY, dt.date(2025, 5, 31))
    period = Period.of_days(first, last)
    assume(not is_whole_months(period))
    asked = list(span(first, last))
    for by in ((Dimension.MONTH,), (), (Dimension.DAY,)):
        if comparison is Comparison.BEFORE and by != (Dimension.MONTH,):
            continue  # as many days back: each has one
        then = [day for each in asked if (day := earlier_day(each, back(period, by, comparison).months))]
        answer = daily.balance(BalanceAsk(period, by, compared=(comparison,))).to_pylist()
        told = [row for row in answer if row[f"{comparison.value}_quantity"] is not None]
        count = sum(row[f"{comparison.value}_readings"] for row in told)
        assert count == len([day for day in then if day >= dt.date(2023, 12, 1)]) <= len(asked)
        assert sum(row[f"{comparison.value}_quantity"] for row in told) == sum(map(worth, then))


def span(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Every day from the first to the last."""
    return (first + number * DAY for number in range((last - first).days + 1))


def worth(day: dt.date) -> Decimal:
    """A value of its own; 0 of a day nothing was said of."""
    return Decimal((day - BEGIN).days ** 2) if day >= dt.date(2023, 12, 1) else Decimal(0)


def earlier_day(day: dt.date, months: int) -> dt.date | None:
    """The same day of the month so many months before; None where that one is shorter."""
    month = Month.of(day).shift(-months)
    found = month.first_day + (day.day - 1) * DAY
    return found if Month.of(found) == month else None


def back(period: Period, by: tuple[Dimension, ...], comparison: Comparison) -> Stride:
    """How far back the groups lie that are compared with."""
    if comparison is Comparison.YEAR_BEFORE:
        return A_YEAR
    if Dimension.DAY in by:
        return Stride(days=1)
    own = [TIMES[dimension] for dimension in by if dimension in TIMES]
    return Stride(months=min(own)) if own else Stride.over(period)


def keyed(store: ReadingsStore, ask: BalanceAsk) -> dict[Any, Row]:
    """The rows of a plain answer by their groups."""
    return {
        tuple(row[dimension.value] for dimension in ask.group_by): row
        for row in store.balance(ask).to_pylist()
    }


def earlier_key(row: Row, by: tuple[Dimension, ...], stride: Stride) -> Any:
    """The group a stride before a row's own; None where there is no such day."""
    named = {dimension.value: row[dimension.value] for dimension in by}
    if Dimension.DAY in by and stride.days and row["day"] is None:
        return None  # a month said as a whole has no day before
    first = first_day(named)
    if first is None:
        return tuple(named.values())
    if named.get("day") is not None and stride.months and (first.month, first.day) == (2, 29):
        return None
    if stride.days:
        then = first - stride.days * DAY
    else:
        month = Month.of(first).shift(-stride.months)
        then = month.first_day.replace(day=first.day)
    labels = {
        "day": None if named.get("day", then) is None else then,
        "month": str(Month.of(then)),
        "quarter": str(Quarter.of(then)),
        "year": f"{then:%Y}",
    }
    return tuple(labels.get(name, value) for name, value in named.items())


def first_day(named: Row) -> dt.date | None:
    """The first day of the finest time that names a group; None where none does."""
    if named.get("day") is not None:
        return dt.date.fromisoformat(str(named["day"]))
    if "month" in named:
        return Month.parse(named["month"]).first_day
    if "quarter" in named:
        return Quarter.parse(named["quarter"]).first_day
    return dt.date(int(named["year"]), 1, 1) if "year" in named else None
