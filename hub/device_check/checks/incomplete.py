"""Less came of what is due than provinces expect."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.completeness import COMPLETENESS_MIN, completeness, percent
from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words


def _finds(evidence: Evidence) -> Iterator[Found]:
    share = completeness(evidence)
    if share is not None and share < COMPLETENESS_MIN:
        yield Found(f"{percent(share)} < {percent(COMPLETENESS_MIN)}")


CHECK = Check(
    "incomplete",
    (),
    Severity.WARNING,
    Words(
        f"完整率低于 {percent(COMPLETENESS_MIN)}（实收周期数与应收周期数之比；导出文件首尾截断也会如此）",
        f"completeness is below {percent(COMPLETENESS_MIN)} (periods that came of those due; or the export was cut)",
        "查明缺失的周期并补传；若是导出被截断，请导出整日数据",
        "find the periods that are missing and send them; where the export was cut, export whole days",
    ),
    _finds,
)
