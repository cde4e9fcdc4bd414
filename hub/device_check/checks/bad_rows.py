"""A row that cannot be read: it costs itself here, and the whole batch on platforms that take all or nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from hub.device_check.evidence import Evidence, Marked
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Step

ONE_BY_ONE = (
    "malformed-row",
    "unknown-word",
)  # why says what to mend; elsewhere it quotes what each row holds
_MISSING = re.compile(r"missing required field `(\w+)`")
RULES = ("malformed-row", "not-a-number", "unreadable-label", "unknown-word", "value-too-large", "too-old")


def _finds(evidence: Evidence) -> Iterator[Found]:
    if unread := evidence.of(Step.UNREADABLE):
        yield Found(unread[0].fault, "", unread[0].number, count=len(unread))
    counted, first = Counter[str](), dict[str, Marked]()
    for mark in evidence.by_rules(*RULES):
        kind = f"{mark.code}: {mark.why}" if mark.code in ONE_BY_ONE else mark.code
        counted[kind] += 1
        first.setdefault(kind, mark)
    for kind, count in counted.items():
        mark = first[kind]
        yield Found(f"{mark.code}: {mark.why}", _field(mark), mark.message, mark.row or None, count)


def _field(mark: Marked) -> str:
    if mark.code in ("not-a-number", "value-too-large"):
        return "dataValue"
    if mark.code in ("unreadable-label", "too-old"):
        return "statDate"
    if missing := _MISSING.search(mark.why):
        return missing[1]
    name, colon, _ = mark.why.partition(":")
    return name[:32] if colon else ""


CHECK = Check(
    "bad-rows",
    (20,),
    Severity.ERROR,
    Words(
        "有无法识别的行（要么全收要么全拒的平台会因此拒收整批）",
        "rows that cannot be read (where a platform takes all or nothing they sink the batch)",
        "上传前校验每行：dataValue 为数字文本，日期、枚举值合法；不合格的行单独留存",
        "check each row before it is sent: a number as text, a sound date, words of the tables",
    ),
    _finds,
    rules=RULES,
)
