"""It is known beside which units' values nothing stands, and whoever relies on it while others write reads whole states."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.period import UTC, Granularity, Period
from graph.model.reading import Origin
from graph.ports import ReadingAsk
from hub.stores.readings.database import Database
from hub.stores.readings.marked import Marked
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import START, FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
A_DAY = dt.timedelta(days=1)
POINT = [(1, 1)]
MONTH = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
ASK = ReadingAsk(POINT, MONTH, Granularity.QUARTER_HOUR)

values = st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**50), 2**50)), max_size=20)


def rows_of(of: list[tuple[int, int]]) -> pa.Table:
    """Units and starts as they are written."""
    units, starts = zip(*of, strict=True) if of else ((), ())
    return pa.table({"unit_id": pa.array(units, pa.int32()), "start": pa.array(starts, pa.timestamp("us"))})


@given(st.lists(values, max_size=4), st.integers(0, 3), st.integers(-(2**50), 2**50), st.integers(0, 2**50))
def test_none_of_what_was_added_is_missed(
    added: list[list[tuple[int, int]]], unit: int, low: int, length: int
) -> None:
    marked = Marked()
    for rows in added:
        marked.add(rows_of(rows))
    own = [start for rows in added for each, start in rows if each == unit]
    found = marked.any_between(unit, low, low + length)
    assert found or not any(low <= start < low + length for start in own)
    assert not found or (min(own) < low + length and low <= max(own))  # and what is said stands around it


@pytest.mark.parametrize("suspect", [True, False])
def test_what_stands_in_a_file_is_known_when_it_is_opened_and_then_what_is_written(
    tmp_path: Path, suspect: bool
) -> None:
    path = tmp_path / "readings.duckdb"
    store = ReadingsStore(path, FakeDimensions(), StillClock())
    store.commit(batch_of([Said(0, 4, Decimal(1))], "a", T0))
    store.commit(batch_of([Said(0, 4, Decimal(1 if suspect else 2))], "b", T0 + A_DAY))
    store.commit(batch_of([Said(2, 9, Decimal(1))], "c", T0 + A_DAY * 2, suspects=[1] if suspect else []))
    store.commit(batch_of([Said(2, 9, Decimal(2))], "d", T0 + A_DAY * 3))
    starts = [int((START + dt.timedelta(minutes=15 * slot)).timestamp() * 1_000_000) for slot in (4, 9)]
    of_first = not suspect  # the same value again replaces nothing
    for _ in range(2):
        marked = store._database.marked
        assert [marked.any_between(1, start, start + 1) for start in starts] == [of_first, False]
        assert [marked.any_between(2, start, start + 1) for start in starts] == [False, True]
        store.close()
        store = ReadingsStore(path, FakeDimensions(), StillClock())
    store.close()


def test_a_correction_between_two_questions_shows_in_the_second() -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    store.commit(batch_of([Said(0, 4, Decimal(1))], "a", T0))
    assert store.readings(ASK)["value"].to_pylist() == [Decimal(1)]
    store.commit(batch_of([Said(0, 4, Decimal(2))], "b", T0 + A_DAY, suspects=[1]))
    found = store.readings(ASK)
    assert (found["value"].to_pylist(), found["suspect"].to_pylist()) == ([Decimal(2)], [True])
    store.close()


def test_who_reads_while_values_are_corrected_reads_each_of_them_once(tmp_path: Path) -> None:
    slots = 40
    store = ReadingsStore(tmp_path / "readings.duckdb", FakeDimensions(), StillClock())

    def said(value: int) -> list[Said]:
        return [Said(0, slot, Decimal(value), origin=Origin.INSTRUMENT) for slot in range(slots)]

    store.commit(batch_of(said(0), "0", T0))
    seen, ended = set[tuple[Decimal, ...]](), threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.add(tuple(store.readings(ASK)["value"].to_pylist()))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for value in range(1, 15):
        store.commit(batch_of(said(value), f"{value}", T0 + A_DAY * value))
    ended.set()
    for reader in readers:
        reader.join()
    assert {(len(found), len(set(found))) for found in seen} == {(slots, 1)}
    store.close()


def test_a_reader_that_learns_of_a_mark_too_late_asks_again(tmp_path: Path) -> None:
    """The correction is committed after the reader has looked, and before its statement."""

    class MarkedMeanwhile(Marked):
        def any_between(self, unit: int, low: int, high: int) -> bool:
            first = not hasattr(self, "asked")
            self.asked = True
            if first:
                store.commit(batch_of([Said(0, 4, Decimal(2))], "b", T0 + A_DAY))
                return False
            return super().any_between(unit, low, high)

    store = ReadingsStore(tmp_path / "readings.duckdb", FakeDimensions(), StillClock())
    store.commit(batch_of([Said(0, 4, Decimal(1))], "a", T0))
    database: Database = store._database
    database.marked = MarkedMeanwhile()
    assert store.readings(ASK)["value"].to_pylist() == [Decimal(2)]
    store.close()
