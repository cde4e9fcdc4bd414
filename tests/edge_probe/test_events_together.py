"""Records of meters where other things happen at the same time: a full disk, another record, a clock that was set back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from edge_probe.meter_events import Kind
from edge_probe.readings import ESTIMATED
from edge_probe.spool import Spool
from edge_probe.spool_file import SpoolFull
from tests.edge_probe.fakes import beijing, in_memory
from tests.edge_probe.test_meter_events import Bench, said

pytestmark = pytest.mark.anyio


class Disk(Spool):
    """A spool on a disk that may be full."""

    is_full = False

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        if self.is_full:
            raise SpoolFull("spool: database or disk is full")
        with super().writing() as db:
            yield db


@pytest.fixture
def spool() -> Iterator[Disk]:
    with in_memory(Disk) as opened:
        yield opened


async def test_a_record_is_used_once_though_a_full_disk_cannot_say_that_it_was(spool: Disk) -> None:
    bench = Bench(spool)
    spool.meters.add(said(Kind.REPLACED, "10:20:30", "1020", "5000"))
    await bench.shows("10:00", "10:16", 1000)
    spool.is_full = True
    await bench.shows("10:17", "10:20", 1017)
    await bench.shows("10:21", "10:40", 5000)
    spool.is_full = False
    await bench.shows("10:41", "11:00", 5020)
    assert bench.total == Decimal(20 + 39)
    assert [event.kind for event in bench.told] == ["disk-full", "meter-event-used", "disk-has-room"]


async def test_two_records_of_one_quarter_hour_both_correct_it(spool: Disk) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "11:00", 1000)
    spool.meters.add(said(Kind.CALIBRATED, "10:20", "1020", "1018"))
    spool.meters.add(said(Kind.CALIBRATED, "10:25", "1023", "1020"))
    await bench.shows("11:01", "11:15", 1061)
    assert bench.holds()["10:15"] == (Decimal(15 + 2 + 3), ESTIMATED)
    assert bench.total == Decimal(75 + 5)


async def test_a_correction_is_newer_than_what_it_corrects_though_the_clock_was_set_back(spool: Disk) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "11:00", 1000)
    spool.meters.add(said(Kind.CALIBRATED, "10:40", "1040", "1038"))
    bench.clock.moment = beijing("10:42")
    await bench.watch.look()
    rows = [row.reading for row in spool.unsent("province", 99)]
    (first, corrected) = [row for row in rows if row.start == beijing("10:30")]
    assert corrected.value == first.value + 2
    assert corrected.written_at > first.written_at
    assert corrected.written_at - first.written_at < dt.timedelta(seconds=1)


async def test_what_is_said_of_last_hours_meter_is_not_taken_for_what_the_line_does_now(spool: Disk) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:20", 1000)
    await bench.shows("10:21", "12:00", 9000)
    await bench.shows("12:01", "12:05", 0)
    spool.meters.add(said(Kind.REPLACED, "10:20:30", "1020", "9000"))
    await bench.shows("12:06", "12:09", 0)
    await bench.shows("12:10", "12:30", 9109)
    assert bench.total == Decimal(20 + 129)
    assert bench.holds()["10:15"] == (Decimal(14), ESTIMATED)
    assert [event.kind for event in bench.told] == [
        "counter-fell",
        "meter-event-used",
        "counter-believed-again",
    ]
