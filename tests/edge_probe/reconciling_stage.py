"""A platform that judges what it is sent as a hub does and tells digests of what it holds, and a spool handed over to it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from edge_probe.delivery import Delivery
from edge_probe.readings import Event, Reading, Spooled
from edge_probe.reconciling import Reconciling
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.uplink_ports import Refusal
from graph.model.digest import Digest, of_value
from graph.model.period import Granularity, beijing_day
from tests.edge_probe.fakes import ELECTRICITY, UNIT, HandClock, beijing

GAS = "0000000003110011"
QUARTER_HOUR = dt.timedelta(minutes=15)
TICK = dt.timedelta(microseconds=1)
TOMORROW = beijing("04:00") + dt.timedelta(days=1)


def said(place: int, code: str = ELECTRICITY, value: str = "1.5") -> Reading:
    """A quarter-hour of the day, counted from midnight; the next day's from 96 on."""
    start = beijing("00:00") + place * QUARTER_HOUR
    return Reading(UNIT, code, start, Decimal(value), "instrument", start + dt.timedelta(minutes=16))


@dataclass
class FakePlatform:
    """Holds of each quarter-hour the greatest version and value; raises `fault` in place of an answer."""

    rows: dict[tuple[str, dt.datetime], tuple[dt.datetime, Decimal]] = field(default_factory=dict)
    batches: list[list[Spooled]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fault: Exception | None = None
    hangs: bool = False  # asked of days it never answers
    refused: frozenset[str] = frozenset()
    kept: dict[dt.date, Digest] | None = None  # what it says of days whatever became of its readings
    meanwhile: Callable[[], object] = lambda: None

    async def opens(self, _oldest: dt.datetime, /) -> dt.datetime | None:
        return None

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        self.batches.append(list(rows))
        for row in rows:
            self.hold(row.reading)
        return [
            Refusal(row, "no-point", "not mapped") for row in rows if row.reading.data_code in self.refused
        ]

    def hold(self, reading: Reading) -> None:
        """What it is told counts if it is the greatest."""
        key, came = (reading.data_code, reading.start), (reading.written_at, reading.value)
        if reading.data_code not in self.refused:
            self.rows[key] = max(self.rows.get(key, came), came)

    async def days(self, unit: str, first: dt.date, last: dt.date) -> dict[dt.date, Digest]:
        self.asked.append("days")
        if self.hangs:
            await asyncio.Event().wait()
        if self.kept is not None:
            return {day: digest for day, digest in self.kept.items() if first <= day <= last}
        found = dict[dt.date, Digest]()
        for (day, _), digest in self._points(unit, first, last).items():
            found[day] = found.get(day, Digest()) + digest
        return found

    async def points(
        self, unit: str, first: dt.date, last: dt.date, _codes: int
    ) -> dict[tuple[dt.date, str], Digest]:
        self.asked.append(f"points {first} {last}")
        self.meanwhile()
        return self._points(unit, first, last)

    def _points(self, unit: str, first: dt.date, last: dt.date) -> dict[tuple[dt.date, str], Digest]:
        if self.fault is not None:
            raise self.fault
        assert unit == UNIT
        found = dict[tuple[dt.date, str], Digest]()
        for (code, start), (_, value) in self.rows.items():
            day = beijing_day(start)
            if first <= day <= last:
                one = of_value(code, start, Granularity.QUARTER_HOUR, value)
                found[day, code] = found.get((day, code), Digest()) + one
        return found


@dataclass
class Ends:
    """A spool and its platform."""

    platform: FakePlatform = field(default_factory=FakePlatform)
    spool: Spool = field(default_factory=lambda: Spool(Path(":memory:")))
    told: list[Event] = field(default_factory=list)
    clock: HandClock = field(default_factory=lambda: HandClock(TOMORROW))

    def __post_init__(self) -> None:
        self.spool.add_uplinks(["province"])
        self.delivery = Delivery(
            "province", self.platform, self.spool, self.clock, lambda low, _: low, self.told.append
        )
        self.comparing = SpoolComparing(self.spool)
        self.reconciling = Reconciling(
            "province",
            UNIT,
            [ELECTRICITY],
            self.platform,
            self.delivery.push,
            self.comparing,
            self.clock,
            self.told.append,
            lambda events: self.spool.append(events=events),
        )

    async def hand_over(self, *readings: Reading) -> None:
        """The probe reads these, and the platform has them."""
        self.spool.append(readings)
        assert await self.delivery.push() is None

    @property
    def kinds(self) -> list[str]:
        """Of what was told."""
        return [event.kind for event in self.told]
