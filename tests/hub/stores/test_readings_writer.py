"""Whoever hands a batch over gets an answer: a receipt, or the reason why there is none. Nobody waits for ever."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pytest

from graph.errors import Conflict, StoreError
from graph.model.sync_run import Receipt
from graph.ports import Judged
from hub.stores.readings.database import Database
from hub.stores.readings.waiting import MISFITS_MAX, Waiting, fitting
from hub.stores.readings.writer import CLOSED
from tests.hub.stores.readings_fakes import FakeDimensions, Said, batch_of
from tests.hub.stores.readings_files import MOMENT, writer_of

SOON_S = 20  # a batch takes some milliseconds, on a busy machine a little longer


def batch(key: str, point: int = 0) -> Judged:
    """One reading; points 0 and 1 are of the first unit, 2 is of the second."""
    return batch_of([Said(point, 0, Decimal(1))], key, MOMENT)


def why(receipt: Future[Any]) -> str:
    """What the sender is told instead of a receipt."""
    fault = receipt.exception(SOON_S)
    assert isinstance(fault, StoreError)
    return str(fault)


class Held(Executor):
    """Begins what it was given when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], Any]] = []

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Keep the call."""
        self.calls.append(lambda: call(*given, **named))
        return Future()

    def begin(self) -> None:
        """Make the calls, in a thread of their own as a lane does."""
        with ThreadPoolExecutor(1) as thread:
            for call in self.calls:
                thread.submit(call).result(SOON_S)
        self.calls.clear()

    def shutdown(self, *_given: object, **_named: object) -> None:
        """Make the calls that are left."""
        self.begin()


class Crowded(Held):
    """A machine with no thread left, until it has room; what it could not start it still begins, as executors do."""

    room = False

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Keep the call, and raise where there is no room."""
        kept = super().submit(call, *given, **named)
        if not self.room:
            raise RuntimeError("can't start new thread")
        return kept


class Forgetful(Held):
    """Never makes the calls, as when the process is ending."""

    def shutdown(self, *_given: object, **_named: object) -> None:
        """Forget them."""


