"""The one door into the readings file: one thread writes for all who wait.

Uploads that arrive together share one transaction, so that thousands of small ones cost a few commits. Nobody is
answered before COMMIT, and nobody is left without an answer. A batch's ledger row is written last: it is the commit mark.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import Conflict, NengshuError, StoreError
from graph.model.period import MICROSECOND, Granularity
from graph.model.sync_run import Receipt
from graph.ports import Judged
from hub.stores.readings.arriving import Numbered
from hub.stores.readings.arrow_tables import insert
from hub.stores.readings.database import Database
from hub.stores.readings.merging import Known, merge
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.moments import BEGINNING, kept
from hub.stores.readings.receipts import (
    GENESIS,
    LEDGER,
    chained,
    known_rows,
    ledger_row,
    named_in,
    receipt_again,
    receipt_of,
)
from hub.stores.readings.statements import run
from hub.stores.readings.waiting import BATCHES_PER_GROUP, Waiting, fitting, refuse
from hub.stores.readings.withdrawing import withdraw

GATHER_S = 0.01  # what a group of many is waited for: less than its commit costs
CLOSED = "nothing was written: the readings store is closed"


def _fault_of(step: Callable[[], None]) -> BaseException | None:
    """What a step failed with, if it did: whatever it is, it is handed to whoever waits, who would wait for ever else."""
    try:
        step()
    except BaseException as fault:  # noqa: BLE001 - it is not swallowed
        return fault
    return None


class BatchWriter:
    """Writes batches (graph.ports.BatchSink) in a thread of its own; any number of threads may hand them over."""

    def __init__(self, database: Database, mirror: Mirror, lane: Executor | None = None) -> None:
        """`lane` makes one call at a time and never in the caller's thread; it is a thread unless given."""
        self._database, self._mirror = database, mirror
        self._lane = lane or ThreadPoolExecutor(1, "readings-writer")
        self._queue: deque[Waiting] = deque()
        self._arrived = threading.Condition()
        self._writing = self._closed = False
        self._last_size = 1  # of the last group: as many are likely to come again
        self._end: End | None = None  # what the ledger ends with; read once, then known

    def submit(self, batch: Judged) -> Future[Receipt]:
        """Hand a batch over; the receipt is there once it is durable. The future raises what `commit` raises.

        Raises StoreError at once after closing, and where the thread that writes cannot be started.
        """
        return self._submit_all([batch])[0]

    def _submit_all(self, batches: Sequence[Judged]) -> list[Future[Receipt]]:
        """Hand batches over at once, so that they may share a transaction."""
        mine = [Waiting(batch) for batch in batches]
        with self._arrived:
            if self._closed:
                raise StoreError(CLOSED)
            if not self._writing:
                self._begin()
            self._queue.extend(mine)
            self._arrived.notify_all()
        return [each.receipt for each in mine]

    def _begin(self) -> None:
        """Have the queue written, as soon as whoever calls lets go of it."""
        try:
            self._lane.submit(self._write_all)
        except RuntimeError as fault:
            raise StoreError(f"nothing was written: the thread that writes did not start: {fault}") from fault
        self._writing = True

    def commit(self, batch: Judged) -> Receipt:
        """Write the batch, or return the receipt its key got before. Durable when this returns.

        Raises Conflict when the key stood for other bytes, StoreError when nothing was written.
        """
        return self.submit(batch).result()

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | NengshuError]:
        """Write batches, each for itself; durable when this returns but those that have a fault for an answer."""
        try:
            return [_answer_of(receipt) for receipt in self._submit_all(batches)]
        except StoreError as fault:
            return [fault] * len(batches)

    def close(self) -> None:
        """Write what was handed over, then end the thread; whoever it did not come to is told."""
        with self._arrived:
            self._closed = True
        self._lane.shutdown()
        self._give_up(StoreError(CLOSED))

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt this key got before, None when it is new. Raises Conflict for another digest."""
        with self._database.reading() as cursor:
            row = known_rows(cursor, [(source, key)]).get((source, key))
            return None if row is None else receipt_again(cursor, row, digest)

    def receipts(self, keys: Sequence[tuple[str, str, str]]) -> list[Receipt | NengshuError | None]:
        """What each (source, key, digest) got before: a receipt, a Conflict for other bytes, or nothing."""
        with self._database.reading() as cursor:
            rows = known_rows(cursor, [(source, key) for source, key, _ in keys]) if keys else {}
            return [_known_answer(cursor, rows.get((source, key)), digest) for source, key, digest in keys]

    def _write_all(self) -> None:
        """Write those who wait, oldest first, until nobody does."""
        if fault := _fault_of(self._write_until_nobody_waits):
            self._give_up(fault)

    def _write_until_nobody_waits(self) -> None:
        while group := self._next_group():
            self._write_or_refuse(group)

    def _give_up(self, fault: BaseException) -> None:
        """Tell all who wait, and begin anew with whoever comes next."""
        with self._arrived:
            self._writing = False
            waiting = list(self._queue)
            self._queue.clear()
        refuse(waiting, fault)

    def _write_or_refuse(self, group: Sequence[Waiting]) -> None:
        """Together where that goes, else each alone, so that one costs no other. The registry is asked once for all."""
        before = group[0].batch.received_at - MICROSECOND  # the registry spoke before the batch came
        if fault := _fault_of(lambda: self._mirror.refresh(before)):
            refuse(group, fault)
        elif fault := _fault_of(lambda: self._write(group)):
            if len(group) == 1:
                refuse(group, fault)
            else:
                self._write_apart(group)

    def _write_apart(self, group: Sequence[Waiting]) -> None:
        for member in group:
            if fault := _fault_of(partial(self._write, [member])):
                refuse([member], fault)

    def _next_group(self) -> list[Waiting]:
        """The oldest batches that speak of different units under different keys; what does not fit stays first.

        After a group of many, the same many are likely to come again: they are waited for, for a moment.
        """
        with self._arrived:
            if not self._queue:
                self._writing = False
                return []
            expected = min(self._last_size, BATCHES_PER_GROUP)
            self._arrived.wait_for(lambda: len(self._queue) >= expected, GATHER_S if expected > 1 else 0)
            group = fitting(self._queue)
            self._last_size = len(group)
        return group

    def _write(self, group: Sequence[Waiting]) -> None:
        end, self._end = self._end, None  # unknown again until this is durable
        with self._database.writing() as cursor:
            end = end or _end_of(cursor)
            end = replace(end, moment=max(end.moment, self._mirror.changed_at))
            settled, new = _settled(cursor, group)
            if new:
                receipts, end = _written(cursor, [each.batch for each in new], self._known(end), end)
                settled += zip(new, receipts, strict=True)
        self._end = end
        for each, receipt in settled:
            if isinstance(receipt, Receipt):
                each.receipt.set_result(receipt)
            else:
                each.receipt.set_exception(receipt)

    def _known(self, end: End) -> Known:
        mirror, database = self._mirror, self._database
        return Known(mirror.points, mirror.units, end.months, database.on_all_cores, database.marked)


def _answer_of(receipt: Future[Receipt]) -> Receipt | NengshuError:
    fault = receipt.exception()
    if fault is None or isinstance(fault, NengshuError):
        return fault or receipt.result()
    return StoreError(f"nothing was written: {type(fault).__name__}: {fault}")


def _known_answer(
    cursor: duckdb.DuckDBPyConnection, row: Mapping[str, Any] | None, digest: str
) -> Receipt | Conflict | None:
    try:
        return None if row is None else receipt_again(cursor, row, digest)
    except Conflict as fault:
        return fault


@dataclass(frozen=True)
class End:
    """What the ledger ends with: its last batch and head, the latest moment, whether months were ever said."""

    batch: int
    head: str
    moment: dt.datetime
    months: bool


def _end_of(cursor: duckdb.DuckDBPyConnection) -> End:
    number, head, received, months = run(cursor, "end_of_ledger").fetchone() or (None, None, None, False)
    return End(number or 0, head or GENESIS, received or BEGINNING, bool(months))


def _settled(
    cursor: duckdb.DuckDBPyConnection, group: Sequence[Waiting]
) -> tuple[list[tuple[Waiting, Receipt | Conflict]], list[Waiting]]:
    """Those whose key is known, with what they get for it, and the new ones."""
    rows = known_rows(cursor, [each.name for each in group])
    settled: list[tuple[Waiting, Receipt | Conflict]] = []
    new = []
    for each in group:
        row = rows.get(each.name)
        if row is None:
            new.append(each)
            continue
        try:
            settled.append((each, receipt_again(cursor, row, each.batch.digest)))
        except Conflict as fault:
            settled.append((each, fault))
    return settled, new


def _written(
    cursor: duckdb.DuckDBPyConnection, batches: Iterable[Judged], known: Known, end: End
) -> tuple[list[Receipt], End]:
    """Write these batches as the next of the ledger; their receipts, and what it ends with then."""
    number, head, last = end.batch, end.head, end.moment
    group = []
    for batch in batches:
        number += 1
        last = max(kept(batch.received_at), last + MICROSECOND)
        group.append(Numbered(batch, number, last))
    counts = merge(cursor, [member for member in group if not member.batch.withdraws], known)
    for member in group:
        if member.batch.withdraws:
            counts[member.number] = withdraw(cursor, member, known)
    rows = []
    for member in group:
        row = ledger_row(member, counts[member.number])
        head = chained(head, row)
        rows.append({**row, "head": head})
    insert(cursor, "batch", pa.Table.from_pylist(rows, schema=LEDGER))
    receipts = [receipt_of(row, named_in(member.batch)) for row, member in zip(rows, group, strict=True)]
    months = end.months or _speak_of_months([member.batch.table["granularity"] for member in group])
    return receipts, End(number, head, last, months)


def _speak_of_months(granularities: Sequence[pa.ChunkedArray]) -> bool:
    chunks = [chunk for column in granularities for chunk in column.chunks]
    coarsest = pc.max(pa.chunked_array(chunks, pa.int8())).as_py()
    return coarsest is not None and bool(coarsest > Granularity.DAY.number)
