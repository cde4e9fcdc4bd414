"""Every value is a whole number: Wh were divided by 1000 in integers, and the rest was thrown away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words

VALUES_MIN = 24  # fewer may all be whole by chance
LARGE = 10_000.0  # of a median: what is cut off no longer matters


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        values = series.values[series.values > 0]
        if not series.is_within_day or not series.adds_up or len(values) < VALUES_MIN:
            continue
        if np.all(values == np.floor(values)) and float(np.median(values)) < LARGE:
            yield Found(series.at(0), "dataValue", int(series.messages[0]), int(series.rows[0]), len(values))


CHECK = Check(
    "whole-numbers",
    (6,),
    Severity.WARNING,
    Words(
        "全部数值都是整数：疑为 Wh 整除 1000，小数被截去",
        "every value is whole: Wh divided by 1000 in integers, it seems, the rest cut off",
        "用小数运算，保留 2 至 4 位小数；若仪表本身只有整数脉冲，可忽略",
        "divide with decimals and keep two to four places; a meter that only counts whole units may stay",
    ),
    _finds,
    rules=(
        "whole-numbers",
    ),  # of values below 100 alone, which one batch shows: here is a whole conversation
)
