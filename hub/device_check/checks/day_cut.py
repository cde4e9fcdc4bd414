"""The device's day begins at another time than midnight, such as 16:10."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.checks._off_grid import labels
from hub.device_check.evidence import MINUTE_US, Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    found = [label for label in labels(evidence) if label.is_cut]
    if found:
        first = found[0]
        minutes = first.in_day_us // MINUTE_US
        said = f"{first}, {minutes // 60:02d}:{minutes % 60:02d}"
        yield Found(said, "statDate", first.mark.message, first.mark.row, len(found))


CHECK = Check(
    "day-cut",
    (3,),
    Severity.ERROR,
    Words(
        "日数据不从 00:00 起算，日界被切在其他时刻",
        "the device's day does not begin at midnight",
        "按北京时间 00:00 切日，statDate 写当日 00:00:00",
        "cut days at 00:00 Beijing time and label them 00:00:00",
    ),
    _finds,
    rules=("off-grid",),
)
