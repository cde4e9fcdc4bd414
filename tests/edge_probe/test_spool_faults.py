"""A spool on a full disk, a damaged one, and a power that is cut: what it had or could read is not lost, and it says so."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

import edge_probe
from edge_probe.counters import CounterState, Sample
from edge_probe.delivery import Delivery
from edge_probe.keeping import UNSAVED_MAX, Found, Keeper
from edge_probe.probe import Probe
from edge_probe.readings import QUARTER_HOUR, Event, Reading
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull, damage
from edge_probe.spool_start import opened
from edge_probe.watch import Shared, Watch
from tests.edge_probe.fakes import (
    ELECTRICITY,
    UNIT,
    FakeMeter,
    FakeUplink,
    HandClock,
    beijing,
    device,
    ignore,
    reading,
)

pytestmark = pytest.mark.anyio
ROOT = Path(edge_probe.__file__).parents[1]
KILLS, KILLS_S = 200, 120.0  # power cuts, and the time they may take: fewer are made on a slow machine
NOW = beijing("12:00")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool.sqlite")
    made.add_uplinks(["province"])
    yield made
    made.close()


def allow(spool: Spool, pages: int) -> None:
    """Let the file have so many pages more, and no room beyond."""
    with spool.writing() as db:
        used = db.execute("PRAGMA page_count").fetchone()[0]
    spool._one(f"PRAGMA max_page_count = {used + pages}")


def fill(spool: Spool) -> int:
    """Write until there is no room; how many readings there are."""
    written = 0
    try:
        while True:
            written = spool.append([reading("10:00")] * 20)
    except SpoolFull:
        return written


def bench(spool: Spool, told: list[Event]) -> tuple[Watch, HandClock, list[Decimal]]:
    clock, shown = HandClock(beijing("10:00")), [Decimal(100)]
    meter = FakeMeter(lambda: shown[0])
    tolerance = dt.timedelta(seconds=30)
    return Watch(device(), meter, Shared(UNIT, clock, spool, tolerance, told.append)), clock, shown


async def look(watch: Watch, clock: HandClock, shown: list[Decimal], quarters: int) -> None:
    for _ in range(quarters):
        await watch.look()
        clock.moment += QUARTER_HOUR
        shown[0] += 10


async def test_a_full_disk_first_takes_the_room_of_what_everybody_has(spool: Spool) -> None:
    allow(spool, 200)
    spool.acknowledge("province", fill(spool) // 2)
    told = list[Event]()
    watch, clock, shown = bench(spool, told)
    await look(watch, clock, shown, 20)
    assert [event.kind for event in told] == []
    assert spool.unsent("province", 10_000)[-1].reading.value == 10


async def test_on_a_full_disk_meters_are_read_on_into_memory_and_it_is_said(spool: Spool) -> None:
    allow(spool, 100)
    before = fill(spool)
    told = list[Event]()
    watch, clock, shown = bench(spool, told)
    await look(watch, clock, shown, 40)
    assert [event.kind for event in told] == ["disk-full"]
    assert "磁盘已满" in told[0].detail
    spool._one("PRAGMA max_page_count = 1000000")
    await look(watch, clock, shown, 1)
    rows = [row.reading for row in spool.unsent("province", 10_000)][before:]
    assert [row.value for row in rows] == [Decimal(10)] * 40
    assert {row.origin for row in rows} == {"instrument"}
    assert [event.kind for event in told] == ["disk-full", "disk-has-room"]
    assert [event.kind for event in spool.events(9)] == ["disk-has-room", "disk-full"]


def test_what_waits_in_memory_is_bounded_and_what_is_beyond_is_found_again(spool: Spool) -> None:
    allow(spool, 40)
    fill(spool)
    keeper, told = Keeper(spool, "main", ignore), [reading("10:00")] * (UNSAVED_MAX // 2)
    assert [keeper.keep(Found(told), NOW) for _ in range(3)] == [True, True, False]


class FullAtFirst(Delivery):
    """A delivery that finds the disk full when it notes what the platform has."""

    found_full = False

    async def push(self) -> float | None:
        if not self.found_full:
            self.found_full = True
            raise SpoolFull("spool: database or disk is full")
        return await super().push()


async def test_a_full_disk_ends_no_delivery(spool: Spool) -> None:
    spool.append([reading("10:00")])
    uplink, clock = FakeUplink(), HandClock(beijing("10:20"))
    delivery = FullAtFirst("province", uplink, spool, clock, lambda low, _: low, ignore)
    probe = Probe(clock, dt.timedelta(minutes=1), spool, [], [delivery], ignore)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(probe.run())
        probe.stop()
    assert [row.sequence for batch in uplink.batches for row in batch] == [1]


def test_a_real_small_disk_that_is_full_is_told_as_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "none", str(disk)], check=False)
    if not done or done.returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        small = Spool(disk / "spool.sqlite")
        small.add_uplinks(["province"])
        written = fill(small)
        assert list(small.latest()) == [ELECTRICITY]
        small.close()
        again = Spool(disk / "spool.sqlite")
        assert again.backlogs()[0].waiting == written
        again.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def damaged(file: Path, readings: int, acknowledged: int = 50) -> Path:
    """A spool of which the last third is overwritten, as a card that dies does."""
    made = Spool(file)
    made.add_uplinks(["province"])
    state = CounterState(Sample(beijing("10:16"), Decimal(7)), Sample(beijing("10:15"), Decimal(6)))
    made.append([], {"main/x": state})
    for n in range(readings // 100):
        made.append([dataclasses.replace(reading("10:00"), value=Decimal(n))] * 100)
    made.acknowledge("province", acknowledged)
    made.close()
    octets = bytearray(file.read_bytes())
    start = len(octets) * 2 // 3 // 4096 * 4096
    octets[start:] = b"\xa5" * (len(octets) - start)
    file.write_bytes(octets)
    return file


def test_a_damaged_spool_is_set_aside_and_what_can_be_read_of_it_is_taken_over(tmp_path: Path) -> None:
    file = damaged(tmp_path / "spool.sqlite", 3_000)
    octets = file.read_bytes()
    assert damage(file) is not None
    spool, events = opened(file, NOW)
    assert [event.kind for event in events] == ["spool-damaged"]
    assert "set aside as spool.sqlite.damaged-20261123T040000Z" in events[0].detail
    assert (tmp_path / "spool.sqlite.damaged-20261123T040000Z").read_bytes() == octets
    assert spool.events(1) == events
    kept = [row.sequence for row in spool.unsent("province", 10_000)]
    assert kept[0] == 51
    assert len(kept) > 500
    assert list(spool.counters()) == ["main/x"]
    assert spool.append([reading("10:15")]) > max(kept)
    spool.close()
    assert damage(file) is None


def test_numbers_that_a_platform_acknowledged_are_not_given_again_though_their_rows_are_lost(
    tmp_path: Path,
) -> None:
    spool, _ = opened(damaged(tmp_path / "spool.sqlite", 3_000, acknowledged=2_950), NOW)
    assert spool.backlogs()[0].waiting == 0
    assert spool.append([reading("10:15")]) == 2_951
    assert [row.sequence for row in spool.unsent("province", 9)] == [2_951]
    spool.close()


def test_a_file_that_is_no_spool_at_all_is_set_aside_too(tmp_path: Path) -> None:
    file = tmp_path / "spool.sqlite"
    file.write_bytes(b"not a database at all" * 500)
    spool, events = opened(file, NOW)
    assert "taken over: nothing" in events[0].detail
    assert spool.append([reading("10:00")]) == 1
    spool.close()
    second = file.read_bytes()
    file.write_bytes(b"not a database at all" * 500)
    again, _ = opened(file, NOW)
    again.close()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 2
    assert second != file.read_bytes()


def test_a_sound_spool_and_one_that_is_not_there_yet_are_opened_as_they_are(tmp_path: Path) -> None:
    made, events = opened(tmp_path / "spool.sqlite", NOW)
    identity = made.identity
    made.close()
    again, later = opened(tmp_path / "spool.sqlite", NOW)
    assert (events, later, again.identity) == ((), (), identity)
    again.close()


METERING = """
import datetime as dt, sys
from decimal import Decimal
from pathlib import Path
from edge_probe.counters import Sample, CounterState
from edge_probe.pieces import follow
from edge_probe.readings import Reading
from edge_probe.spool import Spool
spool = Spool(Path(sys.argv[1]))
begin = dt.datetime(2026, 11, 22, 16, tzinfo=dt.timezone.utc)
state = spool.counters().get("x", CounterState())
n = int((state.last.at - begin) / dt.timedelta(minutes=5)) + 1 if state.last else 0
while True:
    at = begin + n * dt.timedelta(minutes=5)
    step = follow(state, Sample(at, Decimal(n * n % 7 + 10 * n)), dt.timedelta(seconds=30))
    rows = [Reading("91990101MA0000000U", "0000000002330011", e.start, e.value, e.origin, at) for e in step.energy]
    spool.append(rows, {"x": step.state})
    state, n = step.state, n + 1
    print(n, flush=True)
