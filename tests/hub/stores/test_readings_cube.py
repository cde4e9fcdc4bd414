"""A balance is a cube: grouped by any of its dimensions, its parts make up the same whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa
import pytest

from graph.model.comparison import Comparison
from graph.model.period import UTC, Granularity, Period
from graph.ports import NOW, AsOf, BalanceAsk, CompletenessAsk, Dimension
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
SPRING = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 4, 30))
COUNTIES = ["970102", "970103"]


@dataclass
class Neighbours(FakeDimensions):
    """Two units of one city, each in a county of its own."""

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The tables, the units moved."""
        revision, units, points, coefficients = super().dimensions()
        moved = {"province": ["970000"] * 2, "city": ["970100"] * 2, "region": COUNTIES}
        for name, values in moved.items():
            units = units.set_column(units.column_names.index(name), name, pa.array(values))
        return revision, units, points, coefficients


def neighbours(**dimensions: object) -> ReadingsStore:
    """An empty store of two units of one city."""
    return ReadingsStore(None, Neighbours(**dimensions), StillClock())  # type: ignore[arg-type]  # a fake's fields


def days(*said: tuple[int, int, int]) -> list[Said]:
    """Readings of whole days: point, day from the first of January 2026, value."""
    return [Said(point, day, Decimal(value)) for point, day, value in said]


def test_a_balance_is_grouped_by_county_quarter_and_year() -> None:
    store = neighbours()
    rows = days((0, 0, 1), (0, 90, 20), (2, 89, 300))
    store.commit(batch_of(rows, "a", T0, Granularity.DAY, DAY))
    ask = BalanceAsk(SPRING, (Dimension.COUNTY, Dimension.QUARTER, Dimension.YEAR))
    found = store.balance(ask).select(["county", "quarter", "year", "quantity"])
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("970102", "2026Q1", "2026", Decimal(1)),
        ("970102", "2026Q2", "2026", Decimal(20)),
        ("970103", "2026Q1", "2026", Decimal(300)),
    ]


@pytest.mark.parametrize("kind", [(), (Dimension.KIND,)])
def test_completeness_is_grouped_by_county_quarter_and_year(kind: tuple[Dimension, ...]) -> None:
    store = neighbours(granularity="day")
    store.commit(batch_of(days((0, 0, 1), (0, 90, 1), (2, 89, 1)), "a", T0, Granularity.DAY, DAY))
    ask = CompletenessAsk(SPRING, (Dimension.COUNTY, Dimension.QUARTER, Dimension.YEAR, *kind))
    found = [row for row in store.completeness(ask).to_pylist() if row.get("kind") != "natural_gas"]
    gas = 1 if kind else 2  # the first county has a point of gas too
    assert [(row["county"], row["quarter"], row["year"], row["due"], row["received"]) for row in found] == [
        ("970102", "2026Q1", "2026", 90 * gas, 1),
        ("970102", "2026Q2", "2026", 30 * gas, 1),
        ("970103", "2026Q1", "2026", 90, 1),
        ("970103", "2026Q2", "2026", 30, 0),
    ]


@pytest.mark.parametrize("dimension", [Dimension.QUARTER, Dimension.YEAR])
@pytest.mark.parametrize("unitwise", [(), (Dimension.UNIT,)])
def test_a_month_said_as_a_whole_belongs_to_its_quarter_and_its_year(
    dimension: Dimension, unitwise: tuple[Dimension, ...]
) -> None:
    store = neighbours()
    store.commit(batch_of(days((0, 31, 7)), "february", T0, Granularity.MONTH, DAY))
    (row,) = store.balance(BalanceAsk(SPRING, (dimension, Dimension.DAY, *unitwise))).to_pylist()
    name = {"quarter": "2026Q1", "year": "2026"}[dimension.value]
    assert (row[dimension.value], row["day"], row["quantity"]) == (name, None, Decimal(7))


def test_a_whole_february_is_compared_with_a_whole_february_and_each_of_its_days_with_that_day() -> None:
    store = neighbours()
    leap = (dt.date(2024, 2, 29) - dt.date(2026, 1, 1)).days
    rows = days((0, leap - 1, 5), (0, leap, 4), (0, leap + 365, 7))  # 28 February 2024, 29, and 28 of 2025
    store.commit(batch_of(rows, "a", T0, Granularity.DAY, DAY))
    february = Period.of_days(dt.date(2025, 2, 1), dt.date(2025, 2, 28))
    compared = (Comparison.YEAR_BEFORE,)
    (whole,) = store.balance(BalanceAsk(february, (), compared=compared)).to_pylist()
    (day,) = store.balance(BalanceAsk(february, (Dimension.DAY,), compared=compared)).to_pylist()
    assert (whole["quantity"], whole["year_before_quantity"]) == (Decimal(7), Decimal(9))
    assert (day["quantity"], day["year_before_quantity"]) == (Decimal(7), Decimal(5))


def test_each_month_is_compared_with_the_month_before_also_as_of_then() -> None:
    store = neighbours()
    store.commit(batch_of(days((0, 30, 1), (0, 31, 2), (0, 58, 4)), "a", T0, Granularity.DAY, DAY))
    store.commit(batch_of(days((0, 30, 100)), "corrected", T0 + DAY, Granularity.DAY, DAY))
    ask = BalanceAsk(SPRING, (Dimension.MONTH,), compared=(Comparison.BEFORE,))

    def told(as_of: AsOf) -> list[tuple[Decimal, Decimal | None]]:
        rows = store.balance(replace(ask, as_of=as_of)).to_pylist()
        return [(row["quantity"], row["before_quantity"]) for row in rows]

    assert told(NOW) == [(Decimal(100), None), (Decimal(6), Decimal(100))]
    assert told(AsOf(batch=1)) == [(Decimal(1), None), (Decimal(6), Decimal(1))]


def test_by_day_a_month_said_as_a_whole_has_no_day_before_but_a_year_before() -> None:
    store = neighbours()
    months = days((0, 0, 1), (0, 31, 2), (0, 59, 4), (0, -365, 8), (0, -334, 16))
    store.commit(batch_of(months, "a", T0, Granularity.MONTH, DAY))
    ask = BalanceAsk(SPRING, (Dimension.DAY,), compared=tuple(Comparison))
    (row,) = store.balance(ask).to_pylist()
    assert (row["day"], row["quantity"], row["before_quantity"]) == (None, Decimal(7), None)
    assert row["year_before_quantity"] == Decimal(24)


def test_an_answer_says_nothing_of_what_was_not_asked_for() -> None:
    store = neighbours()
    store.commit(batch_of(days((0, 0, 1)), "a", T0, Granularity.DAY, DAY))
    plain = store.balance(BalanceAsk(SPRING, ())).column_names
    before = store.balance(BalanceAsk(SPRING, (), compared=(Comparison.BEFORE,))).column_names
    assert plain == ["measure", "quantity", "tce", "without_coefficient", "edition", "readings"]
    assert before == [*plain, "before_measure", "before_quantity", "before_tce", "before_readings"]
