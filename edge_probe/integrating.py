"""A counter made of a rate: what flowed between two looks is the mean of both times the hours between them.

A rate that was not seen for longer than RATE_GAP_MAX says nothing of what flowed meanwhile: nothing is added, and the
counter begins afresh (edge_probe/limits.py), so that a hole stays a hole and is never a nought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.config import Device
from edge_probe.counters import CounterState
from edge_probe.figures import sound
from edge_probe.limits import RATE_GAP_MAX
from edge_probe.pieces import inherited
from edge_probe.ports import Answers, Clock, Fault, Meter

HOUR = Decimal(3600)


@dataclass
class _Sum:
    """What a rate came to. `rate` is None where nothing but the moment is known: then the next one stands for it."""

    total: Decimal = Decimal(0)
    at: dt.datetime | None = None
    rate: Decimal | None = None

    def add(self, rate: Decimal, at: dt.datetime) -> Decimal:
        """One more look; the sum after it."""
        if self.at is not None and dt.timedelta(0) < at - self.at <= RATE_GAP_MAX:
            mean = (rate + (rate if self.rate is None else self.rate)) / 2
            self.total += mean * Decimal((at - self.at) / dt.timedelta(microseconds=1)) / (HOUR * 1_000_000)
        self.at, self.rate = at, rate
        return self.total


class Integrating:
    """A meter of which some quantities are rates (edge_probe.ports.Meter); `sums` are what they had come to before."""

    def __init__(self, meter: Meter, names: Iterable[str], sums: Mapping[str, _Sum], clock: Clock) -> None:
        self._meter, self._clock = meter, clock
        self._sums = {name: sums.get(name, _Sum()) for name in names}

    async def read(self) -> Answers:
        """What the meter says, and of a rate what it came to; one below 0 is a fault. Never raises for faults."""
        answers, at = await self._meter.read(), self._clock.now()
        return {name: self._answer(name, answer, at) for name, answer in answers.items()}

    async def close(self) -> None:
        """Let go of the meter's line."""
        await self._meter.close()

    def _answer(self, name: str, answer: Decimal | Fault, at: dt.datetime) -> Decimal | Fault:
        rate = sound(name, answer) if name in self._sums else answer
        if name not in self._sums or isinstance(rate, Fault):
            return rate
        return self._sums[name].add(rate, at)


def integrating(device: Device, meter: Meter, known: Mapping[str, CounterState], clock: Clock) -> Meter:
    """The meter as it is, or with its rates made counters that go on from where they had come to."""
    names = [name for name in device.quantities if device.map.integrates(name)]
    if not names:
        return meter
    now, sums = clock.now(), dict[str, _Sum]()
    for point in (*device.points, *device.parts):
        state, _ = inherited(known, point, now)  # under another ratio the sum is the same
        before = sums.get(point.quantity, _Sum())
        if state.shown and (before.at is None or before.at < state.shown.at):
            sums[point.quantity] = _Sum(state.shown.counter / point.ct_pt, state.shown.at)
    return Integrating(meter, names, sums, clock)
