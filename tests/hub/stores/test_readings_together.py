"""Figures agree with one another: whatever came in whatever groups, each way of asking adds up to the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from graph.model.period import UTC, Granularity, Period
from graph.model.sync_run import Receipt
from graph.ports import NOW, AsOf, BalanceAsk, CompletenessAsk, Dimension, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, QUARTER_HOUR, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import FORTNIGHT, SPRING, ChangingRegistry

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
STEPS = {
    Granularity.QUARTER_HOUR: (QUARTER_HOUR, range(192)),
    Granularity.HOUR: (dt.timedelta(hours=1), range(50)),
    Granularity.DAY: (dt.timedelta(days=1), range(60)),
    Granularity.MONTH: (dt.timedelta(days=1), (0, 31, 59)),
}
COMPLETENESS = ((), (Dimension.UNIT,), (Dimension.KIND,), (Dimension.VARIETY, Dimension.DAY))
BALANCES = ((), (Dimension.DAY,), (Dimension.UNIT, Dimension.MONTH), (Dimension.PROVINCE, Dimension.DAY))


def handed_over(store: ReadingsStore, chance: random.Random, key: str, at: dt.datetime) -> list[Receipt]:
    """Some batches at once, of the same and of different units."""
    batches = []
    for number in range(chance.randrange(1, 5)):
        granularity = chance.choice(list(STEPS))
        step, slots = STEPS[granularity]
        points = chance.choice(((0, 1), (2,), (0, 1, 2)))
        rows = [
            Said(
                chance.choice(points),
                chance.choice(slots),
                Decimal(chance.randrange(4)),
                chance.choice((None, 1, 2, 3)),
            )
            for _ in range(chance.randrange(1, 60))
        ]
        batches.append(batch_of(rows, f"{key} {number}", at, granularity, step))
    return [receipt.result() for receipt in [store.submit(batch) for batch in batches]]


def history(store: ReadingsStore, registry: ChangingRegistry, clock: StillClock, seed: int) -> list[AsOf]:
    """A month of batches, changes of the registry and foldings; the states it went through."""
    chance, states = random.Random(seed), [NOW]  # noqa: S311 - nothing secret
    for round_ in range(6):
        clock.moment = T0 + dt.timedelta(hours=5 * round_)
        receipts = handed_over(store, chance, f"{round_}", clock.moment)
        states += [AsOf(batch=receipt.batch) for receipt in receipts]
        if chance.random() < 0.5:
            registry.change(chance.choice(("move", "state", "until", "coefficient")), chance.randrange(6))
        if chance.random() < 0.3:
            store.fold()
    return states


def totals(rows: Iterable[dict[str, Any]], *names: str) -> tuple[Any, ...]:
    """The sums of some columns."""
    listed = list(rows)
    return tuple(sum(row[name] or 0 for row in listed) for name in names)


def from_series(store: ReadingsStore, period: Period, granularity: Granularity) -> Decimal:
    """What the points' own series add up to."""
    points = [(unit, point) for unit, point, _ in POINTS]
    values = store.readings(ReadingAsk(points, period, granularity))["value"].to_pylist()
    return sum(values, Decimal(0))


@pytest.mark.parametrize("seed", range(4))
def test_every_way_of_asking_adds_up_to_the_same_now_and_then(seed: int) -> None:
    registry, clock = ChangingRegistry(), StillClock(T0)
    registry.granularity = list(STEPS)[seed].value
    store = ReadingsStore(None, registry, clock)
    for as_of in history(store, registry, clock, seed):
        asked = [
            store.completeness(CompletenessAsk(SPRING, by, as_of=as_of)).to_pylist() for by in COMPLETENESS
        ]
        assert len({totals(rows, "due", "received", "on_time") for rows in asked}) == 1, as_of
        assert all(row["received"] <= row["due"] for rows in asked for row in rows), as_of
        for period in (SPRING, FORTNIGHT):
            balances = [
                store.balance(BalanceAsk(period, (*by, Dimension.KIND), as_of=as_of)).to_pylist()
                for by in BALANCES
            ]
            assert len({totals(rows, "quantity", "tce", "readings") for rows in balances}) == 1, as_of
    if registry.state == "active":
        told = [
            totals(store.balance(BalanceAsk(p, (Dimension.KIND,))).to_pylist(), "quantity")
            for p in (SPRING, FORTNIGHT)
        ]
        assert told[0] == (from_series(store, SPRING, Granularity.MONTH),)
        assert told[1] == (from_series(store, FORTNIGHT, Granularity.DAY),)
    assert [str(found) for step in store.check() for found in step.differences] == []
    store.close()
