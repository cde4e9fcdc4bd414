"""The next batch is made while a platform answers, and is sent only where exactly its rows are claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.delivery import Delivery
from edge_probe.readings import Spooled
from edge_probe.spool import Spool
from edge_probe.spool_lanes import SpoolLanes
from edge_probe.uplink_ports import Pace, Refusal
from edge_probe.uplinks.nengshu import batch_key
from graph.errors import SourceUnreachable
from tests.edge_probe.fakes import FakeUplink, HandClock, beijing, ignore, reading

pytestmark = pytest.mark.anyio
PACE = Pace(rows=2, rows_max=4)
GONE = SourceUnreachable("gone")


class PackingUplink(FakeUplink):
    """Notes what it is asked to make ready, and answers a batch only when the next one is, or when there is none."""

    def __init__(self, faults: Sequence[Exception | None] = (), last: int = 0) -> None:
        super().__init__(faults)
        self.made: list[list[int]] = []
        self._last, self._news = last, asyncio.Event()

    async def pack(self, rows: Sequence[Spooled]) -> None:
        self.made.append([row.sequence for row in rows])
        self._news.set()

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        if self._last and rows[-1].sequence < self._last:
            await asyncio.wait_for(self._news.wait(), 5)
            self._news.clear()
        return await super().send(rows)


def delivery(spool: Spool, uplink: FakeUplink, pace: Pace = PACE) -> Delivery:
    return Delivery("province", uplink, spool, HandClock(beijing("23:00")), lambda low, _: low, ignore, pace)


def numbers(batches: Sequence[Sequence[Spooled]]) -> list[list[int]]:
    return [[row.sequence for row in batch] for batch in batches]


async def test_the_next_batch_is_made_before_the_one_on_its_way_is_answered(spool: Spool) -> None:
    spool.append([reading("10:00")] * 6)
    uplink = PackingUplink(last=6)
    assert await delivery(spool, uplink, Pace(rows=2, rows_max=2)).push() is None
    assert numbers(uplink.batches) == [[1, 2], [3, 4], [5, 6]]
    assert uplink.made == [[3, 4], [5, 6]]


async def test_a_long_backlog_goes_in_growing_batches_and_each_row_once(spool: Spool) -> None:
    spool.append([reading("10:00")] * 11)
    uplink = PackingUplink()
    assert await delivery(spool, uplink).push() is None
    assert numbers(uplink.batches) == [[1, 2], [3, 4, 5, 6], [7, 8, 9, 10], [11]]
    assert spool.backlogs()[0].acknowledged == 11


async def test_what_was_read_ahead_moves_no_cursor_and_claims_nothing(spool: Spool) -> None:
    spool.append([reading("10:00")] * 6)
    uplink = PackingUplink([GONE])
    await delivery(spool, uplink).push()
    assert spool.backlogs()[0].acknowledged == 0
    assert [row.sequence for row in spool.unsent("province", 6)] == [1, 2]


async def test_rows_that_went_meanwhile_are_not_sent_from_what_was_read_ahead(spool: Spool) -> None:
    spool.append([reading("10:00", str(number)) for number in range(1, 7)])
    ahead = SpoolLanes(spool).behind("province", 2, 2)
    assert ahead.run == (3, 4, 2)
    spool.unsent("province", 2)
    spool.acknowledge("province", 2)
    assert spool.unsent("province", 2, ahead) is ahead
    spool.take_note("province", [4])
    assert [row.sequence for row in spool.unsent("province", 2, ahead)] == [3]


async def test_a_live_batch_goes_between_though_the_next_of_the_backlog_is_ready(spool: Spool) -> None:
    old, new = reading("10:00"), replace(reading("22:30"), written_at=beijing("22:46"))
    spool.append([old] * 6)

    class Meanwhile(PackingUplink):
        async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
            if rows[0].sequence == 1:
                spool.append([new])
            return await super().send(rows)

    uplink = Meanwhile()
    await delivery(spool, uplink).push()
    assert numbers(uplink.batches)[:2] == [[1, 2], [7]]
    assert sorted(chain(*numbers(uplink.batches))) == [1, 2, 3, 4, 5, 6, 7]


@given(losses=st.lists(st.booleans(), max_size=8), count=st.integers(1, 30))
async def test_whatever_is_lost_the_same_key_is_the_same_batch_and_each_row_arrives(
    losses: list[bool], count: int
) -> None:
    spool, uplink, keys = Spool(Path(":memory:")), LosingUplink(losses), dict[str, list[int]]()
    spool.add_uplinks(["province"])
    spool.append([reading("10:00")] * count)
    working = delivery(spool, uplink)
    while await working.push() is not None:
        pass
    for batch in numbers(uplink.batches):
        first, last = (Spooled(number, reading("10:00")) for number in (batch[0], batch[-1]))
        assert keys.setdefault(batch_key("a", [first, last]), batch) == batch
    assert list(chain(*keys.values())) == list(range(1, count + 1))
    assert spool.backlogs()[0].waiting == 0
    spool.close()


class LosingUplink(PackingUplink):
    """Keeps what it is sent; some replies are lost."""

    def __init__(self, losses: Sequence[bool]) -> None:
        super().__init__()
        self._losses = list(losses)

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        self.batches.append(tuple(rows))
        if self._losses and self._losses.pop(0):
            raise GONE
        return []
