"""A probe compares once in each slot by itself, tries again while it is open, and no reading waits for it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from edge_probe.clock import ScaledClock
from edge_probe.nights import Night
from edge_probe.probe import Probe
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.uplink_ports import Absent
from edge_probe.watch import Shared, Watch
from graph.errors import SourceRefused, SourceUnreachable, StoreError
from graph.model.daily_slot import DailySlot
from tests.edge_probe.fakes import UNIT, FakeMeter, beijing, device, ignore
from tests.edge_probe.hub_double import until
from tests.edge_probe.reconciling_stage import TOMORROW, Ends, said

pytestmark = pytest.mark.anyio
SLOT = DailySlot.parse("03:00-05:30")
DAY = dt.timedelta(days=1)


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.spool.close()


def night(ends: Ends, slot: DailySlot = SLOT, deadline_s: float = 5.0) -> Night:
    def at_once(low: float, _: float) -> float:
        return low

    def add(events: Sequence[Event]) -> None:
        ends.spool.append(events=events)

    return Night(ends.reconciling, slot, ends.clock, at_once, ends.told.append, add, deadline_s)


async def kept_until(ends: Ends, condition: Callable[[], object], deadline_s: float = 5.0) -> None:
    """A night at work until something is so."""
    task = asyncio.create_task(night(ends, deadline_s=deadline_s).keep())
    try:
        await until(condition)
    finally:
        task.cancel()


async def test_it_compares_in_its_slot_and_mends(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.rows.clear()
    ends.clock.moment = TOMORROW - dt.timedelta(hours=2)
    await kept_until(ends, lambda: ends.platform.rows)
    assert SLOT.holds(ends.clock.moment) or ends.clock.moment > TOMORROW


@pytest.mark.parametrize(
    ("now", "last", "begins"),
    [
        ("02:00", None, "03:00"),
        ("04:00", None, "04:00"),
        ("04:00", "03:10", "27:00"),
        ("04:00", "02:59", "04:00"),
        ("05:30", None, "27:00"),
        ("12:00", "03:10", "27:00"),
    ],
)
async def test_what_is_left_of_a_slot_counts_unless_it_was_compared_in_it(
    ends: Ends, now: str, last: str | None, begins: str
) -> None:
    hours, _, minutes = begins.partition(":")
    expected = beijing("00:00") + dt.timedelta(hours=int(hours), minutes=int(minutes))
    ends.clock.moment = beijing(now)
    if last is not None:
        day = beijing(last).date()
        ends.comparing.keep("province", (day, day), (), (), beijing(last))
    assert (await night(ends)._next())[0] == expected


async def test_a_slot_over_midnight_is_one(ends: Ends) -> None:
    ends.clock.moment = beijing("01:00")
    found = await night(ends, DailySlot.parse("23:00-02:00"))._next()
    assert found == (beijing("01:00"), beijing("02:00"))


@pytest.mark.parametrize("fault", [SourceUnreachable("gone"), SourceRefused("no: 403")])
async def test_a_failure_is_told_once_and_tried_again_within_the_slot(ends: Ends, fault: Exception) -> None:
    await ends.hand_over(said(0))
    ends.platform.rows.clear()
    ends.platform.fault = fault
    task = asyncio.create_task(night(ends).keep())
    await until(lambda: len(ends.platform.asked) >= 2)
    ends.platform.fault = None
    await until(lambda: "reconciled" in ends.kinds)
    task.cancel()
    assert ends.kinds == ["not-reconciled", "reconciled"]


async def test_an_older_hub_is_asked_again_the_next_night_alone(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.fault = Absent("404")
    await kept_until(ends, lambda: ends.clock.moment >= TOMORROW + DAY)
    assert set(ends.kinds) == {"tells-no-digests"}
    kept = ends.comparing.comparisons()["province"]
    assert (kept.compared_at, kept.fault) == (None, "SOURCE_REFUSED: 404")


async def test_one_that_hangs_is_given_up_at_its_deadline(ends: Ends) -> None:
    await ends.hand_over(said(0))
    ends.platform.hangs = True
    await kept_until(ends, lambda: ends.told, deadline_s=0.05)
    assert (ends.kinds, "not compared within 0.05 s" in ends.told[0].detail) == (["not-reconciled"], True)


async def test_a_probe_reads_on_while_it_compares_and_ends_when_told(tmp_path: Path) -> None:
    ends = Ends(spool=Spool(tmp_path / "spool.sqlite"))
    await ends.hand_over(said(0))
    ends.platform.hangs = True
    clock, looks = ScaledClock(TOMORROW, 9000.0, time.time()), count()
    meter = FakeMeter(lambda: Decimal(next(looks)))
    watch = Watch(device(), meter, Shared(UNIT, clock, ends.spool, dt.timedelta(seconds=290), ignore))
    probe = Probe(
        clock, dt.timedelta(seconds=300), ends.spool, [watch], [ends.delivery], ignore, [night(ends)]
    )
    async with asyncio.timeout(8), asyncio.TaskGroup() as group:
        group.create_task(probe.run())
        await until(lambda: "days" in ends.platform.asked)
        await until(lambda: len(ends.platform.batches) >= 3)
        probe.stop()
    ends.spool.close()


async def test_a_spool_that_cannot_be_read_ends_it_with_its_error(ends: Ends) -> None:
    kept = night(ends)
    ends.spool.close()
    with pytest.raises(StoreError):
        await kept.keep()
