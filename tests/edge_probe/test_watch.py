"""A watch turns looks into readings and events, whatever the meter does."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from edge_probe.counters import CounterState
from edge_probe.ports import Answers, Fault
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.timekeeping import Timekeeper
from edge_probe.watch import Shared, Watch
from graph.errors import StoreError
from tests.edge_probe.fakes import ELECTRICITY, UNIT, FakeMeter, HandClock, beijing, device

pytestmark = pytest.mark.anyio


class Bench:
    """A watch over a meter whose answers and whose time the test sets."""

    def __init__(
        self, spool: Spool, known: Mapping[str, CounterState] | None = None, ratio: str = "1"
    ) -> None:
        found = device(timeout_s=0.05)
        points = tuple(dataclasses.replace(point, ct_pt=Decimal(ratio)) for point in found.points)
        self.clock = HandClock(beijing("10:00"))
        self.answer: Decimal | Fault = Decimal(0)
        self.meter = FakeMeter(lambda: self.answer)
        self.told: list[Event] = []
        self.watch = Watch(
            dataclasses.replace(found, points=points),
            self.meter,
            Shared(UNIT, self.clock, spool, dt.timedelta(seconds=30), self.told.append, known or {}),
        )

    async def look(self, at: str, answer: str | Fault) -> bool:
        self.clock.moment = beijing(at)
        self.answer = answer if isinstance(answer, Fault) else Decimal(answer)
        return await self.watch.look()


async def test_a_quarter_hour_is_spooled_for_the_unit_and_its_data_code(spool: Spool) -> None:
    bench = Bench(spool)
    assert not await bench.look("10:00", "100")
    assert await bench.look("10:15:10", "112.5")
    ((_, row),) = [(r.sequence, r.reading) for r in spool.unsent("province", 9)]
    assert (row.unit, row.data_code, row.start, row.value) == (
        UNIT,
        ELECTRICITY,
        beijing("10:00"),
        Decimal("12.5"),
    )
    assert (row.origin, row.written_at) == ("instrument", beijing("10:15:10"))


async def test_the_transformers_ratio_multiplies_what_the_meter_counts(spool: Spool) -> None:
    bench = Bench(spool, ratio="80")
    await bench.look("10:00", "100")
    await bench.look("10:15", "100.25")
    assert [row.reading.value for row in spool.unsent("province", 9)] == [Decimal(20)]


async def test_a_probe_that_was_off_goes_on_from_the_counter_it_kept(spool: Spool) -> None:
    await Bench(spool).look("10:00", "100")
    await Bench(spool, spool.counters()).look("10:30", "110")
    rows = [row.reading for row in spool.unsent("province", 9)]
    assert [(row.value, row.origin) for row in rows] == [(Decimal(5), "estimated")] * 2


async def test_a_fault_is_told_when_it_begins_and_when_it_ends(spool: Spool) -> None:
    bench = Bench(spool)
    silent = Fault("silent", "no answer")
    for at, answer in (
        ("10:00", "1"),
        ("10:01", silent),
        ("10:02", silent),
        ("10:03", "1"),
        ("10:04", silent),
    ):
        await bench.look(at, answer)
    kinds = ["meter-silent", "meter-answers-again", "meter-silent"]
    assert [event.kind for event in bench.told] == kinds
    assert [event.kind for event in spool.events(9)] == kinds[::-1]
    assert bench.told[0] == Event(beijing("10:01"), "main", "meter-silent", "no answer")


async def test_a_counter_that_falls_is_an_event_of_its_point(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.look("10:00", "100")
    await bench.look("10:15", "0")
    assert [(event.source, event.kind) for event in bench.told] == [("main/import_energy", "counter-fell")]
    assert spool.unsent("province", 9) == ()


async def test_a_meter_that_never_answers_meets_the_deadline_and_is_closed(spool: Spool) -> None:
    bench = Bench(spool)

    async def hang() -> Answers:
        await asyncio.Event().wait()
        return {}

    bench.meter.read = hang  # type: ignore[method-assign]  # this once it hangs
    await bench.look("10:00", "1")
    assert [event.kind for event in bench.told] == ["meter-silent"]
    assert bench.meter.closed == 1


async def test_what_could_not_be_written_is_raised_and_counted_again_later(spool: Spool) -> None:
    bench = Bench(spool)
    with spool.writing() as db:
        db.execute("ALTER TABLE counter RENAME TO away")
    with pytest.raises(StoreError):
        await bench.look("10:00", "100")
    with spool.writing() as db:
        db.execute("ALTER TABLE away RENAME TO counter")
    await bench.look("10:00:10", "100")
    assert await bench.look("10:15", "101")


class Heard(HandClock):
    """A clock that says when it was asked."""

    def __init__(self, now: dt.datetime) -> None:
        super().__init__(now)
        self.was_asked = asyncio.Event()

    def now(self) -> dt.datetime:
        self.was_asked.set()
        return super().now()


async def test_a_disk_that_keeps_everybody_waiting_is_no_jump_of_the_clock(spool: Spool) -> None:
    clock, seconds, told, free = Heard(beijing("10:00")), [100.0], list[Event](), threading.Event()
    keeper, tolerance = Timekeeper(lambda: seconds[0]), dt.timedelta(seconds=30)
    meter = FakeMeter(lambda: Decimal(0))
    watch = Watch(device(), meter, Shared(UNIT, clock, spool, tolerance, told.append, doubt=keeper.seen))
    await watch.look()
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        waiting = asyncio.get_running_loop().run_in_executor(None, free.wait)
        clock.was_asked.clear()
        clock.moment, seconds[0] = beijing("10:01"), 160.0
        looking = asyncio.create_task(watch.look())
        await clock.was_asked.wait()
        clock.moment, seconds[0] = beijing("10:01:10"), 170.0
        free.set()
        await asyncio.gather(waiting, looking)
        await watch.look()
    assert [event.kind for event in told] == []


async def test_another_ratio_is_one_record_however_often_a_probe_begins_before_the_meter_answers(
    spool: Spool,
) -> None:
    await Bench(spool, ratio="80").look("10:00", "100")
    for _ in range(3):
        await Bench(spool, spool.counters(), "40").look("10:01", Fault("silent", "nobody there"))
    bench = Bench(spool, spool.counters(), "40")
    await bench.look("10:02", Fault("silent", "nobody there"))
    assert spool.meters.all() == ()
    await bench.look("10:03", "101")
    await bench.look("10:04", "102")
    assert [event.kind for event in spool.meters.all()] == ["ct-changed"]
