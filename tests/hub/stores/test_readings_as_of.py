"""As of then is what was answered then: every figure, whatever came since, of readings and of the registry alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.comparison import Comparison
from graph.model.energy import Basis
from graph.model.monthly import MonthSpan
from graph.model.period import UTC, Granularity, Month, Period
from graph.ports import NOW, AsOf, BalanceAsk, CompletenessAsk, Dimension, MonthlyAsk, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import (
    POINTS,
    QUARTER_HOUR,
    UNITS,
    FakeDimensions,
    Said,
    StillClock,
    batch_of,
)

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
STEP = dt.timedelta(
    hours=5
)  # so that several batches fall on one day, and what is folded holds moments between them
SPRING = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
FEBRUARY = Period.of_days(dt.date(2026, 2, 1), dt.date(2026, 2, 28))
FORTNIGHT = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 14))
# granularity -> how far its slots lie apart, and which slots are said
SAID = {
    Granularity.QUARTER_HOUR: (QUARTER_HOUR, st.integers(0, 95)),
    Granularity.HOUR: (dt.timedelta(hours=1), st.integers(0, 25)),
    Granularity.DAY: (dt.timedelta(days=1), st.integers(0, 40)),
    Granularity.MONTH: (dt.timedelta(days=1), st.sampled_from([0, 31])),
}


@dataclass
class ChangingRegistry(FakeDimensions):
    """A registry whose units move, whose points are accepted late, and whose coefficients change."""

    at: int = 1
    province: str = "970000"
    now: dt.datetime = field(default=T0)

    def revision(self) -> int:
        """Grows with each change."""
        return self.at

    def change(self, what: str, amount: int) -> None:
        """One of the changes a registry sees."""
        self.at += 1
        if what == "move":
            self.province = ("970000", "990000")[amount % 2]
        elif what == "state":
            self.state = ("active", "proposed")[amount % 2]
        elif what == "until":
            self.until = (None, dt.date(2026, 1, 10))[amount % 2]
        elif what == "waiver":
            granted, ended = (
                (None, dt.date(2026, 1, 3))[amount % 2],
                (None, dt.date(2026, 1, 20))[amount // 4],
            )
            self.waived = (granted, ended if granted else None)
        else:
            own = {
                "variety": "023300",
                "basis": Basis.CALORIFIC.value,
                "kgce": Decimal(amount),
                "edition": "measured",
            }
            self.coefficient_rows = [
                {
                    **own,
                    "since": dt.date(2026, 1, 1),
                    "until": None,
                    "unit": UNITS[amount % 2],
                    "source": "measured",
                }
            ]

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The tables as they stand."""
        _, units, points, coefficients = super().dimensions()
        provinces = pa.array([self.province, "980000"])
        return (
            self.at,
            units.set_column(units.column_names.index("province"), "province", provinces),
            points,
            coefficients,
        )


@st.composite
def batches(draw: st.DrawFn) -> tuple[Granularity, list[Said]]:
    """A batch of one granularity, with a few values so that it meets others."""
    granularity = draw(st.sampled_from(list(SAID)))
    values = st.integers(0, 3).map(Decimal)
    rows = st.builds(
        Said,
        point=st.integers(0, len(POINTS) - 1),
        slot=SAID[granularity][1],
        value=values,
        version=st.none() | st.integers(1, 4),
    )
    return granularity, draw(st.lists(rows, min_size=1, max_size=20))


changes = st.tuples(st.sampled_from(["move", "state", "until", "waiver", "coefficient"]), st.integers(1, 6))
histories = st.lists(st.one_of(batches(), changes), min_size=2, max_size=5)

