"""A value that is taken back holds no longer, all that is kept beside the readings follows, and the past stays as it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.ports import (
    NOW,
    AsOf,
    CompletenessAsk,
    DigestAsk,
    DigestLevel,
    Dimension,
    HistoryAsk,
    HopAsk,
    HopDimension,
)
from hub.stores.readings.check import check
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

IN_TIME = dt.datetime(2026, 1, 1, 12, tzinfo=UTC)
LATE = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
STEPS = {Granularity.QUARTER_HOUR: QUARTER_HOUR, Granularity.DAY: dt.timedelta(days=1)}


@dataclass(frozen=True)
class Came:
    """A batch of a few slots, all of one value and version: said, or taken back."""

    slots: tuple[int, ...]
    value: int
    version: int | None
    withdraws: bool
    late: bool
    granularity: Granularity = Granularity.QUARTER_HOUR


def store_of(*batches: Came) -> ReadingsStore:
    """A store to which these batches came, an hour apart."""
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for number, came in enumerate(batches):
        rows = [Said(0, slot, Decimal(came.value), came.version) for slot in came.slots]
        at = (LATE if came.late else IN_TIME) + dt.timedelta(minutes=number)
        batch = batch_of(rows, f"{number}", at, came.granularity, STEPS[came.granularity])
        store.commit(replace(batch, withdraws=came.withdraws))
    return store


def held(store: ReadingsStore, as_of: AsOf = NOW) -> list[tuple[int, Decimal]]:
    """How many values of each day hold, and their sum."""
    rows = store.digests(DigestAsk(DAY, DigestLevel.DAY, as_of=as_of)).to_pylist()
    return [(row["readings"], row["total"]) for row in rows]


SAID = Came((0, 1), 5, 7, withdraws=False, late=False)
TAKEN = replace(SAID, slots=(1,), withdraws=True, late=True)

cames = st.lists(
    st.builds(
        Came,
        st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(1, 2),
        st.none() | st.integers(1, 4),
        st.booleans(),
        st.booleans(),
        st.sampled_from(list(STEPS)),
    ),
    max_size=8,
)


@given(cames)
@settings(max_examples=40, deadline=None)
def test_whatever_is_said_and_taken_back_the_store_checks_clean(batches: list[Came]) -> None:
    store = store_of(*sorted(batches, key=lambda came: came.late))
    found = [str(difference) for step in check(store._database) for difference in step.differences]
    assert found == []


def test_it_holds_no_longer_and_still_did_as_of_before() -> None:
    store = store_of(SAID, TAKEN)
    assert held(store) == [(1, Decimal(5))]
    assert held(store, AsOf(batch=1)) == [(2, Decimal(10))]


def test_its_batch_counts_it_as_corrected_and_its_history_tells_which_took_it_back() -> None:
    store = store_of(SAID, TAKEN)
    with store._database.reading() as cursor:
        counts = cursor.execute("SELECT accepted, corrected, duplicate FROM batch ORDER BY id").fetchall()
    assert counts == [(2, 0, 0), (0, 1, 0)]
    rows = store.history(HistoryAsk([POINTS[0][:2]], DAY)).to_pylist()
    told = [(row["start"].minute, row["state"], row["replaced_by"], row["why"]) for row in rows]
    assert told == [(0, "holds", None, None), (15, "withdrawn", 2, None)]


@pytest.mark.parametrize("value", [4, 6])
def test_a_value_that_was_corrected_meanwhile_stays(value: int) -> None:
    store = store_of(SAID, replace(TAKEN, value=value))
    assert held(store) == [(2, Decimal(10))]


def test_what_is_said_again_after_it_was_taken_back_holds_and_is_as_late_as_it_came() -> None:
    store = store_of(SAID, replace(TAKEN, slots=(0, 1)), replace(SAID, late=True))
    assert held(store) == [(2, Decimal(10))]
    with store._database.reading() as cursor:
        assert cursor.execute("SELECT sum(readings), sum(on_time) FROM card").fetchall() == [(2, 0)]


def test_taken_back_twice_it_is_gone_once() -> None:
    store = store_of(SAID, TAKEN, TAKEN)
    assert held(store) == [(1, Decimal(5))]


def test_of_a_month_that_was_taken_back_the_days_count() -> None:
    day = Came((0,), 3, 7, withdraws=False, late=False, granularity=Granularity.DAY)
    store = store_of(day, replace(day, withdraws=True, late=True), replace(SAID, slots=(0,)))
    assert held(store) == [(1, Decimal(5))]


def test_whatever_question_counts_it_has_not_been_received() -> None:
    store = store_of(SAID, TAKEN, replace(TAKEN, slots=(0,)))
    told = {
        dimensions: store.completeness(CompletenessAsk(DAY, dimensions)).to_pylist()
        for dimensions in ((Dimension.UNIT,), (Dimension.UNIT, Dimension.KIND))
    }
    found = {
        dimensions: sum(row["received"] for row in rows if row["unit"] == UNITS[0])
        for dimensions, rows in told.items()
    }
    assert set(found.values()) == {0}
    hops = store.hops(HopAsk(DAY, (HopDimension.UNIT,))).to_pylist()
    assert [row["received"] for row in hops if row["unit"] == UNITS[0]] == [0]


def test_what_came_again_late_is_late_whatever_question_counts_it() -> None:
    store = store_of(SAID, replace(TAKEN, slots=(0, 1)), replace(SAID, late=True))
    by_unit, by_kind = (
        store.completeness(CompletenessAsk(DAY, dimensions)).to_pylist()
        for dimensions in ((Dimension.UNIT,), (Dimension.UNIT, Dimension.KIND))
    )
    hops = store.hops(HopAsk(DAY, (HopDimension.UNIT,))).to_pylist()
    assert [sum(row["on_time"] for row in rows) for rows in (by_unit, by_kind)] == [0, 0]
    assert sum(row["late"] for row in hops) == 2
