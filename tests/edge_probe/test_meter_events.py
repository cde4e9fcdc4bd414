"""What happens to meters is a record: noticed or typed in, before or after, the total is the meters' own."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from edge_probe.counters import Joint
from edge_probe.meter_events import Kind, MeterEvent, State, detected
from edge_probe.readings import DOUBTFUL, ESTIMATED, Event
from edge_probe.spool import Spool
from edge_probe.watch import Shared, Watch
from graph.errors import InvalidInput, NotFound
from tests.edge_probe.fakes import ELECTRICITY, UNIT, FakeMeter, HandClock, beijing, device

pytestmark = pytest.mark.anyio
MAIN = f"main/import_energy/{ELECTRICITY}"


class Bench:
    """A watch over one meter, looked at each minute; begun anew on the same spool it goes on."""

    def __init__(self, spool: Spool, ratio: str = "1") -> None:
        found = device()
        points = tuple(dataclasses.replace(point, ct_pt=Decimal(ratio)) for point in found.points)
        self.spool, self.clock, self.told = spool, HandClock(beijing("10:00")), list[Event]()
        self.shown = Decimal(0)
        self.watch = Watch(
            dataclasses.replace(found, points=points),
            FakeMeter(lambda: self.shown),
            Shared(UNIT, self.clock, spool, dt.timedelta(seconds=30), self.told.append, spool.counters()),
        )

    async def shows(self, first: str, last: str, begins: int, a_minute: int = 1) -> None:
        """From one minute to another, the last included."""
        self.clock.moment, self.shown = beijing(first), Decimal(begins)
        while self.clock.moment <= beijing(last):
            await self.watch.look()
            self.clock.moment += dt.timedelta(minutes=1)
            self.shown += a_minute

    def holds(self) -> dict[str, tuple[Decimal, str]]:
        """What holds of each quarter-hour."""
        rows = self.spool.between(ELECTRICITY, beijing("00:00"), beijing("23:59"))
        return {
            (row.reading.start + dt.timedelta(hours=8)).strftime("%H:%M"): (
                row.reading.value,
                row.reading.origin,
            )
            for row in rows
        }

    @property
    def total(self) -> Decimal:
        return sum((value for value, _ in self.holds().values()), Decimal(0))


def said(kind: Kind, at: str, closing: str | None = None, opening: str | None = None) -> MeterEvent:
    first = None if closing is None else Decimal(closing)
    last = None if opening is None else Decimal(opening)
    return MeterEvent(MAIN, kind, beijing(at), first, last, State.CONFIRMED, "", beijing("12:00"))


async def test_a_replacement_that_is_typed_in_while_the_counter_is_held_is_used_at_once(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:15", 1000)
    await bench.shows("10:16", "10:20", 7)
    spool.meters.add(said(Kind.REPLACED, "10:15:30", "1016", "6"))
    await bench.shows("10:21", "10:45", 12)
    assert bench.total == Decimal(15 + 1 + 1 + (36 - 7))
    assert {origin for _, origin in bench.holds().values()} == {"instrument"}
    assert [event.kind for event in bench.told] == ["counter-fell", "meter-event-used"]
    assert spool.meters.pending([MAIN], beijing("23:00")) == ()


async def test_a_replacement_that_is_typed_in_before_waits_for_its_moment(spool: Spool) -> None:
    bench = Bench(spool)
    spool.meters.add(said(Kind.REPLACED, "10:20:30", "1020", "5000"))
    await bench.shows("10:00", "10:20", 1000)
    await bench.shows("10:21", "10:45", 5000)
    assert (bench.total, [event.kind for event in bench.told]) == (Decimal(20 + 24), ["meter-event-used"])


async def test_what_was_noticed_is_recorded_flagged_and_corrected_once_it_is_confirmed(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:15", 1000)
    await bench.shows("10:16", "11:45", 7)
    (noticed,) = spool.meters.all()
    assert (noticed.kind, noticed.state) == (Kind.REPLACED, State.DETECTED)
    assert (noticed.closing, noticed.opening) == (Decimal(1015), Decimal(7))
    before, total = bench.holds(), bench.total
    assert before["10:15"][1] == DOUBTFUL
    spool.meters.confirm(dataclasses.replace(noticed, closing=Decimal(1018), opening=Decimal(5)))
    await bench.shows("11:46", "12:00", 97)
    after = bench.holds()
    assert after["10:15"] == (before["10:15"][0] + 5, ESTIMATED)
    assert after["10:30"] == before["10:30"]
    assert bench.total == total + 5 + 15
    assert spool.meters.one(1).state is State.CONFIRMED


async def test_a_larger_meter_nobody_noticed_is_corrected_when_it_is_typed_in(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:20", 1000)
    await bench.shows("10:21", "10:45", 9000)
    assert bench.holds()["10:15"][0] == 9024 - 15 - 1000 - 15
    spool.meters.add(said(Kind.REPLACED, "10:20:30", "1020", "9000"))
    await bench.shows("10:46", "11:00", 9025)
    assert bench.holds()["10:15"] == (Decimal(14), ESTIMATED)
    assert bench.total == Decimal(20 + 39)


async def test_what_cannot_be_put_into_its_quarter_hour_is_made_up_by_what_comes(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:50", 1000)
    spool.meters.add(said(Kind.CALIBRATED, "10:20:30", "1000", "1020"))
    await bench.shows("10:51", "11:45", 1051)
    assert bench.total == Decimal(105 - 20)
    assert min(value for value, _ in bench.holds().values()) >= 0


async def test_other_transformers_in_the_configuration_are_noticed_and_confirmed_by_one_reading(
    spool: Spool,
) -> None:
    await Bench(spool, "80").shows("10:00", "10:16", 100)
    bench = Bench(spool, "40")
    await bench.shows("10:20", "11:00", 118)
    (noticed,) = spool.meters.all()
    assert (noticed.kind, noticed.closing, noticed.opening) == (Kind.CT_CHANGED, Decimal(9280), Decimal(4640))
    assert bench.total == Decimal(16 * 80 + (158 - 116) * 40)
    assert bench.holds()["10:15"][1] == DOUBTFUL


async def test_a_counter_that_came_back_withdraws_what_was_noticed(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:15", 1000)
    await bench.shows("10:16", "11:30", 0, 0)
    await bench.shows("11:31", "12:00", 1091)
    assert [event.state for event in spool.meters.all()] == [State.WITHDRAWN]
    assert bench.total == Decimal(120)


async def test_a_confirmed_joint_is_not_taken_back_whatever_the_counter_shows(spool: Spool) -> None:
    bench = Bench(spool)
    await bench.shows("10:00", "10:15", 1000)
    await bench.shows("10:16", "11:30", 0, 0)
    spool.meters.confirm(spool.meters.one(1))
    await bench.shows("11:31", "12:00", 0, 100)
    assert spool.meters.one(1).state is State.CONFIRMED
    assert bench.total == Decimal(15 + 2900)


async def test_a_calibration_without_readings_is_a_record_and_nothing_else(spool: Spool) -> None:
    bench = Bench(spool)
    spool.meters.add(said(Kind.CALIBRATED, "10:10"))
    await bench.shows("10:00", "10:30", 1000)
    assert (bench.total, spool.meters.pending([MAIN], beijing("23:00"))) == (Decimal(30), ())


def test_a_record_that_says_too_little_is_refused() -> None:
    with pytest.raises(InvalidInput, match="belong together"):
        said(Kind.REPLACED, "10:00", "5")
    with pytest.raises(InvalidInput, match="replaced has a closing"):
        said(Kind.REPLACED, "10:00")
    with pytest.raises(InvalidInput, match="no negative ones"):
        said(Kind.RESET, "10:00", "-1", "0")
    with pytest.raises(InvalidInput, match="one line"):
        dataclasses.replace(said(Kind.CALIBRATED, "10:00"), note="two\nlines")


def test_a_number_nobody_wrote_is_told(spool: Spool) -> None:
    joint = Joint("reset", beijing("10:00"), Decimal(5), Decimal(0))
    assert spool.meters.add(detected(MAIN, joint, beijing("10:01"))) == 1
    with pytest.raises(NotFound, match="event 7"):
        spool.meters.one(7)
