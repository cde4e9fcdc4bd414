"""Whatever else the hub's rules refuse or suspect, so that a new rule is never left out here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hub.device_check.evidence import Evidence, Marked
from hub.device_check.findings import Check, Found, Severity, Words

COSTS_NOTHING = frozenset({"rounded"})
TOLD_ELSEWHERE = (
    "collectItemConfig",
    "enterprise.latitude",
    "enterprise.longitude",
)  # fields of a configuration


def _finds(evidence: Evidence) -> Iterator[Found]:
    counted, first = Counter[str](), dict[str, Marked]()
    for mark in (*evidence.refused, *evidence.suspected):
        if mark.code not in evidence.told_rules | COSTS_NOTHING:
            counted[mark.code] += 1
            first.setdefault(mark.code, mark)
    for code, count in counted.items():
        mark = first[code]
        yield Found(f"{code}: {mark.why}", "", mark.message, mark.row, count)
    for each in evidence.misfits:
        if not each.field.startswith(TOLD_ELSEWHERE):
            yield Found(each.why, each.field, each.message)


CHECK = Check(
    "other-rules",
    (),
    Severity.WARNING,
    Words(
        "平台规则会拒收或标记的其他数据",
        "other rows that the platform's rules refuse or mark",
        "按规则说明逐条核对",
        "look at each, by the rule it names",
    ),
    _finds,
)
