"""The first period of each day is lost: the day's reset happens before it is read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import DAY_US, Evidence, Series, written
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        if not series.is_within_day:
            continue
        full, lost = _days(series)
        if lost and len(lost) * 2 > full:
            first = lost[0]
            evidence_of = f"{written(series.code)} {np.datetime64(first, 'D')} 00:00:00"
            place = int(np.flatnonzero(series.days == first)[0])
            yield Found(evidence_of, "statDate", int(series.messages[place]), None, len(lost))


def _days(series: Series) -> tuple[int, list[int]]:
    """How many days came by half at least, and which of them lack their first period and have the second."""
    step = series.step_us or DAY_US
    full, lost = 0, []
    for day, places in series.by_day():
        slots = set((series.local_us[places] % DAY_US // step).tolist())
        if len(slots) * 2 < DAY_US // step:
            continue
        full += 1
        if 0 not in slots and 1 in slots:
            lost.append(day)
    return full, lost


CHECK = Check(
    "first-quarter-lost",
    (5,),
    Severity.ERROR,
    Words(
        "每天第一个周期（00:00）的数据丢失",
        "the first period of each day (00:00) is lost",
        "跨日时先结算 23:45 与 00:00 两个周期，再清零日累计",
        "settle the periods on both sides of midnight before the day's sum is reset",
    ),
    _finds,
)
