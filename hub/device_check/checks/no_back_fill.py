"""Days between others are missing altogether, or a message that was not acknowledged never came again."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.completeness import stretches
from hub.device_check.evidence import Evidence, day_of
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Fate, Step

UNACKNOWLEDGED = (Fate.LOST, Fate.UNAUTHORIZED)


def _finds(evidence: Evidence) -> Iterator[Found]:
    missing = [
        day for days in stretches(evidence) for day in sorted(set(range(days[0], days[-1])) - set(days))
    ]
    if missing and any(series.is_within_day or series.step_us for series in evidence.series):
        yield Found(", ".join(map(day_of, missing[:5])), "statDate", count=len(missing))
    uploads = evidence.of(Step.DATA, Step.RECORD)
    for place, message in enumerate(uploads):
        if message.fate in UNACKNOWLEDGED and message.content not in {
            each.content for each in uploads[place + 1 :]
        }:
            yield Found(f"{message.fate}, {message.path}", "", message.number)


CHECK = Check(
    "no-back-fill",
    (4,),
    Severity.ERROR,
    Words(
        "平台未应答的数据没有补传，整日缺失",
        "what the platform did not acknowledge was never sent again: whole days are missing",
        "本地至少保存 6 个月，未收到 RECEIVE SUCCESS 的报文一直重发，隔天也要补传",
        "keep six months, and send every message again until RECEIVE SUCCESS is read, days later too",
    ),
    _finds,
)
