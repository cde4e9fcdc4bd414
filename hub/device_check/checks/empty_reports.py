"""Uploads that come on time and hold nothing."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Step

RULE = "nothing-but-zeros"


def _finds(evidence: Evidence) -> Iterator[Found]:
    empty = [message for message in evidence.of(Step.DATA) if not message.rows.strip(b"[] \r\n\t")]
    if empty:
        yield Found("data = []", "data", empty[0].number, None, len(empty))
    yield from evidence.first_of_each_point(RULE, field="dataValue")


CHECK = Check(
    "empty-reports",
    (21,),
    Severity.ERROR,
    Words(
        "按时上传但没有数据的空报文（不计为已上传）",
        "uploads on time that hold no data (they do not count as arrived)",
        "没有数据时不要上传；检查采集与上传程序之间的数据传递",
        "send nothing where there is nothing, and look at what stands between reading and sending",
    ),
    _finds,
    rules=(RULE,),
)
