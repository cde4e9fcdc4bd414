"""The probe as a whole: rhythms apart, together when it stops."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.clock import ScaledClock, SystemClock, clock_of, next_multiple
from edge_probe.counters import quarter_hour_of
from edge_probe.delivery import Delivery
from edge_probe.ports import Answers, Meter
from edge_probe.probe import Probe
from edge_probe.spool import Spool
from edge_probe.uplink_ports import Uplink
from edge_probe.watch import Shared, Watch
from graph.errors import InvalidInput, SourceUnreachable, StoreError
from tests.edge_probe.fakes import UNIT, FakeMeter, FakeUplink, beijing, device, ignore

SPEED = 9000.0  # ten quarter-hours in a second
CYCLE = dt.timedelta(seconds=300)
QUARTER_HOUR = dt.timedelta(minutes=15)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite")
    opened.add_uplinks(["province"])
    yield opened
    opened.close()


class Hanging:
    """A meter that never answers."""

    async def read(self) -> Answers:
        await asyncio.Event().wait()
        return {}

    async def close(self) -> None:
        return


def probe_of(spool: Spool, uplink: Uplink, *meters: Meter, timeout_s: float = 1.0) -> Probe:
    clock = ScaledClock(beijing("10:00"), SPEED, time.time())
    shared = Shared(UNIT, clock, spool, dt.timedelta(seconds=290), ignore)
    watches = []
    for number, meter in enumerate(meters):
        found = device(name=f"meter {number}", timeout_s=timeout_s)
        watches.append(Watch(found, meter, shared))
    delivery = Delivery("province", uplink, spool, clock, lambda low, _: low, ignore)
    return Probe(clock, CYCLE, spool, watches, [delivery], ignore)


def rising() -> FakeMeter:
    """A meter whose counter shows one more at each look."""
    looks = iter(range(10**6))
    return FakeMeter(lambda: Decimal(next(looks)))


async def run_for(probe: Probe, seconds: float) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(probe.run())
        await asyncio.sleep(seconds)
        probe.stop()


@pytest.mark.anyio
async def test_everything_read_is_handed_over_before_it_ends(spool: Spool) -> None:
    uplink, meter = FakeUplink(), rising()
    await run_for(probe_of(spool, uplink, meter), 0.5)
    handed = [row.reading for batch in uplink.batches for row in batch]
    assert len(handed) >= 2
    assert spool.backlogs()[0].waiting == 0
    assert meter.closed == 1
    (booked,) = [state.booked for state in spool.counters().values()]
    assert booked is not None
    assert booked.at == handed[-1].start + QUARTER_HOUR


@pytest.mark.anyio
async def test_a_dead_meter_delays_no_other(spool: Spool) -> None:
    uplink = FakeUplink()
    await run_for(probe_of(spool, uplink, Hanging(), rising(), timeout_s=0.3), 0.5)
    assert sum(len(batch) for batch in uplink.batches) >= 2


@pytest.mark.anyio
async def test_a_device_with_a_cadence_of_its_own_is_read_by_it(spool: Spool) -> None:
    asked = [0, 0]

    def asks(number: int) -> Decimal:
        asked[number] += 1
        return Decimal(asked[number])

    meters = [FakeMeter(lambda: asks(0)), FakeMeter(lambda: asks(1))]
    probe = probe_of(spool, FakeUplink(), *meters)
    slow = probe._watches[1]
    slow.device = dataclasses.replace(slow.device, cycle_s=900)
    await run_for(probe, 0.6)
    assert asked[0] > 2 * asked[1]
    assert asked[1] >= 2


@pytest.mark.anyio
async def test_a_dead_platform_delays_no_reading_and_does_not_keep_the_probe_from_ending(
    spool: Spool,
) -> None:
    uplink = FakeUplink([SourceUnreachable("gone")] * 99)
    await run_for(probe_of(spool, uplink, rising()), 0.5)
    assert uplink.batches == []
    assert spool.backlogs()[0].waiting >= 2


@pytest.mark.anyio
async def test_a_spool_that_cannot_be_written_ends_the_probe_with_its_error(spool: Spool) -> None:
    probe = probe_of(spool, FakeUplink(), rising())
    spool.close()
    with pytest.raises(ExceptionGroup) as raised:
        await probe.run()
    assert raised.group_contains(StoreError)


@given(
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - the zone is beside it
    st.sampled_from([s for s in range(1, 901) if 900 % s == 0]),
)
def test_every_boundary_is_a_moment_to_look(now: dt.datetime, seconds: int) -> None:
    cycle = dt.timedelta(seconds=seconds)
    moment = next_multiple(now, cycle)
    assert dt.timedelta(0) < moment - now <= cycle
    boundary = quarter_hour_of(now) + dt.timedelta(minutes=15)
    assert (boundary - moment) % cycle == dt.timedelta(0)


def test_two_clocks_with_one_start_speed_and_epoch_agree() -> None:
    epoch = time.time() - 2
    first, second = ScaledClock(beijing("10:00"), 900, epoch), clock_of(beijing("10:00"), 900, epoch)
    assert abs(first.now() - second.now()) < dt.timedelta(seconds=90)
    assert first.now() >= beijing("10:30")
    assert 0 <= first.seconds_until(first.now() + dt.timedelta(seconds=900)) <= 1


def test_without_a_wish_the_clock_is_the_walls() -> None:
    clock = clock_of(None, 1.0, None)
    assert isinstance(clock, SystemClock)
    assert clock.seconds_until(clock.now() - dt.timedelta(days=1)) == 0.0


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e9])
def test_a_clock_does_not_stand_still_or_run_backwards(speed: float) -> None:
    with pytest.raises(InvalidInput, match="speed"):
        ScaledClock(beijing("10:00"), speed, 0.0)
