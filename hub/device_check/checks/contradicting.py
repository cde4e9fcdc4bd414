"""One label of one point stands in an upload more than once: rates beyond 100 % come of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import Evidence, Places, Series
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        twice = _twice(series)
        if len(twice):
            first = int(twice[0])
            said = f"{series.at(first)}, {series.said[first + 1]}"
            place = int(series.messages[first + 1]), int(series.rows[first + 1])
            yield Found(said, "statDate", *place, len(twice))


def _twice(series: Series) -> Places:
    """Places whose label stands in the same upload again; records are an upload each, so there the value decides."""
    same = np.diff(series.local_us) == 0
    together = (np.diff(series.messages) == 0) | (np.diff(series.values) != 0)
    # A later upload may correct a value: it says so by a later uploadDate.
    corrected = np.diff(series.messages) > 0
    later = np.nan_to_num(np.diff(series.uploaded_us)) > 0
    return np.flatnonzero(same & together & ~(corrected & later))


CHECK = Check(
    "contradicting",
    (21, 7),
    Severity.ERROR,
    Words(
        "同一采集项同一时间标签重复上传（会使上传率超过 100%）",
        "one label of one item is sent more than once (rates beyond 100 % come of it)",
        "每个周期只上传一条；更正时使用更晚的 uploadDate",
        "send each period once; a correction has a later uploadDate",
    ),
    _finds,
)
