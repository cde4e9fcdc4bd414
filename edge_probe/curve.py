"""A day of quarter-hours as a drawing (SVG): one bar each, measured and estimated apart, a hole where there is none.

It is drawn by the probe and styled by classes alone, so that a page of it needs neither script nor inline style.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from edge_probe.readings import INSTRUMENT, MANUAL, QUARTER_HOUR, Reading
from graph.model.period import midnight

SLOTS = 96  # quarter-hours of a Beijing day, which has no summer time
BAR, GAP = 10, 2  # of each slot's width, in units of the drawing
WIDTH, HEIGHT = SLOTS * BAR, 160
HOURS = (0, 6, 12, 18, 24)
MEASURED = (INSTRUMENT, MANUAL)  # of one quarter-hour, read by the probe or by a person


def curve(readings: Sequence[Reading], day: dt.date, label: str) -> str:
    """The drawing of one data code's Beijing day; `label` is what people hear who do not see it."""
    values = {slot: reading for reading in readings if 0 <= (slot := slot_of(reading, day)) < SLOTS}
    low = min((reading.value for reading in values.values()), default=Decimal(0))
    high = max((reading.value for reading in values.values()), default=Decimal(0))
    scale = Scale(min(low, Decimal(0)), max(high, Decimal(0)))
    measured = [(s, r.value) for s, r in values.items() if r.origin in MEASURED]
    shared = [(s, r.value) for s, r in values.items() if r.origin not in MEASURED]
    ticks = "".join(f'<path class="tick" d="M{hour * 4 * BAR} 0V{HEIGHT}"/>' for hour in HOURS)
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img">'
        f"<title>{escape(label)}</title>{ticks}"
        f'<path class="measured" d="{_path(measured, scale)}"/>'
        f'<path class="estimated" d="{_path(shared, scale)}"/></svg>'
    )


def slot_of(reading: Reading, day: dt.date) -> int:
    """Which quarter-hour of the day a reading is of; outside of 0 to 95 for another day's."""
    return (reading.start - midnight(day)) // QUARTER_HOUR


class Scale:
    """From values to the drawing's height: what is lowest, or nothing, stands at the bottom."""

    def __init__(self, low: Decimal, high: Decimal) -> None:
        self._low, self._span = low, (high - low) or Decimal(1)

    def at(self, value: Decimal) -> float:
        """How far from the top."""
        return round(float((1 - (value - self._low) / self._span) * HEIGHT), 1)


def _path(bars: Iterable[tuple[int, Decimal]], scale: Scale) -> str:
    zero = scale.at(Decimal(0))
    return "".join(
        f"M{slot * BAR + GAP // 2} {zero:g}V{scale.at(value):g}h{BAR - GAP}V{zero:g}z"
        for slot, value in sorted(bars)
    )
