"""What a simulated plant uses: a power for every quarter-hour, and from it a counter, known at every moment.

All of it follows from a seed and the time, in whole numbers, so that a test can ask what is true.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from graph.errors import InvalidInput
from graph.model.period import BEIJING, UTC, aware

SLOT = dt.timedelta(minutes=15)
MICROSECOND = dt.timedelta(microseconds=1)
SHOWN = Decimal("0.01")  # the counter's last digit, in kWh
MICROJOULES_IN_KWH = Decimal(3_600_000) * 1_000_000
SHAPE = (
    45,
    42,
    40,
    40,
    42,
    50,
    65,
    85,
    110,
    120,
    122,
    118,
    95,
    112,
    120,
    122,
    118,
    110,
    95,
    85,
    78,
    70,
    60,
    50,
)
NOISE_PERCENT = 20  # a slot's power lies within so many percent of the hour's usual one

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class PlantLoad:
    """Power and counter of one meter. `mean_w` is its usual power in watts; the counter shows `initial` at `start`."""

    seed: int
    start: dt.datetime
    mean_w: int = 120_000
    initial: Decimal = Decimal("1000.00")
    _sums: list[int] = field(
        default_factory=lambda: [0], init=False, repr=False
    )  # microjoules by whole slots

    def __post_init__(self) -> None:
        self.start = aware(self.start)

    def power_w(self, moment: dt.datetime) -> int:
        """Active power in watts, constant within a quarter-hour."""
        slot = (aware(moment) - _EPOCH) // SLOT
        octets = hashlib.blake2b(f"{self.seed}/{slot}".encode(), digest_size=4).digest()
        noise = int.from_bytes(octets, "big") % (2 * NOISE_PERCENT + 1) - NOISE_PERCENT
        usual = self.mean_w * SHAPE[moment.astimezone(BEIJING).hour] * 24 // sum(SHAPE)
        return usual * (100 + noise) // 100

    def counter_kwh(self, moment: dt.datetime) -> Decimal:
        """What the counter shows, in kWh. Raises InvalidInput before the meter's start."""
        passed = aware(moment) - self.start
        if passed < dt.timedelta(0):
            raise InvalidInput(
                f"came {moment.isoformat()}, the meter starts {self.start.isoformat()}", "moment"
            )
        whole, rest = divmod(passed, SLOT)
        began = self.start + whole * SLOT
        microjoules = self._sum(whole) + self._between(began, began + rest)
        return (self.initial + Decimal(microjoules) / MICROJOULES_IN_KWH).quantize(SHOWN, ROUND_DOWN)

    def _sum(self, slots: int) -> int:
        while len(self._sums) <= slots:
            began = self.start + (len(self._sums) - 1) * SLOT
            self._sums.append(self._sums[-1] + self._between(began, began + SLOT))
        return self._sums[slots]

    def _between(self, low: dt.datetime, high: dt.datetime) -> int:
        """Microjoules between two moments at most a slot apart: they touch at most two slots of the clock's grid."""
        edge = min(high, low + SLOT - (low - _EPOCH) % SLOT)
        first = self.power_w(low) * ((edge - low) // MICROSECOND)
        return first + (self.power_w(edge) * ((high - edge) // MICROSECOND) if high > edge else 0)
