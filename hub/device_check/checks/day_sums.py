"""What a day's periods sum up to is not what the day itself says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.model.period import Granularity
from hub.device_check.evidence import DAY_US, Evidence, Series, day_of, written
from hub.device_check.findings import Check, Found, Severity, Words

APART = 0.001  # of the day: rounding 96 values to two places makes less
WHOLE = 0.95  # of a day's periods: what lacks more is incomplete rather than wrong


def _finds(evidence: Evidence) -> Iterator[Found]:
    days = {(each.unit, each.code): each for each in evidence.series if each.granularity is Granularity.DAY}
    for series in evidence.series:
        daily = days.get((series.unit, series.code))
        if series.is_within_day and series.adds_up and daily is not None:
            yield from _apart(series, daily)


def _apart(series: Series, daily: Series) -> Iterator[Found]:
    said = {int(day): place for place, day in enumerate(daily.days.tolist())}
    slots = DAY_US // (series.step_us or DAY_US)
    found: list[tuple[int, float]] = []
    for day, places in series.by_day():
        if day in said and len(np.unique(series.local_us[places])) >= WHOLE * slots:
            total = float(series.values[places].sum())
            if abs(total - daily.values[said[day]]) > APART * max(abs(total), 1.0):
                found.append((day, total))
    if found:
        day, total = found[0]
        place = said[day]
        text = f"{written(series.code)} {day_of(day)}: Σ = {total:.4f}, {daily.said[place]}"
        yield Found(text, "dataValue", int(daily.messages[place]), int(daily.rows[place]), len(found))


CHECK = Check(
    "day-sums",
    (19, 5, 6, 7),
    Severity.ERROR,
    Words(
        "各时段之和与日数据不一致",
        "the periods of a day do not sum up to the day",
        "日数据与时段数据取自同一表底，检查单位、取整和丢失的时段",
        "take days and periods from the same counter; look for units, rounding and lost periods",
    ),
    _finds,
    rules=(
        "sum-differs",
    ),  # which lets pass what rounding, a lost period or whole numbers make: here they are told
)
