"""A delivery sends until it is acknowledged, waits longer each time, and never sends refused rows again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.backoff import LONGEST_SECONDS, RETRY_AFTER_MAX_SECONDS, wait_seconds
from edge_probe.delivery import ROWS_PER_BATCH, Delivery
from edge_probe.ports import Refusal, TryLater
from edge_probe.readings import Event, Spooled
from edge_probe.spool import Spool
from graph.errors import SourceRefused, SourceUnreachable
from tests.edge_probe.fakes import FakeUplink, HandClock, beijing, reading

pytestmark = pytest.mark.anyio


@pytest.fixture
def spool() -> Iterator[Spool]:
    opened = Spool(Path(":memory:"))
    opened.add_uplinks(["province"])
    yield opened
    opened.close()


def longest(_: float, high: float) -> float:
    return high


def delivery(spool: Spool, uplink: FakeUplink, told: list[Event] | None = None) -> Delivery:
    tell = [] if told is None else told
    return Delivery("province", uplink, spool, HandClock(beijing("12:00")), longest, tell.append)


async def test_everything_is_handed_over_in_bounded_batches(spool: Spool) -> None:
    spool.append([reading("10:00")] * (ROWS_PER_BATCH + 1))
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert [len(batch) for batch in uplink.batches] == [ROWS_PER_BATCH, 1]
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
