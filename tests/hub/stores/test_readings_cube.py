"""A balance is a cube: grouped by any of its dimensions, its parts make up the same whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pytest

from graph.model.period import UTC, Granularity, Period
from graph.ports import BalanceAsk, CompletenessAsk, Dimension
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
