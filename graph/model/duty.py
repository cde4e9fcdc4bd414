"""Duties (任务时限): what the order has a province or a unit do by a day, and the day it was done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.region import RegionCode

ORDER = "发改办环资〔2019〕424号"


class DutyKind(StrEnum):
    """What is owed (季度报送、省级平台建设、接入端建设、首次报送、限期整改); each has its clause of the order."""

    QUARTERLY_REPORT = "quarterly_report"
    PLATFORM_STAGE = "platform_stage"
    ACCESS_END = "access_end"
    FIRST_FILING = "first_filing"
    RECTIFICATION = "rectification"

    @property
    def clause(self) -> str:
        """The part of the order that asks for it."""
        return f"{ORDER} {_PARTS[self]}"

    @property
    def is_a_units(self) -> bool:
        """Whether a unit owes it; the others are a province's."""
        return self in (DutyKind.ACCESS_END, DutyKind.RECTIFICATION)


_PARTS = {
    DutyKind.QUARTERLY_REPORT: "第四部分",
    DutyKind.PLATFORM_STAGE: "第二部分",
    DutyKind.ACCESS_END: "第二部分",
    DutyKind.FIRST_FILING: "第五部分",
    DutyKind.RECTIFICATION: "第四部分",
}


@dataclass(frozen=True)
class Duty:
    """Something owed by a day. `subject` is the natural key of what it is about, `done_on` the day it was done."""

    key: str
    kind: DutyKind
    province: RegionCode
    unit: CreditCode | None
    subject: str
    due_on: dt.date
    done_on: dt.date | None
    clause: str

    def __post_init__(self) -> None:
        if self.kind.is_a_units != (self.unit is not None):
            owed_by = "a unit" if self.kind.is_a_units else "a province and no unit"
            raise InvalidInput(f"a duty {self.kind.value} is owed by {owed_by}", "unit")
