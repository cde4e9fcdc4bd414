"""What is told in this process is heard once and in order by all who listen, and nobody's slowness is waited for."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import StoreError, TooLarge
from graph.model.reading import JUDGED, REJECTIONS, VERDICTS
from graph.model.region import RegionCode
from graph.model.sync_run import Link, Receipt, RunState, SyncRun
from graph.ports import Event, Judged
from hub.events import Broadcast
from hub.telling import TellingRuns, TellingSink

SOON_S = 5.0
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)


def batch(number: int) -> Event:
    return Event("batch", number)


async def heard(broadcast: Broadcast, count: int, ready: anyio.Event) -> list[int]:
    """The numbers of so many batches."""
    found: list[int] = []
    with broadcast.listen("batch") as told:
        ready.set()
        async for events in told:
            found += [event.id for event in events]
            if len(found) >= count:
                break
    return found


@pytest.mark.anyio
async def test_all_who_listen_hear_what_threads_tell_each_thread_in_its_order() -> None:
    broadcast, threads, each = Broadcast(5, 10_000), 4, 250
    ready = [anyio.Event() for _ in range(3)]
    listening = [asyncio.create_task(heard(broadcast, threads * each, event)) for event in ready]
    for event in ready:
        await event.wait()

    def tell(first: int) -> None:
        for number in range(first, threads * each, threads):
            broadcast.publish(batch(number))

    telling = [threading.Thread(target=tell, args=(first,)) for first in range(threads)]
    for thread in telling:
        thread.start()
    with anyio.fail_after(SOON_S):
        for task in listening:
            found = await task
            assert sorted(found) == list(range(threads * each))
            for first in range(threads):
                mine = [number for number in found if number % threads == first]
                assert mine == sorted(mine)
    for thread in telling:
        thread.join()
    assert broadcast.listening == 0


@given(st.lists(st.integers(0, 4), max_size=20))
def test_however_telling_and_taking_are_mixed_each_event_is_taken_once(steps: list[int]) -> None:
    async def mixed() -> None:
        broadcast, told, taken = Broadcast(1, 100), 0, []
        with broadcast.listen("batch") as events:
            for step in steps:
                for _ in range(step):
                    broadcast.publish(batch(told))
                    told += 1
                if step:
                    taken += [event.id for event in await anext(events)]
        assert taken == list(range(told))

    asyncio.run(mixed())


@pytest.mark.anyio
async def test_what_was_told_before_or_of_another_noun_is_not_heard() -> None:
    broadcast = Broadcast(1, 10)
    broadcast.publish(batch(1))
    with broadcast.listen("batch") as told:
        broadcast.publish(Event("sync_run", 2))
        broadcast.publish(batch(3))
        assert [event.id for event in await anext(told)] == [3]
        with anyio.move_on_after(0.05) as waited:
            await anext(told)
        assert waited.cancelled_caught


@pytest.mark.anyio
async def test_who_reads_too_slowly_is_told_to_ask_again_and_keeps_nothing() -> None:
    broadcast = Broadcast(2, 3)
    with broadcast.listen("batch") as slow, broadcast.listen("batch") as quick:
        for number in range(100):
            broadcast.publish(batch(number))
            assert [event.id for event in await anext(quick)] == [number]
        for _ in range(2):
            with pytest.raises(TooLarge, match="more than 3 events came"):
                await anext(slow)
        assert not slow._waiting  # type: ignore[attr-defined]


@pytest.mark.anyio
async def test_as_many_as_are_kept_are_not_too_many() -> None:
    broadcast = Broadcast(1, 3)
    with broadcast.listen("batch") as told:
        for number in range(3):
            broadcast.publish(batch(number))
        assert [event.id for event in await anext(told)] == [0, 1, 2]


@pytest.mark.anyio
async def test_one_listener_too_many_is_refused_until_another_goes() -> None:
    broadcast = Broadcast(1, 3)
    with broadcast.listen("batch"):
        with pytest.raises(TooLarge, match="at most 1 subscriptions"), broadcast.listen("sync_run"):
            pass
        assert broadcast.listening == 1
    with broadcast.listen("sync_run"):
        assert broadcast.listening == 1


def test_telling_a_loop_that_has_ended_harms_nobody() -> None:
    broadcast = Broadcast(1, 3)

    async def left_open() -> object:
        context = broadcast.listen("batch")
        context.__enter__()
        return context

    kept = asyncio.run(left_open())
    broadcast.publish(batch(1))
    assert kept


# ---- who tells ------------------------------------------------------------------------------------------

RECEIPT = Receipt(7, "geng", "k", NOON, 1, 1, 0, 0, 0, 0, "d", "h")
NOTHING = Judged(
    "geng", "k", "d", NOON, None, None, None,
    JUDGED.empty_table(), VERDICTS.empty_table(), REJECTIONS.empty_table(),
)  # fmt: skip


@dataclass
class Heard:
    """Keeps what is told, and what the store had by then."""

    told: list[Event] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        """Keep it."""
        self.told.append(event)

    def listen(self, noun: str) -> None:
        """Never called."""
        raise AssertionError(noun)


@dataclass
class Sink:
    """A store that answers as it is told to."""

    answer: Receipt | Exception

    def commit(self, batch: Judged) -> Receipt:
        """The answer."""
        assert batch is NOTHING
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def commit_all(self, batches: Sequence[Judged]) -> list[Receipt | Exception]:
        """The answer to each, and a fault."""
        return [self.answer for _ in batches] + [StoreError("full")]

    def receipt(self, source: str, key: str, digest: str) -> Receipt | None:
        """Never asked."""
        raise AssertionError((source, key, digest))


def test_a_batch_is_told_of_once_it_is_stored_and_not_when_it_was_there() -> None:
    for answer, expected in ((RECEIPT, [batch(7)]), (replace(RECEIPT, repeated=True), [])):
        events = Heard()
        assert TellingSink(Sink(answer), events).commit(NOTHING) == answer  # type: ignore[arg-type]
        assert events.told == expected


def test_of_batches_written_at_once_each_that_is_stored_is_told_of() -> None:
    events = Heard()
    assert len(TellingSink(Sink(RECEIPT), events).commit_all([NOTHING, NOTHING])) == 3  # type: ignore[arg-type]
    assert events.told == [batch(7), batch(7)]


def test_a_batch_that_was_not_written_is_not_told_of() -> None:
    events = Heard()
    with pytest.raises(StoreError):
        TellingSink(Sink(StoreError("full")), events).commit(NOTHING)  # type: ignore[arg-type]
    assert events.told == []


class Runs:
    """A log of one link's runs; whoever has no number is refused."""

    def begin(self, link: Link, at: dt.datetime) -> int:
        """The first."""
        assert (link.key, at) == ("jia", NOON)
        return 1

    def update(self, number: int, run: SyncRun) -> None:
        """Only of the first."""
        if number != 1:
            raise StoreError(f"no such run of {run.link}")


def test_a_run_is_told_of_at_each_entry_as_it_stood() -> None:
    events, link = Heard(), Link("jia", "nengshu", RegionCode("970000"), "a")
    runs = TellingRuns(Runs(), events)  # type: ignore[arg-type]
    number = runs.begin(link, NOON)
    runs.update(number, SyncRun("jia", NOON, NOON, RunState.SUCCEEDED, rows=3, accepted=2))
    with pytest.raises(StoreError):
        runs.update(2, SyncRun("jia", NOON))
    assert [(event.id, event.said["state"], event.said["accepted"]) for event in events.told] == [
        (1, RunState.RUNNING, 0),
        (1, RunState.SUCCEEDED, 2),
    ]


def test_nothing_told_is_text_of_a_source() -> None:
    events = Heard()
    TellingRuns(Runs(), events).begin(Link("jia", "nengshu", RegionCode("970000"), "a"), NOON)  # type: ignore[arg-type]
    assert {"error", "cursor", "link"}.isdisjoint(events.told[0].said)
