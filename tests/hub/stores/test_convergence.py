"""The law of one source's batches: in any order, side by side and again, they end with the same values and digests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model.reading import Origin
from graph.model.sync_run import Receipt
from graph.ports import AsOf, DigestAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.test_readings_law import PERIOD, SLOTS, T0, asked

AT_ONCE = 4

versioned = st.builds(
    Said,
    point=st.integers(0, len(POINTS) - 1),
    slot=st.integers(0, SLOTS - 1),
    value=st.integers(-3, 3).map(Decimal),
    version=st.integers(1, 5),
    origin=st.sampled_from([Origin.INSTRUMENT, Origin.MANUAL]),
)
batches = st.lists(st.lists(versioned, min_size=1, max_size=8), min_size=1, max_size=6)


@st.composite
def told_anyhow(draw: st.DrawFn) -> tuple[list[list[Said]], list[int]]:
    """Batches, and their numbers as they may be sent: in any order, some of them several times."""
    sent = draw(batches)
    again = draw(st.lists(st.integers(0, len(sent) - 1), max_size=4))
    return sent, draw(st.permutations([*range(len(sent)), *again]))


def ended(store: ReadingsStore) -> tuple[Any, Any]:
    """Every current value, and the digests of all units' days."""
    digests = store.digests(DigestAsk(PERIOD)).to_pylist()
    return asked(store, AsOf()), sorted(digests, key=str)


def commit(store: ReadingsStore, sent: Sequence[Sequence[Said]], number: int) -> Receipt:
    """Store one of them, under the key it always has."""
    at = T0 + dt.timedelta(seconds=number)
    return store.commit(batch_of(sent[number], f"key {number}", at))


@given(told_anyhow())
@settings(max_examples=20, deadline=None)
def test_any_order_any_parallelism_and_any_resends_end_the_same(
    told: tuple[list[list[Said]], list[int]],
) -> None:
    sent, order = told
    calm, mixed = (ReadingsStore(None, FakeDimensions(), StillClock()) for _ in range(2))
    for number in range(len(sent)):
        commit(calm, sent, number)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        receipts = list(threads.map(lambda number: commit(mixed, sent, number), order))
    assert ended(mixed) == ended(calm)
    of_number = dict(zip(order, receipts, strict=True))
    assert [of_number[number] for number in order] == receipts  # the same key, the same receipt
    assert len({receipt.batch for receipt in receipts}) == len(sent)
    calm.close()
    mixed.close()