class Slow(FakeDimensions):
    """A registry that keeps whoever asks waiting, when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_go = threading.Event(), threading.Event()
        self.let_go.set()

    def revision(self) -> int:
        """Say it when somebody asks, and wait."""
        self.asked.set()
        assert self.let_go.wait(SOON_S)
        return super().revision()


@dataclass
class Failing(FakeDimensions):
    """A registry that cannot be read any more, and counts how often it was tried."""

    gone: bool = False
    tried: int = field(default=0)

    def revision(self) -> int:
        """Raise, once it is gone."""
        if self.gone:
            self.tried += 1
            raise StoreError("the registry is gone")
        return super().revision()


class Looked:
    """Columns that note each time somebody asks how many rows they have."""

    def __init__(self, columns: pa.Table, fault: Exception | None = None) -> None:
        self._columns, self._fault, self.looks = columns, fault, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._columns, name)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    @property
    def num_rows(self) -> int:
        """How many, or the fault."""
        self.looks += 1
        if self._fault is not None:
            raise self._fault
        return cast("int", self._columns.num_rows)


@pytest.fixture
def database() -> Database:
    """A readings store in memory."""
    return Database(None)


# ---- the thread that writes -----------------------------------------------------------------------------


def test_where_no_thread_can_be_started_the_sender_is_told_and_later_ones_are_written(
    database: Database,
) -> None:
    lane = Crowded()
    writer = writer_of(database, lane)
    for key in ("first", "second"):
        with pytest.raises(StoreError, match=r"nothing was written.*can't start new thread"):
            writer.submit(batch(key))
    lane.room = True
    third, fourth = writer.submit(batch("third")), writer.submit(batch("fourth"))
    lane.begin()
    assert [third.result(SOON_S).batch, fourth.result(SOON_S).batch] == [1, 2]
    assert [writer.receipt("test", key, "") for key in ("first", "second")] == [None, None]


def test_after_closing_every_batch_is_refused_at_once(database: Database) -> None:
    writer = writer_of(database)
    writer.commit(batch("before"))
    writer.close()
    for key in ("one", "two"):
        with pytest.raises(StoreError, match="closed"):
            writer.submit(batch(key))
    writer.close()


def test_a_batch_that_waits_while_the_store_is_closed_is_written(database: Database) -> None:
    registry = Slow()
    writer = writer_of(database, registry=registry)
    registry.asked.clear()
    registry.let_go.clear()
    first = writer.submit(batch("first"))
    assert registry.asked.wait(SOON_S)
    second = writer.submit(batch("second"))
    closing = threading.Thread(target=writer.close)
    closing.start()
    registry.let_go.set()
    closing.join(SOON_S)
    assert [first.result(0).batch, second.result(0).batch] == [1, 2]


def test_a_batch_that_nobody_writes_before_the_end_is_refused(database: Database) -> None:
    writer = writer_of(database, Forgetful())
    waiting = [writer.submit(batch(key)) for key in ("first", "second")]
    writer.close()
    assert ["closed" in why(receipt) for receipt in waiting] == [True, True]


# ---- groups ---------------------------------------------------------------------------------------------


def test_what_fails_while_a_group_is_made_is_told_to_all_who_wait_and_later_ones_are_written(
    database: Database,
) -> None:
    lane = Held()
    writer = writer_of(database, lane)
    plain = batch("second", 2)
    spoilt = dataclasses.replace(plain, table=cast("pa.Table", Looked(plain.table, MemoryError("no room"))))
    waiting = [writer.submit(each) for each in (batch("first"), spoilt, batch("third"))]
    lane.begin()
    assert [type(receipt.exception(SOON_S)) for receipt in waiting] == [MemoryError] * 3
    later = writer.submit(batch("first"))
    lane.begin()
    assert later.result(SOON_S).batch == 1


def test_a_registry_that_cannot_be_read_is_asked_once_for_a_group(database: Database) -> None:
    lane, registry = Held(), Failing()
    writer = writer_of(database, lane, registry)
    registry.gone = True
    waiting = [writer.submit(batch(*said)) for said in (("first", 0), ("second", 2))]
    lane.begin()
    assert [why(receipt) for receipt in waiting] == ["the registry is gone"] * 2
    assert registry.tried == 1
    registry.gone = False
    later = writer.submit(batch("first"))
    lane.begin()
    assert later.result(SOON_S).batch == 1


def test_one_broken_batch_costs_no_other_of_its_group(database: Database) -> None:
    lane = Held()
    writer = writer_of(database, lane)
    whole = batch("broken", 2)
    broken = dataclasses.replace(whole, table=whole.table.drop_columns(["origin"]))
    waiting = [writer.submit(each) for each in (batch("first"), broken)]
    lane.begin()
    assert waiting[0].result(SOON_S).batch == 1
    assert isinstance(waiting[1].exception(SOON_S), Exception)


def queue_of(count: int, *others: Judged) -> deque[Waiting]:
    """So many batches of the first unit, and others behind them."""
    one = batch("")
    return deque(
        Waiting(each) for each in (*(dataclasses.replace(one, key=f"{n}") for n in range(count)), *others)
    )


def test_a_batch_of_another_unit_is_found_behind_as_many_misfits_as_are_looked_past() -> None:
    within = queue_of(MISFITS_MAX, batch("other", 2))
    assert [each.batch.key for each in fitting(within)] == ["0", "other"]
    assert [each.batch.key for each in within] == [f"{n}" for n in range(1, MISFITS_MAX)]
    beyond = queue_of(1 + MISFITS_MAX, batch("other", 2))
    assert [each.batch.key for each in fitting(beyond)] == ["0"]
    assert len(beyond) == MISFITS_MAX + 1


def test_a_long_queue_of_one_unit_is_not_gone_through_for_every_group() -> None:
    one = batch("")
    looked = Looked(one.table)
    table = cast("pa.Table", looked)
    queue = deque(Waiting(dataclasses.replace(one, key=f"{n}", table=table)) for n in range(10_000))
    for _ in range(20):
        assert len(fitting(queue)) == 1
    assert looked.looks <= 20 * (MISFITS_MAX + 1)


def test_batches_handed_over_at_once_get_an_answer_each_and_one_broken_costs_no_other(
    database: Database,
) -> None:
    with closing(writer_of(database)) as writer:
        whole = batch("broken", 2)
        broken = dataclasses.replace(whole, table=whole.table.drop_columns(["origin"]))
        first, fault, last = writer.commit_all([batch("first"), broken, batch("last")])
        assert isinstance(first, Receipt)
        assert isinstance(last, Receipt)
        assert isinstance(fault, StoreError)
        assert [first.key, last.key] == ["first", "last"]


def test_what_keys_got_before_is_told_of_all_at_once(database: Database) -> None:
    with closing(writer_of(database)) as writer:
        given = writer.commit(batch("known"))
        keys = [
            (given.source, key, digest)
            for key, digest in (("known", given.digest), ("new", "1"), ("known", "2"))
        ]
        known, new, other_bytes = writer.receipts(keys)
        assert known == dataclasses.replace(given, repeated=True)
        assert new is None
        assert isinstance(other_bytes, Conflict)
        assert writer.receipts([]) == []


def test_after_closing_all_batches_handed_over_at_once_are_refused(database: Database) -> None:
    writer = writer_of(database)
    writer.close()
    answers = writer.commit_all([batch("one"), batch("two", point=2)])
    assert [str(answer) for answer in answers] == [CLOSED] * 2