QUESTIONS: tuple[Callable[[ReadingsStore, AsOf], pa.Table], ...] = (
    *(
        lambda store, as_of, by=by: store.balance(
            BalanceAsk(FEBRUARY, by, as_of=as_of, compared=tuple(Comparison))
        )
        for by in ((), (Dimension.PROVINCE, Dimension.MONTH), (Dimension.COUNTY, Dimension.QUARTER))
    ),
    *(
        lambda store, as_of, by=by, period=period: store.balance(BalanceAsk(period, by, as_of=as_of))
        for by in ((), (Dimension.PROVINCE, Dimension.DAY), (Dimension.UNIT, Dimension.KIND, Dimension.MONTH))
        for period in (SPRING, FORTNIGHT)
    ),
    *(
        lambda store, as_of, by=by: store.completeness(CompletenessAsk(SPRING, by, as_of=as_of))
        for by in ((Dimension.PROVINCE, Dimension.MONTH), (Dimension.UNIT, Dimension.DAY), (Dimension.KIND,))
    ),
    *(
        lambda store, as_of, granularity=granularity: store.readings(
            ReadingAsk([(unit, point) for unit, point, _ in POINTS], SPRING, granularity, as_of)
        )
        for granularity in Granularity
    ),
    *(
        lambda store, as_of, span=span: store.monthly(MonthlyAsk(span, as_of=as_of)).table
        for span in (None, MonthSpan(Month(2026, 1), Month(2026, 2)))
    ),
)


def answers(store: ReadingsStore, as_of: AsOf) -> list[Any]:
    """What the store says to every question."""
    return [question(store, as_of).to_pylist() for question in QUESTIONS]


def total(store: ReadingsStore, by: tuple[Dimension, ...], as_of: AsOf) -> list[tuple[Any, Decimal]]:
    """Energy by kind, as summed from the rows of a finer question."""
    sums: dict[Any, Decimal] = {}
    for row in store.balance(BalanceAsk(SPRING, (*by, Dimension.KIND), as_of=as_of)).to_pylist():
        sums[row["kind"]] = sums.get(row["kind"], Decimal(0)) + row["quantity"]
    return sorted(sums.items())


@given(histories)
@settings(max_examples=8, deadline=None)
def test_as_of_then_is_what_was_answered_then(history: list[Any]) -> None:
    registry, clock = ChangingRegistry(), StillClock(T0)
    store = ReadingsStore(None, registry, clock)
    told: list[tuple[AsOf, list[Any]]] = []
    for number, (what, how) in enumerate(history):
        clock.moment = T0 + STEP * number
        if isinstance(what, Granularity):
            receipt = store.commit(batch_of(how, f"{number}", clock.moment, what, SAID[what][0]))
            said_now = answers(store, NOW)
            assert answers(store, AsOf(batch=receipt.batch)) == said_now
            told.append((AsOf(batch=receipt.batch), said_now))
        else:
            registry.change(what, how)
            said_now = answers(store, NOW)
        told.append((AsOf(moment=clock.moment + STEP / 2), said_now))
    clock.moment = T0 + dt.timedelta(days=30)
    store.fold()
    for as_of, then in told:
        assert answers(store, as_of) == then
        finer = [
            total(store, by, as_of) for by in ((), (Dimension.PROVINCE, Dimension.DAY), (Dimension.UNIT,))
        ]
        assert finer[0] == finer[1] == finer[2]
    assert [str(found) for step in store.check() for found in step.differences] == []
    store.close()


@pytest.mark.parametrize(("change", "how"), [("move", 1), ("state", 1), ("until", 1), ("coefficient", 4)])
def test_folding_keeps_the_moment_between_a_change_of_the_registry_and_the_next_batch(
    change: str, how: int
) -> None:
    registry, clock = ChangingRegistry(), StillClock(T0)
    store = ReadingsStore(None, registry, clock)
    day = SAID[Granularity.DAY][0]
    told: list[tuple[AsOf, list[Any]]] = []

    def remember(hours: int = 1) -> None:
        told.append((AsOf(moment=clock.moment + dt.timedelta(minutes=30)), answers(store, NOW)))
        clock.moment += dt.timedelta(hours=hours)

    for number in range(4):  # one on a day before, then all of it on one Beijing day
        rows = [Said(point, number, Decimal(point + number + 1)) for point in range(len(POINTS))]
        store.commit(batch_of(rows, f"{number}", clock.moment, Granularity.DAY, day))
        remember(24 if number == 0 else 1)
        if number != 2:
            registry.change(change, how + number)
            remember()
    clock.moment += dt.timedelta(days=2)
    for _ in range(2):  # folded twice: the second time there is nothing to fold
        store.fold()
        assert [answers(store, as_of) == then for as_of, then in told] == [True] * len(told)
    assert [str(found) for step in store.check() for found in step.differences] == []
