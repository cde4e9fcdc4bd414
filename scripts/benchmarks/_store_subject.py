"""The store under measurement, and what was put into it: the only place that opens it and writes to it.

Days are used once, in their order: the fill takes one after the other, a measurement takes the next for itself. Every
receipt is held against what was meant, for a time says nothing about a batch that met another fate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

from graph.errors import StoreError
from graph.model.period import UTC, Period
from graph.model.sync_run import Receipt
from graph.ports import CompletenessAsk, Dimension, Judged
from hub.stores.readings.store import ReadingsStore
from scripts.benchmarks._store_nation import POINTS, PROVINCES, Ints, Nation

FIRST_DAY = dt.date(2026, 1, 1)
LONG_AFTER = dt.datetime(2028, 1, 1, tzinfo=UTC)  # every day of a run has ended by then
SENDERS = 4  # threads that hand uploads over at once


class _StillClock:
    def now(self) -> dt.datetime:
        """It is always long after."""
        return LONG_AFTER


@dataclass(frozen=True)
class Written:
    """One batch: how long its commit took and the number it got."""

    seconds: float
    batch: int


class Subject:
    """A store at `path` and its history; the best of so many `rounds` is what anything done to it counts with."""

    def __init__(self, path: Path, nation: Nation, rounds: int) -> None:
        self.path, self.nation, self.rounds = path, nation, rounds
        self.readings = 0  # values that are current
        self.filled = 0  # those of the fill
        self.whole_days: list[dt.date] = []  # of the fill, all provinces in
        self.batches: list[int] = []  # of the fill
        self.last_day = FIRST_DAY - dt.timedelta(days=1)
        self.revisions = count(1)  # a correction takes the next, and so differs from all before it
        self._keys = count(1)
        self._fill = self._fill_on()
        path.parent.mkdir(parents=True)
        self.store = self._opened()

    def next_day(self) -> dt.date:
        """A day nothing was said of before."""
        self.last_day += dt.timedelta(days=1)
        return self.last_day

    def day(self, units: range, day: dt.date, revision: int = 0) -> Judged:
        """A batch of all readings of these units on a day, under a new key."""
        return self.nation.day(units, day, f"batch {next(self._keys)}", revision)

    def scattered(self, units: Ints, places: Ints, days: list[dt.date], revision: int) -> Judged:
        """A batch of single readings, under a new key."""
        return self.nation.scattered(units, places, days, f"batch {next(self._keys)}", revision)

    def commit(self, batch: Judged, fate: str) -> Written:
        """Commit it; all of its rows must come to this fate."""
        began = perf_counter()
        receipt = self.store.commit(batch)
        seconds = perf_counter() - began
        self._note(batch, receipt, fate)
        return Written(seconds, receipt.batch)

    def commit_together(self, batches: Sequence[Judged]) -> float:
        """Seconds until all these fresh batches, handed over at once, were durable."""
        began = perf_counter()
        receipts = _handed_over(self.store, batches)
        seconds = perf_counter() - began
        for batch, receipt in zip(batches, receipts, strict=True):
            self._note(batch, receipt, "accepted")
        return seconds

    def fill_next(self) -> Written:
        """Commit the next province's day of the fill."""
        return next(self._fill)

    def settle(self) -> tuple[int, float]:
        """Close and open the store: bytes of its files, everything checkpointed, and seconds to a first answer."""
        self.store.close()
        files = self.path.parent.glob(f"{self.path.name}*")
        size = sum(file.stat().st_size for file in files if file.is_file())
        began = perf_counter()
        self.store = self._opened()
        return size, perf_counter() - began

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    def _opened(self) -> ReadingsStore:
        """Open, with one question asked: what the registry says is copied by then and not timed with a batch."""
        store = ReadingsStore(self.path, self.nation, _StillClock())
        store.completeness(CompletenessAsk(Period.of_days(FIRST_DAY, FIRST_DAY), (Dimension.PROVINCE,)))
        return store

    def _fill_on(self) -> Iterator[Written]:
        while True:
            day = self.next_day()
            for index in range(PROVINCES):
                batch = self.day(self.nation.province(index), day)
                written = self.commit(batch, "accepted")
                self.filled += batch.table.num_rows
                self.batches.append(written.batch)
                if index == PROVINCES - 1:
                    self.whole_days.append(day)
                yield written

    def _note(self, batch: Judged, receipt: Receipt, fate: str) -> None:
        rows, came = batch.table.num_rows, getattr(receipt, fate)
        if came != rows:
            raise StoreError(
                f"{batch.key}: expected {rows} rows {fate}, came {came}, so its time says nothing"
            )
        self.readings += receipt.accepted

    @property
    def unit_days(self) -> int:
        """How many days of one unit are stored."""
        return self.readings // POINTS


def _handed_over(store: ReadingsStore, batches: Sequence[Judged]) -> list[Receipt]:
    """Uploads handed over one by one by several threads, none of which waits for the one before; nothing else knows."""
    with ThreadPoolExecutor(SENDERS) as senders:
        return [receipt.result() for receipt in senders.map(store.submit, batches)]
