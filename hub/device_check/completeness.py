"""How much of what is due came, and which days belong together: one label gone astray makes no years of missing days."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from hub.device_check.evidence import DAY_US, Evidence, Series

COMPLETENESS_MIN = Decimal("0.90")  # of what is due, as provinces expect it
APART_DAYS_MAX = 184  # as long as a device keeps its readings: days further apart are no gap it could fill


def stretches(evidence: Evidence) -> list[list[int]]:
    """The days that came, in order; a new stretch begins where the next day is further off than a device can fill."""
    found = list[list[int]]()
    for day in sorted({day for series in evidence.series for day in np.unique(series.days).tolist()}):
        if found and day - found[-1][-1] - 1 <= APART_DAYS_MAX:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def completeness(evidence: Evidence) -> Decimal | None:
    """Received / due of each point's finest periods, over all days from a stretch's first to its last; None without any."""
    span = sum(days[-1] - days[0] + 1 for days in stretches(evidence))
    received = due = 0
    for series in _finest(evidence):
        step = series.step_us
        if step is None:
            continue
        slots = np.unique(series.local_us[series.local_us % step == 0])
        received += len(slots)
        due += span * (DAY_US // step)
    return Decimal(received) / Decimal(due) if due else None


def percent(share: Decimal) -> str:
    """A share in hundredths with one place, never rounded up to the whole."""
    return f"{(share * 100).quantize(Decimal('0.1'), ROUND_FLOOR)} %"


def _finest(evidence: Evidence) -> Iterator[Series]:
    found = {}
    for series in sorted(evidence.series, key=lambda each: -each.granularity.number):
        found[series.unit, series.code] = series
    yield from found.values()
