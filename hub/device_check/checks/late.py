"""Data come days after they were measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.device_check.evidence import DAY_US, Evidence
from hub.device_check.findings import Check, Found, Severity, Words

LATE_US = 2 * DAY_US  # a day is uploaded in the night that follows it


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        if series.step_us is None:
            continue
        behind = series.uploaded_us - (series.local_us + series.step_us)
        late = np.flatnonzero(np.nan_to_num(behind) > LATE_US)
        if len(late):
            first = int(late[0])
            said = f"{series.at(first)}, uploadDate +{int(behind[first] // DAY_US)} d"
            yield Found(said, "statDate", int(series.messages[first]), int(series.rows[first]), len(late))


CHECK = Check(
    "late",
    (18,),
    Severity.WARNING,
    Words(
        "缓存数据隔日才上传（计入所属日，但不算按时在线）",
        "buffered data come days later (they count on their own day, which was not online)",
        "statDate 保持数据所属周期，不要改写为补传日；查明通信中断原因",
        "keep statDate at the period that was measured, never the day of delivery, and mend the connection",
    ),
    _finds,
)
