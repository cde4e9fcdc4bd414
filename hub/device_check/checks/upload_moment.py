"""statDate is the moment of upload, or of reading the meter, and not the start of the period."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.checks._off_grid import labels
from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    found = [label for label in labels(evidence) if not label.is_cut]
    if found:
        first = found[0]
        yield Found(str(first), "statDate", first.mark.message, first.mark.row, len(found))


CHECK = Check(
    "upload-moment",
    (2,),
    Severity.ERROR,
    Words(
        "statDate 填的是采集或上传时刻，不是统计周期的起点",
        "statDate is the moment of upload or reading, not the start of the period",
        "statDate 取周期起点：实时项为 :00、:15、:30、:45，日数据为当日 00:00:00",
        "write the start of the period: :00, :15, :30 or :45 for realtime items, 00:00:00 of the day for days",
    ),
    _finds,
    rules=("off-grid",),
)
