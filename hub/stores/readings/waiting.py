"""Batches somebody waits for, and which of them may share a transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future

import pyarrow.compute as pc

from graph.model.sync_run import Receipt
from graph.ports import Judged

ROWS_PER_GROUP = 200_000  # beyond it a larger transaction is no cheaper and the first of it waits longer
BATCHES_PER_GROUP = 1_000  # as many small uploads as the ledger takes in a few milliseconds
MISFITS_MAX = 1_000  # looked past for a group; to look past more takes longer than the commit it saves


class Waiting:
    """A batch somebody waits for, and its receipt to come."""

    def __init__(self, batch: Judged) -> None:
        self.batch = batch
        self.name = batch.source, batch.key
        self.units = frozenset(pc.unique(batch.table["unit_id"]).to_pylist())
        self.receipt: Future[Receipt] = Future()
        self.receipt.set_running_or_notify_cancel()  # what is handed over is written, whoever stops waiting


def fitting(queue: deque[Waiting]) -> list[Waiting]:
    """Take from the queue the batches that may share a transaction; the rest keeps its order. All stay if it raises."""
    group: list[Waiting] = []
    left: list[Waiting] = []
    units: set[int] = set()
    names: set[tuple[str, str]] = set()
    rows = 0
    for one in queue:
        size = one.batch.table.num_rows
        if group and rows + size > ROWS_PER_GROUP:
            break
        if units.isdisjoint(one.units) and one.name not in names:
            group.append(one)
            rows += size
        else:
            left.append(one)
        units |= one.units
        names.add(one.name)
        if len(group) == BATCHES_PER_GROUP or len(left) == MISFITS_MAX:
            break
    for _ in range(len(group) + len(left)):
        queue.popleft()
    queue.extendleft(reversed(left))
    return group


def refuse(waiting: Iterable[Waiting], fault: BaseException) -> None:
    """Tell those who wait that they get no receipt; who has got an answer keeps it."""
    for each in waiting:
        if not each.receipt.done():
            each.receipt.set_exception(fault)
