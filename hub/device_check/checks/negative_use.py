"""A use below zero: a meter was replaced, and the readings of neither were carried over."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    marks = evidence.by_rules("negative")
    if marks:
        first = marks[0]
        yield Found(first.why, "dataValue", first.message, first.row, len(marks))


CHECK = Check(
    "negative-use",
    (15,),
    Severity.ERROR,
    Words(
        "用量为负：更换仪表时没有录入旧表止码与新表起码",
        "a use below zero: a meter was replaced without its closing and the new one's opening reading",
        "换表时录入两表读数，分段计算用量；3 个工作日内登记仪表变更",
        "enter both readings when a meter is replaced, and report the change within three working days",
    ),
    _finds,
    rules=("negative",),
)
