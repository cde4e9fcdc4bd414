"""Construction progress (建设进展): milestones of platforms and access ends, planned and actual days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.energy import EnergyKind
from graph.model.platform import PlatformStage

TARGET_DAY = dt.date(2020, 12, 31)  # 424号, 二: 2020 年底前
FIRST_FILING_DAY = dt.date(2019, 5, 31)  # 424号, 五


class AccessEndStage(StrEnum):
    """Stages of a unit's access end, in order (接入端系统; our own list, the order names its end: daily upload)."""

    SURVEYED = "surveyed"
    CONTRACTED = "contracted"
    INSTALLED = "installed"
    CONNECTED = "connected"
    ACCEPTED = "accepted"


_ORDER: dict[PlatformStage | AccessEndStage, int] = {
    **{stage: place for place, stage in enumerate(PlatformStage)},
    **{stage: place for place, stage in enumerate(AccessEndStage)},
}


@dataclass(frozen=True)
class Milestone:
    """A stage with the day it is planned for and the day it was reached (里程碑)."""

    stage: PlatformStage | AccessEndStage
    planned: dt.date
    actual: dt.date | None = None

    def reached_by(self, day: dt.date) -> bool:
        """Whether it was reached on or before that day."""
        return self.actual is not None and self.actual <= day

    def overdue_on(self, day: dt.date) -> bool:
        """Whether its planned day is past and it was not reached by then."""
        return self.planned < day and not self.reached_by(day)


def stage_on(milestones: Iterable[Milestone], day: dt.date) -> Milestone | None:
    """The furthest stage reached by that day, in the order of the stages' enumeration."""
    reached = [m for m in milestones if m.reached_by(day)]
    return max(reached, key=lambda m: _ORDER[m.stage], default=None)


@dataclass(frozen=True)
class Waiver:
    """Leave to add an energy later, by the province's department (424号, 三); electricity is never waived."""

    unit: CreditCode
    energy: EnergyKind
    grantor: str
    granted_on: dt.date
    until: dt.date | None = None

    def __post_init__(self) -> None:
        if self.energy is EnergyKind.ELECTRICITY:
            raise InvalidInput("electricity is owed from the start and cannot be waived", "energy")
        if self.until is not None and self.until <= self.granted_on:
            raise InvalidInput(f"ends {self.until}, not after {self.granted_on}", "until")
