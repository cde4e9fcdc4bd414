"""Runs every check over what was heard, and sums up whether the device conforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from graph.discover import members_of
from hub.device_check.completeness import completeness, stretches
from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Finding, Severity


@dataclass(frozen=True)
class Summary:
    """How much came. `completeness` is received / due of the periods of the days that came, at most 1; None without any."""

    messages: int
    readings: int
    refused: int
    points: int
    days: int
    completeness: Decimal | None


@dataclass(frozen=True)
class Report:
    """What a bench says of a device."""

    summary: Summary
    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """Whether nothing is an error, and there was something to look at."""
        errors = any(each.check.severity is Severity.ERROR for each in self.findings)
        return not errors and self.summary.readings > 0


@cache
def all_checks() -> Mapping[str, Check]:
    """Every check of the open folder, by its module's name."""
    return members_of("hub.device_check.checks", "CHECK", Check)


def report_of(evidence: Evidence) -> Report:
    """Run the checks in the order of the failures they show, what has none last."""
    checks = sorted(all_checks().values(), key=_place)
    told = frozenset(rule for check in checks for rule in check.rules)
    known = replace(evidence, told_rules=told)
    findings = [Finding(check, found) for check in checks for found in check.finds(known)]
    return Report(_summary(known), tuple(findings))


def _place(check: Check) -> tuple[int, str]:
    return (check.failures[0] if check.failures else 99, check.code)


def _summary(evidence: Evidence) -> Summary:
    points = {(series.unit, series.code) for series in evidence.series}
    return Summary(
        len(evidence.heard),
        sum(len(series.values) for series in evidence.series),
        len(evidence.refused),
        len(points),
        sum(map(len, stretches(evidence))),
        completeness(evidence),
    )
