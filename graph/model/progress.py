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


class AccessEndStage(StrEnum):
    """Stages of a unit's access end, in order (接入端系统; our own list, the order names its end: daily upload)."""

    SURVEYED = "surveyed"
    CONTRACTED = "contracted"
    INSTALLED = "installed"
    CONNECTED = "connected"
    ACCEPTED = "accepted"


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
    return max(reached, key=lambda m: _place(m.stage), default=None)


def _place(stage: PlatformStage | AccessEndStage) -> int:
    """Its place in its own enumeration: both have a stage `contracted`, and such members are equal as text."""
    return list(type(stage)).index(stage)


def days_overdue(planned: dt.date | None, connected_on: dt.date | None, today: dt.date) -> int | None:
    """Days since an access end's planned day of connection, while it is not connected (逾期天数).

    0 where it is connected or its day is not past; None where no day was planned.
    """
    if planned is None:
        return None
    connection = Milestone(AccessEndStage.CONNECTED, planned, connected_on)
    return (today - planned).days if connection.overdue_on(today) else 0


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


@dataclass(frozen=True)
class PlatformProgress:
    """How far a platform came by the end of a period: the stage reached, the next one, the overdue ones."""

    stage: PlatformStage | None
    next: Milestone | None
    overdue: tuple[PlatformStage, ...]


def platform_progress(milestones: Iterable[Milestone], last: dt.date, today: dt.date) -> PlatformProgress:
    """A platform as it stood on `last`, seen from `today`.

    Stages before the furthest one reached count as passed. A stage planned for a day not yet over is not overdue.
    """
    ordered = sorted(milestones, key=lambda m: _place(m.stage))
    reached = stage_on(ordered, last)
    ahead = ordered if reached is None else ordered[ordered.index(reached) + 1 :]
    overdue = tuple(PlatformStage(m.stage) for m in ahead if m.planned <= last and m.planned < today)
    stage = None if reached is None else PlatformStage(reached.stage)
    return PlatformProgress(stage, ahead[0] if ahead else None, overdue)


@dataclass(frozen=True)
class ConnectionProgress:
    """Units due to be connected by a day, units connected by then, and due ones that are late (个)."""

    due: int = 0
    connected: int = 0
    overdue: int = 0

    def __add__(self, other: ConnectionProgress) -> ConnectionProgress:
        return ConnectionProgress(
            self.due + other.due, self.connected + other.connected, self.overdue + other.overdue
        )


def connection_progress(
    days: Iterable[tuple[dt.date, dt.date | None]], last: dt.date, today: dt.date
) -> ConnectionProgress:
    """Counted over the planned and actual days of the units' milestone `connected`, seen from `today`.

    A unit connected ahead of its plan counts as connected and not as due.
    """
    due = connected = overdue = 0
    for planned, actual in days:
        reached = actual is not None and actual <= last
        connected += reached
        due += planned <= last
        overdue += planned <= last and planned < today and not reached
    return ConnectionProgress(due, connected, overdue)
