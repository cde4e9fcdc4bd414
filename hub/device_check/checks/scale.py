"""A whole day, or a day's own statistic, is 10, 100 or 1000 times the others: a unit or a transformer's ratio."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import Evidence, Series, day_of, written
from hub.device_check.findings import Check, Found, Severity, Words

DAYS_MIN = 3  # of two days nobody knows which is the wrong one
NEAR = 0.35  # of the logarithm to base ten: half and double are still a power of ten
RATIO_MIN = 8.0  # a plant that starts again may use five times as much


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        if series.adds_up and series.step_us is not None:
            yield from _days_apart(series)


def _days_apart(series: Series) -> Iterator[Found]:
    """Days whose typical value is far from that of the days' own median."""
    days = [(day, places, float(np.median(series.values[places]))) for day, places in series.by_day()]
    usual = [value for _, _, value in days if value > 0]
    if len(usual) < DAYS_MIN:
        return
    typical = float(np.median(usual))
    for day, places, value in days:
        ratio = max(value, typical) / min(value, typical) if value > 0 else 0
        if ratio >= RATIO_MIN:
            first = int(places[0])
            power = round(float(np.log10(ratio)))
            is_power = abs(np.log10(ratio) - power) <= NEAR
            times = f"×10^{power}" if is_power else f"×{ratio:.0f}"
            said = f"{written(series.code)} {day_of(day)}: {times if value > typical else times.replace('×', '÷')}"
            yield Found(said, "dataValue", int(series.messages[first]), int(series.rows[first]), len(places))


CHECK = Check(
    "scale",
    (19,),
    Severity.ERROR,
    Words(
        "某些日的数值与其他日相差 10、100、1000 倍或互感器倍率",
        "values of some days are 10, 100 or 1000 times the others, or a transformer's ratio",
        "核对计量单位（kWh 与 MWh、m³ 与万 m³）和 CT、PT 倍率，更正后重传这些日",
        "check the unit (kWh, MWh; m³, 万m³) and the ratios of CT and PT, and send these days again",
    ),
    _finds,
)
