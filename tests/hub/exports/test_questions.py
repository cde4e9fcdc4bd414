"""An export's tables: all readings of all points within reach, once, in order, and never too many at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import TooLarge
from graph.model.period import Granularity, Period
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import Ask, AsOf, BalanceAsk, Condition, FigureSource, Page, ReadingAsk
from hub.exports import questions
from hub.exports.questions import READINGS, ReadingsAsk, balance_piece, reading_pieces

YEAR = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
Point = tuple[int, int]


@dataclass
class FakePoints:
    """A registry of points, some a page."""

    points: list[Point]
    a_page: int = 3
    asked: list[Ask] = field(default_factory=list)

    def rows(self, ask: Ask) -> Page:
        """The next page."""
        self.asked.append(ask)
        begin = int(ask.after or 0)
        some = self.points[begin : begin + self.a_page]
        table = pa.table(
            {
                "unit_id": pa.array([unit for unit, _ in some], pa.int32()),
                "point_id": pa.array([point for _, point in some], pa.int32()),
                "unit": pa.array([f"unit {unit}" for unit, _ in some], pa.string()),
                "code": pa.array([f"code {point}" for _, point in some], pa.string()),
                "variety": pa.array(["023300" if point % 2 else "070001" for _, point in some], pa.string()),
                "measure": pa.array([None if point % 2 else "share" for _, point in some], pa.string()),
            }
        )
        cursors = [str(begin + place) for place in range(1, len(some) + 1)]
        return Page(table, cursors, begin + len(some) < len(self.points), begin > 0)

    def known(self, ask: Ask) -> Page | None:
        """Never called."""
        raise AssertionError(ask)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Never called."""
        raise AssertionError(asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Never called."""
        raise AssertionError((ask, by, latest))


@dataclass
class FakeReadings:
    """Figures of which each point has some days, told in no order of points."""

    days: int
    asked: list[ReadingAsk] = field(default_factory=list)

    def readings(self, ask: ReadingAsk) -> pa.Table:
        """The days of the points asked for, the last point first."""
        self.asked.append(ask)
        cells = [(*place, day) for place in sorted(ask.points, reverse=True) for day in range(self.days)]
        start = YEAR.start
        return pa.table(
            {
                "unit_id": pa.array([unit for unit, _, _ in cells], pa.int32()),
                "point_id": pa.array([point for _, point, _ in cells], pa.int32()),
                "start": pa.array(
                    [start + dt.timedelta(days=day) for *_, day in cells], pa.timestamp("us", "UTC")
                ),
                "value": pa.array([Decimal(day) for *_, day in cells], pa.decimal128(38, 4)),
                "origin": pa.array(["instrument"] * len(cells)),
                "batch": pa.array([1] * len(cells), pa.int32()),
                "suspect": pa.array([False] * len(cells)),
            }
        )


def pieces_of(points: list[Point], days: int, **rest: Any) -> tuple[list[pa.Table], FakePoints, FakeReadings]:
    """An export of days of these points."""
    registry, figures = FakePoints(points), FakeReadings(days)
    asked = ReadingsAsk(YEAR, Granularity.DAY, **rest)
    return list(reading_pieces(registry, cast("FigureSource", figures), asked)), registry, figures


places = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), unique=True, max_size=12)


@given(places, st.integers(0, 3), st.integers(1, 2_000))
def test_every_reading_comes_once_by_unit_point_and_start_and_few_at_a_time(
    points: list[Point], days: int, rows: int
) -> None:
    points.sort()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "ROWS_PER_PIECE", rows)
        pieces, _, figures = pieces_of(points, days)
    assert all(piece.schema == READINGS for piece in pieces)
    found = [
        (row["unit"], row["data_code"], int(row["value"])) for piece in pieces for row in piece.to_pylist()
    ]
    assert found == [(f"unit {u}", f"code {p}", day) for u, p in points for day in range(days)]
    assert all(len(ask.points) * 366 <= max(rows, 366) for ask in figures.asked)


def test_varieties_have_their_name_and_unit_and_others_what_the_point_says() -> None:
    (piece,), *_ = pieces_of([(1, 1), (1, 2)], 1)
    assert piece.select(["variety", "variety_name", "measure", "granularity"]).to_pylist() == [
        {"variety": "023300", "variety_name": "电力", "measure": "kWh", "granularity": "day"},
        {"variety": "070001", "variety_name": None, "measure": "share", "granularity": "day"},
    ]
    assert piece["start"].to_pylist()[0].isoformat() == "2026-01-01T00:00:00+08:00"


def test_reach_conditions_and_state_are_asked_of_the_sources() -> None:
    where, reach = (Condition("unit", "x"),), Reach(region=RegionCode("970000"))
    _, registry, figures = pieces_of([(1, 1)], 1, where=where, reach=reach, as_of=AsOf(batch=4))
    assert {(ask.noun, ask.where, ask.reach) for ask in registry.asked} == {("data_point", where, reach)}
    assert [ask.as_of for ask in figures.asked] == [AsOf(batch=4)]


@dataclass
class FakeBalance:
    """A balance of so many rows."""

    rows: int

    def balance(self, _: BalanceAsk) -> pa.Table:
        """The rows."""
        return pa.table({"readings": range(self.rows)})


def test_a_balance_too_long_to_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "BALANCE_ROWS_MAX", 3)
    ask = BalanceAsk(YEAR, ())
    assert balance_piece(cast("FigureSource", FakeBalance(3)), ask).num_rows == 3
    with pytest.raises(TooLarge, match="at most 3 rows, this one 4"):
        balance_piece(cast("FigureSource", FakeBalance(4)), ask)
