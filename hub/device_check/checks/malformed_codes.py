"""A data code, or a segment of one in the configuration, is malformed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hub.device_check.evidence import Evidence, Marked
from hub.device_check.findings import Check, Found, Severity, Words

RULES = ("malformed-data-code", "scope-mismatch", "unknown-code")


def _finds(evidence: Evidence) -> Iterator[Found]:
    counted, first = Counter[str](), dict[str, Marked]()
    for mark in evidence.by_rules(*RULES):
        counted[mark.why] += 1
        first.setdefault(mark.why, mark)
    for why, count in counted.items():
        yield Found(why, "dataCode", first[why].message, first[why].row, count)
    for each in evidence.misfits:
        if each.field.startswith(("collectItemConfig", "collectItemConfigure")):
            yield Found(each.why, each.field, each.message)


CHECK = Check(
    "malformed-codes",
    (14,),
    Severity.ERROR,
    Words(
        "数据编码有误，或未在配置中登记",
        "a data code is malformed, or was never configured",
        "按 PP-UU-TTNN-CCVVVV-YY 五段 16 位数字编码，先上传配置再上传数据",
        "write PP-UU-TTNN-CCVVVV-YY, sixteen digits in five segments, and configure before uploading",
    ),
    _finds,
    rules=RULES,
)
