"""A value that is missing is sent as 0.00: a zero of an hour at most, among values as large as ever."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import Evidence, Series
from hub.device_check.findings import Check, Found, Severity, Words

RUN_MAX = 4  # quarter-hours: a plant that stands still for longer may truly use nothing
USUAL = 0.2  # of the median, which both neighbours reach: beside a slow stop a zero is believed


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        if not series.is_within_day or not series.adds_up:
            continue
        found = list(_false_zeros(series))
        if found:
            first = found[0]
            yield Found(
                series.at(first),
                "dataValue",
                int(series.messages[first]),
                int(series.rows[first]),
                len(found),
            )


def _false_zeros(series: Series) -> Iterator[int]:
    values = series.values
    positive = values[values > 0]
    if not len(positive):
        return
    usual = USUAL * float(np.median(positive))
    zero = np.flatnonzero(values == 0)
    for run in np.split(zero, np.flatnonzero(np.diff(zero) > 1) + 1) if len(zero) else []:
        low, high = int(run[0]) - 1, int(run[-1]) + 1
        around = [values[place] for place in (low, high) if 0 <= place < len(values)]
        if len(run) <= RUN_MAX and around and min(around) >= usual:
            yield from run.tolist()


CHECK = Check(
    "false-zeros",
    (1,),
    Severity.ERROR,
    Words(
        "缺测的数据被写成 0.00 上传",
        "a missing value is sent as 0.00",
        "缺测时不要上传该条数据；取到真值后按原时间标签补传",
        "leave a row out while its value is missing, and send it under its own label once it is known",
    ),
    _finds,
    rules=("false-zero",),
)
