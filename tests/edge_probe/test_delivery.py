"""A delivery sends until it is acknowledged, waits longer each time, and never sends refused rows again."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.backoff import LONGEST_SECONDS, RETRY_AFTER_MAX_SECONDS, wait_seconds
from edge_probe.delivery import JITTER_S, Delivery
from edge_probe.readings import Event, Spooled
from edge_probe.spool import Spool
from edge_probe.uplink_ports import USUAL_PACE, Pace, Refusal, TryLater
from graph.errors import SourceRefused, SourceUnreachable
from tests.edge_probe.fakes import FakeUplink, HandClock, beijing, ignore, reading

pytestmark = pytest.mark.anyio


class SlowClock:
    """A clock that says how long a wait is."""

    def __init__(self, inner: HandClock) -> None:
        self.inner = inner

    def now(self) -> dt.datetime:
        return self.inner.now()

    def seconds_until(self, moment: dt.datetime) -> float:
        return (moment - self.inner.now()).total_seconds()


def longest(_: float, high: float) -> float:
    return high


def delivery(spool: Spool, uplink: FakeUplink, told: list[Event] | None = None) -> Delivery:
    tell = [] if told is None else told
    return Delivery("province", uplink, spool, HandClock(beijing("12:00")), longest, tell.append)


async def test_everything_is_handed_over_in_bounded_batches(spool: Spool) -> None:
    spool.append([reading("10:00")] * (USUAL_PACE.rows + 1))
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert [len(batch) for batch in uplink.batches] == [USUAL_PACE.rows, 1]
    assert spool.backlogs()[0].waiting == 0


async def test_a_failed_batch_is_sent_again_as_it_was_though_more_has_come(spool: Spool) -> None:
    spool.append([reading("10:00")])
    uplink = FakeUplink([SourceUnreachable("gone")])
    working = delivery(spool, uplink)
    assert await working.push() == 1.0
    spool.append([reading("10:15")])
    assert await working.push() is None
    assert [[row.sequence for row in batch] for batch in uplink.batches] == [[1], [2]]


async def test_waits_grow_and_begin_anew_after_success(spool: Spool) -> None:
    spool.append([reading("10:00")])
    gone = SourceUnreachable("gone")
    working = delivery(spool, FakeUplink([gone, gone, gone, None, gone]))
    assert [await working.push() for _ in range(4)] == [1.0, 2.0, 4.0, None]
    spool.append([reading("10:15")])
    assert await working.push() == 1.0


async def test_a_pause_the_platform_asked_for_is_kept(spool: Spool) -> None:
    spool.append([reading("10:00")])
    assert await delivery(spool, FakeUplink([TryLater("busy", 120.0)])).push() == 120.0


async def test_a_refused_batch_stays_and_is_an_event_once(spool: Spool) -> None:
    spool.append([reading("10:00")])
    told: list[Event] = []
    working = delivery(spool, FakeUplink([SourceRefused("status 401")] * 3), told)
    for _ in range(3):
        await working.push()
    assert [(event.kind, event.detail) for event in spool.events(9)] == [("source-refused", "status 401")]
    assert told == list(spool.events(9))
    assert spool.backlogs()[0].waiting == 1


async def test_refused_rows_become_events_and_are_not_sent_again(spool: Spool) -> None:
    spool.append([reading("10:00", "3")])
    row = Spooled(1, reading("10:00", "3"))
    uplink = FakeUplink(refusals=[Refusal(row, "unknown-point", "no such point")])
    working = delivery(spool, uplink)
    assert await working.push() is None
    assert await working.push() is None
    assert len(uplink.batches) == 1
    (event,) = spool.events(9)
    assert event.kind == "row-refused"
    assert "unknown-point: no such point (row 1: 0000000002330011" in event.detail


async def test_rows_wait_until_the_platform_takes_them_and_the_wait_is_told(spool: Spool) -> None:
    spool.append([reading("10:00")])
    clock, uplink = HandClock(beijing("12:00")), FakeUplink()
    uplink.opening = beijing("14:00")
    working = Delivery("province", uplink, spool, SlowClock(clock), longest, ignore)
    assert await working.push() == 7200.0 + JITTER_S
    assert uplink.batches == []
    uplink.opening = None
    assert await working.push() is None
    assert len(uplink.batches) == 1


async def test_a_platform_that_cannot_say_when_it_takes_rows_is_a_failure_like_any_other(
    spool: Spool,
) -> None:
    spool.append([reading("10:00")])
    uplink = FakeUplink()
    uplink.opening = SourceUnreachable("gone")
    assert await delivery(spool, uplink).push() == 1.0
    assert [event.kind for event in spool.events(9)] == ["source-unreachable"]


async def test_rows_that_were_taken_one_by_one_are_not_sent_again(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15"), reading("10:30")])
    assert len(spool.unsent("province", 9)) == 3
    spool.take_note("province", [2])
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert [[row.sequence for row in batch] for batch in uplink.batches] == [[1, 3]]


async def test_a_batch_taken_whole_one_by_one_lets_the_next_one_go(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    spool.unsent("province", 2)
    spool.append([reading("10:30")])
    spool.take_note("province", [1, 2])
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert [[row.sequence for row in batch] for batch in uplink.batches] == [[3]]


def refusing(spool: Spool, uplink: FakeUplink, clock: HandClock) -> Delivery:
    """A delivery to a platform that has no receipts for batches."""
    return Delivery("province", uplink, spool, clock, longest, ignore, Pace(tries_again=True))


async def test_what_was_refused_goes_again_once_a_day_until_it_is_taken(spool: Spool) -> None:
    spool.append([reading("10:00"), reading("10:15")])
    clock, row = HandClock(beijing("12:00")), Spooled(1, reading("10:00"))
    uplink = FakeUplink(refusals=[Refusal(row, "refused-by-platform", "no such point")])
    working = refusing(spool, uplink, clock)
    for days, sent in ((0, [[1, 2]]), (0, [[1, 2]]), (1.1, [[1, 2], [1]])):
        clock.moment = beijing("12:00") + dt.timedelta(days=days)
        assert await working.push() is None
        assert [[row.sequence for row in batch] for batch in uplink.batches] == sent
    uplink.refusals = []
    clock.moment += dt.timedelta(days=1.1)
    await working.push()
    clock.moment += dt.timedelta(days=9)
    await working.push()
    assert [[row.sequence for row in batch] for batch in uplink.batches] == [[1, 2], [1], [1]]
    assert [event.kind for event in spool.events(9)] == ["refused-rows-taken", "row-refused"]


async def test_what_is_refused_for_a_month_is_given_up_and_told(spool: Spool) -> None:
    spool.append([reading("10:00")])
    spool.acknowledge("province", 1)
    spool.set_aside("province", [1], beijing("12:00"))
    clock, uplink = HandClock(beijing("12:00")), FakeUplink([SourceRefused("no")] * 99)
    working = refusing(spool, uplink, clock)
    for day in range(1, 40):
        clock.moment = beijing("12:00") + dt.timedelta(days=day, minutes=1)
        assert await working.push() is None
    assert len(uplink.faults) == 99 - 29
    (event,) = spool.events(9)
    assert (event.kind, event.detail) == ("rows-given-up", "1 rows that it refuses for 30 days")


async def test_a_platform_that_works_again_is_an_event(spool: Spool) -> None:
    spool.append([reading("10:00")])
    working = delivery(spool, FakeUplink([SourceUnreachable("gone")]))
    await working.push()
    await working.push()
    assert [event.kind for event in spool.events(9)] == ["uplink-works-again", "source-unreachable"]


@given(st.integers(0, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_a_wait_is_bounded_and_never_none_at_all(failures: int, place: float, asked: float | None) -> None:
    wait = wait_seconds(failures, lambda low, high: low + place * (high - low), asked)
    assert 0.5 <= wait <= max(LONGEST_SECONDS, RETRY_AFTER_MAX_SECONDS)
    assert asked is None or wait >= min(asked, RETRY_AFTER_MAX_SECONDS)
