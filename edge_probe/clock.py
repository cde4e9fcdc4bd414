"""Two clocks: the wall's, and a simulation's that runs faster from a moment that everybody agreed upon."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from graph.errors import InvalidInput
from graph.model.period import UTC, aware

SPEED_MAX = 100_000.0  # a day in under a second; a meter cannot be asked faster than that
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


def next_multiple(now: dt.datetime, cycle: dt.timedelta) -> dt.datetime:
    """The next moment on the cycle's grid, on which every quarter-hour's boundary lies."""
    return now + cycle - (now - _EPOCH) % cycle


def _wall() -> dt.datetime:
    return dt.datetime.now(UTC)


class SystemClock:
    """The wall's time."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return _wall()

    def seconds_until(self, moment: dt.datetime) -> float:
        """Seconds to wait for `moment`."""
        return max(0.0, (moment - _wall()).total_seconds())


@dataclass(frozen=True)
class ScaledClock:
    """For simulation: `speed` seconds pass in each second of the wall, counted from `start` at wall time `epoch`.

    Programs given the same three agree on the time. `epoch` is in seconds since 1970 UTC.
    """

    start: dt.datetime
    speed: float
    epoch: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", aware(self.start))
        if not 0 < self.speed <= SPEED_MAX:
            raise InvalidInput(
                f"came {self.speed}, expected more than 0 and at most {SPEED_MAX:.0f}", "speed"
            )

    def now(self) -> dt.datetime:
        """The simulated moment in UTC."""
        return self.start + dt.timedelta(seconds=(_wall().timestamp() - self.epoch) * self.speed)

    def seconds_until(self, moment: dt.datetime) -> float:
        """Real seconds to wait for a simulated moment."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)


def clock_of(start: dt.datetime | None, speed: float, epoch: float | None) -> SystemClock | ScaledClock:
    """The wall's clock, unless a start, a speed or an epoch asks for a simulated one.

    Without a start the simulation begins now; without an epoch it begins at once.
    """
    if start is None and epoch is None and speed == 1.0:
        return SystemClock()
    wall = _wall()
    return ScaledClock(start or wall, speed, wall.timestamp() if epoch is None else epoch)
