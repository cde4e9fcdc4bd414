"""Inspections (监督检查): what a department found at a unit, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode


class InspectionOutcome(StrEnum):
    """What came of an inspection (符合要求、提出意见、责令限期整改、依法处罚; the order names the last two)."""

    CONFORMING = "conforming"
    ADVISED = "advised"
    RECTIFICATION_ORDERED = "rectification_ordered"
    PENALISED = "penalised"


@dataclass(frozen=True)
class Inspection:
    """A visit to a unit by an agency; `basis` is the clause of law or order it stands on (检查依据)."""

    key: str
    unit: CreditCode
    agency: str
    held_on: dt.date
    basis: str
    findings: str
    outcome: InspectionOutcome

    def __post_init__(self) -> None:
        if self.outcome is not InspectionOutcome.CONFORMING and not self.findings.strip():
            raise InvalidInput(f"an inspection {self.outcome.value} says what was found", "findings")
