"""What a simulated device exports, and the bench's report of it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING
from hub.device_check.bench import Report, report_of
from hub.device_check.files import conversation_in
from hub.device_check.judging import Quirks, evidence_of
from hub.simulate.device import DevicePlan, messages

UNIT = CreditCode("91990000MA0000001B")
START = dt.date(2026, 11, 16)
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=BEIJING)
QUIRKS = Quirks(valid_means="0")


@dataclass(frozen=True)
class Morning:
    """A clock that stands at NOW."""

    def now(self) -> dt.datetime:
        """The morning after the last day that was sent."""
        return NOW


def plan(*faults: str, days: int = 5, **changes: Any) -> DevicePlan:
    """Five days of quarter-hours and of days, with these faults."""
    return DevicePlan(UNIT, "990000", START, days, faults=frozenset(faults), totals=True, **changes)


def export(folder: Path, *faults: str, **changes: Any) -> Path:
    """The log of such a device."""
    file = folder / "export.ndjson"
    said = (json.dumps(message, ensure_ascii=False) for message in messages(plan(*faults, **changes), NOW))
    file.write_text("\n".join(said), encoding="utf-8")
    return file


def checked(file: Path, quirks: Quirks = QUIRKS) -> Report:
    """The bench's report of a file."""
    return report_of(evidence_of(conversation_in(file), quirks, Morning()))


def codes(report: Report) -> set[str]:
    """Which checks found something."""
    return {finding.check.code for finding in report.findings}
