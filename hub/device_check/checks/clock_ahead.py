"""Labels lie further ahead of now than any confusion of hours: the device's clock is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words

RULE = "future"


def _finds(evidence: Evidence) -> Iterator[Found]:
    return evidence.first_of_each_point(RULE, "statDate", evidence.is_far_ahead)


CHECK = Check(
    "clock-ahead",
    (),
    Severity.ERROR,
    Words(
        "时间标签在未来：设备时钟走快或设错",
        "labels lie ahead of now: the device's clock is fast or set wrong",
        "与授时服务器（NTP）对时，核对时区为北京时间（+08:00）；错标的数据按真实周期重传",
        "set the clock by a time server (NTP), in Beijing time (+08:00), and send the wrong ones under their true period",
    ),
    _finds,
    rules=(RULE,),
)