"""


@pytest.mark.slow
def test_a_power_cut_at_any_of_200_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    file, dice, began = tmp_path / "spool.sqlite", random.Random(20261128), time.monotonic()  # noqa: S311 - no secret
    last = kills = 0
    while kills < KILLS and time.monotonic() - began < KILLS_S:
        with subprocess.Popen(
            [sys.executable, "-c", METERING, str(file)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as meter:
            assert meter.stdout is not None
            for _ in range(dice.randint(1, 6)):
                last = int(meter.stdout.readline())
            if dice.random() < 0.5:
                meter.stdout.read(dice.randint(0, 2))
            meter.send_signal(signal.SIGKILL)
            last = max([last, *(int(line) for line in meter.stdout.read().splitlines() if line.strip())])
        kills += 1
    assert kills >= 20
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert_whole(Spool(file), last)


def assert_whole(spool: Spool, last: int) -> None:
    """Each quarter-hour once, without a hole, and their sum is the counter's."""
    spool.add_uplinks(["province"])
    rows: list[Reading] = [row.reading for row in spool.unsent("province", 1_000_000)]
    state = spool.counters()["x"]
    spool.close()
    assert state.last is not None
    assert state.booked is not None
    assert state.last.at >= beijing("00:00") + (last - 1) * dt.timedelta(minutes=5)
    assert [row.start for row in rows] == [beijing("00:00") + n * QUARTER_HOUR for n in range(len(rows))]
    assert state.booked.at == beijing("00:00") + len(rows) * QUARTER_HOUR
    assert sum(row.value for row in rows) == state.booked.counter
    assert {row.data_code for row in rows} == {ELECTRICITY}
