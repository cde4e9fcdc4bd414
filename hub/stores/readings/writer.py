"""The one door into the readings file: one thread writes for all who wait.

Uploads that arrive together share one transaction, so that thousands of small ones cost a few commits. Nobody is
answered before COMMIT. A batch's ledger row is written last: it is the commit mark.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import Conflict
from graph.model.period import UTC, Granularity
from graph.model.sync_run import Receipt
from graph.ports import Judged
from hub.stores.readings.arriving import Numbered
from hub.stores.readings.arrow_tables import insert
from hub.stores.readings.database import Database
from hub.stores.readings.merging import Known, merge
from hub.stores.readings.mirror import Mirror
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

ROWS_PER_GROUP = 200_000  # beyond it a larger transaction is no cheaper and the first of it waits longer
BATCHES_PER_GROUP = 1_000  # as many small uploads as the ledger takes in a few milliseconds
GATHER_S = 0.01  # what a group of many is waited for: less than its commit costs
MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the store keeps UTC without a zone


class _Waiting:
    """A batch somebody waits for, and its receipt to come."""

    def __init__(self, batch: Judged) -> None:
        self.batch = batch
        self.units = frozenset(pc.unique(batch.table["unit_id"]).to_pylist())
        self.receipt: Future[Receipt] = Future()
        self.receipt.set_running_or_notify_cancel()  # what is handed over is written, whoever stops waiting


class BatchWriter:
    """Writes batches (graph.ports.BatchSink) in a thread of its own; any number of threads may hand them over."""

    def __init__(self, database: Database, mirror: Mirror) -> None:
        self._database, self._mirror = database, mirror
        self._lane = ThreadPoolExecutor(1, "readings-writer")
        self._queue: deque[_Waiting] = deque()
        self._arrived = threading.Condition()
        self._writing = False
        self._last_size = 1  # of the last group: as many are likely to come again
        self._end: End | None = None  # what the ledger ends with; read once, then known

    def submit(self, batch: Judged) -> Future[Receipt]:
        """Hand a batch over; the receipt is there once it is durable. The future raises what `commit` raises."""
        mine = _Waiting(batch)
        with self._arrived:
            self._queue.append(mine)
            self._arrived.notify_all()
            idle, self._writing = not self._writing, True
        if idle:
            self._lane.submit(self._write_all)
        return mine.receipt

    def commit(self, batch: Judged) -> Receipt:
        """Write the batch, or return the receipt its key got before. Durable when this returns.

        Raises Conflict when the key stood for other bytes, StoreError when nothing was written.
        """
        return self.submit(batch).result()

    def close(self) -> None:
        """Write what was handed over, then end the thread."""
        self._lane.shutdown()

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """The receipt this key got before, None when it is new. Raises Conflict for another digest."""
        with self._database.reading() as cursor:
            row = known_rows(cursor, [(source, key)]).get((source, key))
            return None if row is None else receipt_again(cursor, row, digest)

    def _write_all(self) -> None:
        """Write those who wait, oldest first, until nobody does."""
        while group := self._next_group():
            try:
                self._write(group)
            except BaseException as fault:  # noqa: BLE001 - it is handed to whoever waits for it
                self._write_apart(group, fault)

    def _write_apart(self, group: Sequence[_Waiting], fault: BaseException) -> None:
        """Where together fails, each alone, so that one costs no other."""
        if len(group) == 1:
            group[0].receipt.set_exception(fault)
            return
        for member in group:
            try:
                self._write([member])
            except BaseException as own:  # noqa: BLE001 - as above
                member.receipt.set_exception(own)

    def _next_group(self) -> list[_Waiting]:
        """The oldest batches that speak of different units under different keys; what does not fit stays first.

        After a group of many, the same many are likely to come again: they are waited for, for a moment.
        """
        with self._arrived:
            if not self._queue:
                self._writing = False
                return []
            expected = min(self._last_size, BATCHES_PER_GROUP)
            self._arrived.wait_for(lambda: len(self._queue) >= expected, GATHER_S if expected > 1 else 0)
            group = _fitting(self._queue)
            self._last_size = len(group)
        return group

    def _write(self, group: Sequence[_Waiting]) -> None:
        before = group[0].batch.received_at - MICROSECOND  # the registry spoke before the batch came
        self._mirror.refresh(before)
        end, self._end = self._end, None  # unknown again until this is durable
        with self._database.writing() as cursor:
            end = end or _end_of(cursor)
            settled, new = _known(cursor, group)
            if new:
                receipts, end = _written(cursor, [each.batch for each in new], self._mirror, end)
                settled += zip(new, receipts, strict=True)
        self._end = end
        for each, receipt in settled:
            if isinstance(receipt, Receipt):
                each.receipt.set_result(receipt)
            else:
                each.receipt.set_exception(receipt)


@dataclass(frozen=True)
class End:
    """What the ledger ends with: its last batch and head, the latest moment, whether months were ever said."""

    batch: int
    head: str
    moment: dt.datetime
    months: bool


def _end_of(cursor: duckdb.DuckDBPyConnection) -> End:
    number, head, received, months = run(cursor, "end_of_ledger").fetchone() or (None, None, None, False)
    return End(number or 0, head or GENESIS, received or _EPOCH, bool(months))


def _fitting(queue: deque[_Waiting]) -> list[_Waiting]:
    """Take from the queue the batches that may share a transaction."""
    group: list[_Waiting] = []
    left: list[_Waiting] = []
    units: set[int] = set()
    keys: set[tuple[str, str]] = set()
    rows = 0
    while queue and len(group) < BATCHES_PER_GROUP:
        one = queue.popleft()
        size = one.batch.table.num_rows
        fits = not group or rows + size <= ROWS_PER_GROUP
        if fits and units.isdisjoint(one.units) and _key(one) not in keys:
            group.append(one)
            rows += size
        else:
            left.append(one)
        units |= one.units
        keys.add(_key(one))
        if not fits:
            break
    queue.extendleft(reversed(left))
    return group


def _key(waiting: _Waiting) -> tuple[str, str]:
    return waiting.batch.source, waiting.batch.key


def _known(
    cursor: duckdb.DuckDBPyConnection, group: Sequence[_Waiting]
) -> tuple[list[tuple[_Waiting, Receipt | Conflict]], list[_Waiting]]:
    """Those whose key is known, with what they get for it, and the new ones."""
    rows = known_rows(cursor, [_key(each) for each in group])
    settled: list[tuple[_Waiting, Receipt | Conflict]] = []
    new = []
    for each in group:
        row = rows.get(_key(each))
        if row is None:
            new.append(each)
            continue
        try:
            settled.append((each, receipt_again(cursor, row, each.batch.digest)))
        except Conflict as fault:
            settled.append((each, fault))
    return settled, new


def _written(
    cursor: duckdb.DuckDBPyConnection, batches: Iterable[Judged], mirror: Mirror, end: End
) -> tuple[list[Receipt], End]:
    """Write these batches as the next of the ledger; their receipts, and what it ends with then."""
    number, head, last = end.batch, end.head, max(end.moment, mirror.changed_at)
    group = []
    for batch in batches:
        number += 1
        last = max(_naive(batch.received_at), last + MICROSECOND)
        group.append(Numbered(batch, number, last))
    counts = merge(cursor, group, Known(mirror.points, mirror.units, end.months))
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


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
