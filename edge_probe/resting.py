"""Leaves a silent meter alone for a while, longer each time, so that its line has time for those that answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from edge_probe.ports import Answers, Clock, Fault, Meter, is_silent

FIRST_S = 10  # after the second silence in a row: one lost answer costs nothing
LONGEST_S = 300  # a meter that is back is read again within a third of a quarter-hour


class Resting:
    """A meter that answers `silent` at once, without touching its line, until it is worth asking again."""

    def __init__(self, meter: Meter, quantities: Sequence[str], clock: Clock) -> None:
        self._meter, self._quantities, self._clock = meter, quantities, clock
        self._silences, self._why = 0, ""
        self._rests_from = self._rests_until = clock.now()

    async def read(self) -> Answers:
        """What the meter answers, or that it rests. Never raises for faults."""
        now = self._clock.now()
        if self._rests_from <= now < self._rests_until:  # a clock that went back does not make it longer
            left = (self._rests_until - now).total_seconds()
            rests = Fault(
                "silent", f"{self._why}; silent {self._silences} times, asked again in {left:.0f} s"
            )
            return dict.fromkeys(self._quantities, rests)
        try:
            answers = await self._meter.read()
        except asyncio.CancelledError:
            self._silent("not read whole before its deadline")
            raise
        silent = [each for each in answers.values() if is_silent(each)]
        if answers and len(silent) == len(answers):
            self._silent(silent[0].detail)
        else:
            self._silences = 0
        return answers

    async def close(self) -> None:
        """Let go of the meter's line."""
        await self._meter.close()

    def _silent(self, why: str) -> None:
        self._silences, self._why = self._silences + 1, why
        self._rests_from = self._clock.now()
        self._rests_until = self._rests_from + dt.timedelta(seconds=rest_s(self._silences))


def rest_s(silences: int) -> int:
    """Seconds a meter rests after so many silences in a row."""
    return 0 if silences < 2 else min(LONGEST_S, FIRST_S << min(silences - 2, 16))
