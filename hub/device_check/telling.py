"""A report in words, Chinese, English or both, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from hub.device_check.bench import Report
from hub.device_check.catalogue import FAILURES
from hub.device_check.completeness import percent
from hub.device_check.findings import Check, Finding, Found, Severity

_FAILURE = {failure.number: failure for failure in FAILURES}
_SEVERITY = {Severity.ERROR: ("错误", "error"), Severity.WARNING: ("警告", "warning")}


class Tongue(StrEnum):
    """In which language a report is told (语言)."""

    CHINESE = "zh"
    ENGLISH = "en"
    BOTH = "both"

    def of(self, chinese: str, english: str) -> list[str]:
        """What is to be told of the two."""
        return {"zh": [chinese], "en": [english], "both": [chinese, english]}[self.value]


def told(report: Report, tongue: Tongue) -> Iterator[str]:
    """Every line of a report."""
    for number, finding in enumerate(report.findings, 1):
        yield from map(_visible, _told(number, finding, tongue))
        yield ""
    yield from _summed_up(report, tongue)


def _told(number: int, finding: Finding, tongue: Tongue) -> Iterator[str]:
    check, found = finding.check, finding.found
    heads = tongue.of(
        f"{number}. [{_SEVERITY[check.severity][0]}] {_failures(check, 0)}{_place_chinese(found)}",
        f"{number}. [{_SEVERITY[check.severity][1]}] {_failures(check, 1)}{_place_english(found)}",
    )
    yield from heads
    yield from (f"   {line}" for line in tongue.of(check.words.chinese, check.words.english))
    if found.evidence:
        times = tongue.of(f"共 {found.count} 处", f"{found.count} in all") if found.count > 1 else []
        yield f"   > {found.evidence}" + (f" ({', '.join(times)})" if times else "")
    mends = tongue.of(f"整改：{check.words.mend_chinese}", f"mend: {check.words.mend_english}")
    yield from (f"   {line}" for line in mends)


def _visible(line: str) -> str:
    """Without what would steer a terminal: a device's words stand in it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _failures(check: Check, tongue: int) -> str:
    """The failure a check shows first, by its number."""
    if not check.failures:
        return ("其他", "other")[tongue]
    failure = _FAILURE[check.failures[0]]
    name = (failure.chinese, failure.english)[tongue]
    return f"{('现场问题', 'field failure')[tongue]} {failure.number} {name}"


def _place_chinese(found: Found) -> str:
    parts = [
        "" if found.message is None else f"第 {found.message} 条报文",
        "" if found.row is None else f"第 {found.row} 行",
        found.field,
    ]
    said = " ".join(part for part in parts if part)
    return f"：{said}" if said else ""


def _place_english(found: Found) -> str:
    parts = [
        "" if found.message is None else f"message {found.message}",
        "" if found.row is None else f"row {found.row}",
        found.field,
    ]
    said = ", ".join(part for part in parts if part)
    return f": {said}" if said else ""


def _summed_up(report: Report, tongue: Tongue) -> Iterator[str]:
    sums = report.summary
    share = "-" if sums.completeness is None else percent(sums.completeness)
    yield from tongue.of(
        f"报文 {sums.messages}，读数 {sums.readings}，拒收 {sums.refused}，采集项 {sums.points}，天数 {sums.days}，"
        f"完整率 {share}",
        f"messages {sums.messages}, readings {sums.readings}, refused {sums.refused}, points {sums.points}, "
        f"days {sums.days}, completeness {share}",
    )
    if report.conforms:
        yield from tongue.of("结论：符合", "verdict: conforms")
    elif not report.findings:
        yield from tongue.of("结论：没有可检查的数据", "verdict: nothing to look at")
    else:
        yield from tongue.of("结论：不符合", "verdict: does not conform")


def as_json(report: Report) -> dict[str, Any]:
    """A report for machines."""
    sums = report.summary
    return {
        "conforms": report.conforms,
        "messages": sums.messages,
        "readings": sums.readings,
        "refused": sums.refused,
        "points": sums.points,
        "days": sums.days,
        "completeness": None if sums.completeness is None else f"{sums.completeness:.4f}",
        "findings": [_as_json(finding) for finding in report.findings],
    }


def _as_json(finding: Finding) -> dict[str, Any]:
    check, found = finding.check, finding.found
    return {
        "check": check.code,
        "failures": list(check.failures),
        "severity": check.severity.value,
        "message": found.message,
        "row": found.row,
        "field": found.field,
        "evidence": found.evidence,
        "count": found.count,
        "zh": check.words.chinese,
        "en": check.words.english,
        "mend_zh": check.words.mend_chinese,
        "mend_en": check.words.mend_english,
    }
