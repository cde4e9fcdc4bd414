"""Labels are written with `hh`, hours from 1 to 12: the afternoon falls on the morning, midnight on noon."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import DAY_US, MINUTE_US, Evidence, Places, Series, moment, written
from hub.device_check.findings import Check, Found, Severity, Words

HALF_DAY = 12
HOUR_US = 60 * MINUTE_US


def _finds(evidence: Evidence) -> Iterator[Found]:
    for series in evidence.series:
        if not series.is_within_day:
            continue
        found = [places for _, places in series.by_day() if _is_twelve_hour(series, places)]
        if found:
            first = int(found[0][0])
            same = moment(int(series.local_us[first]))
            yield Found(
                f"{written(series.code)} {same} ×2", "statDate", int(series.messages[first]),
                int(series.rows[first]), sum(map(len, found)),
            )  # fmt: skip


def _is_twelve_hour(series: Series, places: Places) -> bool:
    """Whether a day has hours from 1 to 12 alone, and some label of them twice."""
    local = series.local_us[places]
    hours = set((local % DAY_US // HOUR_US).tolist())
    return hours <= set(range(1, HALF_DAY + 1)) and len(set(local.tolist())) < len(local)


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
    rules=("future",),
)
