"""The law of the readings store: for any batches it equals a simple in-memory model, now and as of every batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.model.reading import Origin
from graph.model.sync_run import Receipt
from graph.ports import AsOf, ReadingAsk
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

SLOTS = 3
PERIOD = Period(START, START + QUARTER_HOUR * SLOTS)
T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)

Key = tuple[int, int]
Entry = tuple[int, Decimal, int]  # version, value, origin: the greatest one is current


@dataclass
class Model:
    """What the store should say, in dictionaries."""

    current: dict[Key, Entry] = field(default_factory=dict)
    history: dict[Key, list[Entry]] = field(default_factory=dict)
    said: list[dict[Key, Decimal]] = field(default_factory=list)

    def commit(self, rows: Sequence[Said], at: dt.datetime) -> None:
        """Take a batch: the rows of a key one after the other from the least (version, value, origin) to the greatest.

        Each that is greater than what is known comes to hold, but for one without a version that says nothing new.
        """
        arrival = int(at.timestamp() * 1_000_000)
        for row in sorted(rows, key=lambda row: entry(row, arrival)):
            key, said = (row.point, row.slot), entry(row, arrival)
            known = self.current.get(key)
            repeats = known is not None and said[1:] == known[1:] and row.version is None
            if known is None or (said > known and not repeats):
                self.current[key] = said
        self.said.append({key: known[1] for key, known in self.current.items()})


def entry(row: Said, arrival: int) -> Entry:
    """A row as something that can be compared; without a version, arrival decides."""
    version = arrival if row.version is None else row.version * 1_000_000
    return version, row.value, row.origin.number


rows = st.builds(
    Said,
    point=st.integers(0, len(POINTS) - 1),
    slot=st.integers(0, SLOTS - 1),
    value=st.decimals("-5", "5", places=4),
    version=st.none() | st.integers(1, 5),
    origin=st.sampled_from([Origin.INSTRUMENT, Origin.MANUAL]),
)
few_values = rows.map(lambda row: Said(row.point, row.slot, Decimal(int(row.value)), row.version, row.origin))
batches = st.lists(st.lists(few_values, min_size=1, max_size=8), min_size=1, max_size=5)


def asked(store: ReadingsStore, as_of: AsOf) -> dict[Key, Decimal]:
    """Everything the store says as of then, by point and slot."""
    points = [(unit, point) for unit, point, _ in POINTS]
    table = store.readings(ReadingAsk(points, PERIOD, Granularity.QUARTER_HOUR, as_of))
    return {
        (points.index((row["unit_id"], row["point_id"])), (row["start"] - START) // QUARTER_HOUR): row[
            "value"
        ]
        for row in table.to_pylist()
    }


def check_counts(receipt: Receipt, rows: Sequence[Said]) -> None:
    """Every row of a batch is counted once."""
    counted = (
        receipt.accepted + receipt.duplicate + receipt.corrected + receipt.superseded + receipt.rejected_count
    )
    assert counted == receipt.rows == len(rows)


@given(batches, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_store_equals_the_model_now_and_as_of_every_batch(sent: list[list[Said]], random: object) -> None:
    store, model = ReadingsStore(None, FakeDimensions(), StillClock()), Model()
    receipts = []
    for number, said in enumerate(sent):
        at = T0 + dt.timedelta(seconds=number)
        shuffled = random.sample(said, len(said))  # type: ignore[attr-defined] # Hypothesis' Random is untyped here
        receipt = store.commit(batch_of(shuffled, f"key {number}", at))
        check_counts(receipt, said)
        model.commit(said, at)
        receipts.append(receipt)
    for number, (receipt, said_then) in enumerate(zip(receipts, model.said, strict=True)):
        assert asked(store, AsOf(batch=receipt.batch)) == said_then
        assert asked(store, AsOf(moment=T0 + dt.timedelta(seconds=number, milliseconds=500))) == said_then
    assert asked(store, AsOf()) == model.said[-1]
    store.close()


@given(batches)
@settings(max_examples=20, deadline=None)
def test_batches_sent_again_change_nothing_and_are_all_duplicates(sent: list[list[Said]]) -> None:
    versioned = [[row for row in said if row.version is not None] for said in sent]
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for number, said in enumerate(versioned):
        store.commit(batch_of(said, f"first {number}", T0))
    before = asked(store, AsOf())
    for number, said in enumerate(versioned):
        again = store.commit(batch_of(said, f"again {number}", T0 + dt.timedelta(hours=1)))
        assert (again.accepted, again.corrected, again.superseded) == (0, 0, 0)
        assert again.duplicate == len(said)
    assert asked(store, AsOf()) == before
    store.close()


@given(st.lists(few_values.filter(lambda row: row.version is not None), min_size=1, max_size=12), st.data())
@settings(max_examples=20, deadline=None)
def test_any_order_and_any_split_of_versioned_rows_ends_in_the_same_state(
    said: list[Said], data: st.DataObject
) -> None:
    ends = []
    for attempt in range(2):
        order = data.draw(st.permutations(said))
        cut = data.draw(st.integers(0, len(order)))
        store = ReadingsStore(None, FakeDimensions(), StillClock())
        for number, part in enumerate((order[:cut], order[cut:])):
            store.commit(batch_of(part, f"{attempt} {number}", T0))
        ends.append(asked(store, AsOf()))
        store.close()
    assert ends[0] == ends[1]


@given(st.lists(few_values, min_size=1, max_size=6), st.lists(few_values, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_a_batch_ends_as_its_rows_would_one_by_one_and_so_does_what_comes_after(
    first: list[Said], second: list[Said]
) -> None:
    """Those without a version last: a batch arrives after all that its sources wrote."""
    probe = [Said(row.point, row.slot, Decimal(9), version=3) for row in [*first, *second]]
    whole = [first, second, probe]
    ordered = [sorted(said, key=lambda row: entry(row, int(T0.timestamp() * 1_000_000))) for said in whole]
    apart = [[row] for said in ordered for row in said]
    ends = []
    for batches_said in (whole, apart):
        store = ReadingsStore(None, FakeDimensions(), StillClock())
        for number, said in enumerate(batches_said):
            store.commit(batch_of(said, f"key {number}", T0 + dt.timedelta(seconds=number)))
        ends.append(asked(store, AsOf()))
        store.close()
    assert ends[0] == ends[1]
