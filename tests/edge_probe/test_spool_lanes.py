"""After a silence a platform first gets what was read lately, then the backlog, and in the end each row once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.delivery import Delivery
from edge_probe.readings import Reading, Spooled
from edge_probe.spool import Spool
from edge_probe.spool_lanes import SpoolLanes
from edge_probe.uplink_ports import Pace, Refusal
from edge_probe.uplinks.nengshu import batch_key
from graph.errors import SourceUnreachable
from tests.edge_probe.fakes import FakeUplink, HandClock, beijing, ignore, reading

pytestmark = pytest.mark.anyio
NOON = beijing("12:00")
PACE = Pace(rows=3)
GONE = SourceUnreachable("gone")


def old(count: int) -> list[Reading]:
    return [reading("06:00")] * count


def new(count: int) -> list[Reading]:
    return [replace(reading("11:30"), written_at=NOON - dt.timedelta(minutes=10))] * count


def numbers(batches: list[tuple[Spooled, ...]]) -> list[list[int]]:
    return [[row.sequence for row in batch] for batch in batches]


def delivery(spool: Spool, uplink: FakeUplink) -> Delivery:
    return Delivery("province", uplink, spool, HandClock(NOON), lambda low, _: low, ignore, PACE)


async def test_what_was_read_lately_goes_before_a_long_backlog_and_nothing_twice(spool: Spool) -> None:
    spool.append([*old(7), *new(2)])
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert numbers(uplink.batches) == [[8, 9], [1, 2, 3], [4, 5, 6], [7]]
    assert [(backlog.waiting, backlog.oldest) for backlog in spool.backlogs()] == [(0, None)]


async def test_what_fits_one_batch_goes_as_one(spool: Spool) -> None:
    spool.append([*old(1), *new(2)])
    uplink = FakeUplink()
    await delivery(spool, uplink).push()
    assert numbers(uplink.batches) == [[1, 2, 3]]


async def test_more_new_ones_than_a_batch_holds_go_the_newest_first(spool: Spool) -> None:
    spool.append([*old(2), *new(5)])
    uplink = FakeUplink()
    await delivery(spool, uplink).push()
    assert numbers(uplink.batches)[0] == [5, 6, 7]
    assert sorted(chain(*numbers(uplink.batches))) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_live_batch_is_sent_again_as_it_was_and_what_came_meanwhile_goes_next(spool: Spool) -> None:
    spool.append([*old(7), *new(2)])
    lanes = SpoolLanes(spool)
    first = lanes.live("province", 3, NOON - dt.timedelta(hours=1))
    spool.append(new(1))
    assert lanes.live("province", 3, NOON - dt.timedelta(hours=1)) == first
    lanes.took_live("province")
    assert [row.sequence for row in lanes.live("province", 3, NOON - dt.timedelta(hours=1))] == [10]


async def test_what_the_backlog_has_on_its_way_is_no_live_batch(spool: Spool) -> None:
    spool.append(new(3))
    assert len(spool.unsent("province", 3)) == 3
    spool.append(new(2))
    assert [row.sequence for row in SpoolLanes(spool).live("province", 3, NOON - dt.timedelta(hours=1))] == [
        4,
        5,
    ]


async def test_the_cursor_moves_behind_live_rows_once_nothing_is_left_before_them(spool: Spool) -> None:
    spool.append([*old(4), *new(1)])
    await delivery(spool, FakeUplink()).push()
    assert spool.backlogs()[0].acknowledged == 5


async def test_what_went_first_waits_no_longer_and_neither_does_it_count_as_the_oldest(spool: Spool) -> None:
    spool.append([*old(4), *new(2)])
    uplink = FakeUplink([None, GONE])
    await delivery(spool, uplink).push()
    (backlog,) = spool.backlogs()
    assert numbers(uplink.batches) == [[5, 6]]
    assert (backlog.acknowledged, backlog.waiting) == (0, 4)
    assert backlog.oldest == old(1)[0].written_at
    spool.take_note("province", [1])
    assert spool.backlogs()[0].waiting == 3


def test_an_uplink_that_is_gone_leaves_no_live_batch_behind(spool: Spool) -> None:
    spool.append([*old(7), *new(2)])
    SpoolLanes(spool).live("province", 3, NOON - dt.timedelta(hours=1))
    spool.add_uplinks([])
    spool.add_uplinks(["province"])
    spool.append(new(1))
    found = SpoolLanes(spool).live("province", 3, NOON - dt.timedelta(hours=1))
    assert [row.sequence for row in found] == [8, 9, 10]


async def test_room_made_of_what_was_to_go_first_holds_up_nothing(spool: Spool) -> None:
    spool.append([*old(7), *new(2)])
    assert len(SpoolLanes(spool).live("province", 3, NOON - dt.timedelta(hours=1))) == 2
    assert spool.thin(NOON, bytes_max=0) == 9
    spool.append([*old(4), *new(1)])
    uplink = FakeUplink()
    assert await delivery(spool, uplink).push() is None
    assert sorted(chain(*numbers(uplink.batches))) == [10, 11, 12, 13, 14]


@given(
    steps=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=12),
    rows=st.integers(1, 4),
)
async def test_whatever_fails_each_row_arrives_and_the_same_key_is_the_same_batch(
    steps: list[tuple[int, int, bool]], rows: int
) -> None:
    spool = Spool(Path(":memory:"))
    spool.add_uplinks(["province"])
    uplink, keys = LosingUplink(), dict[str, list[int]]()
    working = Delivery(
        "province", uplink, spool, HandClock(NOON), lambda low, _: low, ignore, Pace(rows=rows)
    )
    for aged, fresh, loses in [*steps, (0, 1, False)]:
        spool.append([*old(aged), *new(fresh)])
        uplink.loses = loses
        await working.push()
    for batch in uplink.batches:
        sequences = [row.sequence for row in batch]
        assert keys.setdefault(batch_key("a", batch), sequences) == sequences
    assert set(chain(*keys.values())) == set(range(1, sum(a + f for a, f, _ in steps) + 2))
    assert sum(map(len, keys.values())) == len(set(chain(*keys.values())))
    assert spool.backlogs()[0].waiting == 0
    spool.close()


class LosingUplink(FakeUplink):
    """Keeps what it is sent, and the second reply of each turn is lost where it `loses`."""

    def __init__(self) -> None:
        super().__init__()
        self.loses, self._sent = False, 0

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        self.batches.append(tuple(rows))
        self._sent += 1
        if self.loses and self._sent % 2 == 0:
            raise GONE
        return []
