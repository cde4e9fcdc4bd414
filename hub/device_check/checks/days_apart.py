"""Days lie so far apart that no device could fill what is between: a clock that was never set, it seems."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hub.device_check.completeness import APART_DAYS_MAX, stretches
from hub.device_check.evidence import Evidence, day_of
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    for before, after in pairwise(stretches(evidence)):
        missing = after[0] - before[-1] - 1
        said = f"{day_of(before[-1])} … {day_of(after[0])}, {missing} d > {APART_DAYS_MAX} d"
        yield Found(said, "statDate")


CHECK = Check(
    "days-apart",
    (),
    Severity.ERROR,
    Words(
        f"前后两段数据相隔超过 {APART_DAYS_MAX} 天，超出设备的保存期限：疑为时钟未设或年份错误，不逐日计为缺失",
        f"days lie more than {APART_DAYS_MAX} days apart, longer than a device keeps its data: a clock never set, or a "
        "wrong year, it seems; they are not counted as missing days",
        "核对设备时钟和年份；若确为两段时期的数据，请分别导出检查",
        "look at the clock and the year; where these are two times indeed, export and check each by itself",
    ),
    _finds,
)
