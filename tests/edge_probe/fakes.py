"""Fakes at the probe's ports, and small things many tests say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from edge_probe.config import Device, Point
from edge_probe.meter_map import load_map
from edge_probe.ports import Answers, Fault
from edge_probe.readings import Event, Reading, Spooled
from edge_probe.spool import Spool
from edge_probe.uplink_ports import Refusal
from graph.model.period import BEIJING

UNIT = "91990101MA0000000U"
ELECTRICITY = "0000000002330011"
SpoolT = TypeVar("SpoolT", bound=Spool)


def beijing(text: str) -> dt.datetime:
    """`10:00` or `10:00:30` on one day of the simulation, Beijing time."""
    return dt.datetime.combine(dt.date(2026, 11, 23), dt.time.fromisoformat(text), BEIJING)


def reading(start: str, value: str = "1.5", code: str = ELECTRICITY) -> Reading:
    """A measured quarter-hour."""
    return Reading(
        UNIT, code, beijing(start), Decimal(value), "instrument", beijing(start) + dt.timedelta(minutes=16)
    )


def device(
    port: int = 502, *, name: str = "main", map_name: str = "eastron_sdm630", timeout_s: float = 1.0
) -> Device:
    """A meter on loopback with one counter."""
    point = Point(name, "import_energy", ELECTRICITY, Decimal(1))
    return Device(name, "modbus_tcp", "127.0.0.1", port, 1, load_map(map_name), timeout_s, (point,))


class HandClock:
    """A clock that stands still until somebody waits, and then has already got there."""

    def __init__(self, now: dt.datetime) -> None:
        self.moment = now

    def now(self) -> dt.datetime:
        return self.moment

    def seconds_until(self, moment: dt.datetime) -> float:
        self.moment = max(self.moment, moment)
        return 0.0


class FakeMeter:
    """Answers from a function or a list, in turn."""

    def __init__(self, answer: Callable[[], Decimal | Fault]) -> None:
        self.answer, self.closed = answer, 0

    async def read(self) -> Answers:
        return {"import_energy": self.answer()}

    async def close(self) -> None:
        self.closed += 1


class FakeUplink:
    """Keeps what it is sent; raises what it is given to raise, in turn, before or after keeping."""

    def __init__(self, faults: Iterable[Exception | None] = (), refusals: Sequence[Refusal] = ()) -> None:
        self.batches: list[tuple[Spooled, ...]] = []
        self.faults, self.refusals = list(faults), refusals
        self.opening: dt.datetime | Exception | None = None

    async def opens(self, _oldest: dt.datetime, /) -> dt.datetime | None:
        if isinstance(self.opening, Exception):
            raise self.opening
        return self.opening

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.batches.append(tuple(rows))
        return self.refusals


class Remembered:
    """What an uplink keeps of its platform, in memory."""

    def __init__(self) -> None:
        self.text: str | None = None

    def recall(self) -> str | None:
        return self.text

    def keep(self, text: str) -> None:
        self.text = text


class Kept:
    """What a spool keeps, in memory (UplinkMeans.between)."""

    def __init__(self, rows: Iterable[Spooled] = ()) -> None:
        self.rows = list(rows)

    def between(self, data_code: str, begin: dt.datetime, end: dt.datetime) -> list[Spooled]:
        return [
            row
            for row in self.rows
            if row.reading.data_code == data_code and begin <= row.reading.start < end
        ]


def ignore(_: Event) -> None:
    """For those who are told events and do not care."""


@contextmanager
def in_memory(kind: type[SpoolT]) -> Iterator[SpoolT]:
    """A spool that no disk holds, of which one platform is to have everything."""
    opened = kind(Path(":memory:"))
    opened.add_uplinks(["province"])
    yield opened
    opened.close()
