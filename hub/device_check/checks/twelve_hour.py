"""Labels are written with `hh`, hours from 1 to 12, as the rule for such clocks tells."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words

RULE, FUTURE = "twelve-hours", "future"


def _finds(evidence: Evidence) -> Iterator[Found]:
    yield from evidence.first_of_each_point(RULE, "statDate")
    # the morning of a day that is not over is written as its afternoon
    yield from evidence.first_of_each_point(FUTURE, "statDate", lambda mark: not evidence.is_far_ahead(mark))


CHECK = Check(
    "twelve-hour",
    (7,),
    Severity.ERROR,
    Words(
        "时间标签用了 12 小时制（hh），下午的数据落在上午",
        "labels are written with 12 hours (hh): the afternoon falls on the morning",
        "日期格式用 yyyy-MM-dd HH:mm:ss（大写 HH）",
        "write dates as yyyy-MM-dd HH:mm:ss, with a capital HH",
    ),
    _finds,
    rules=(RULE, FUTURE),
)
