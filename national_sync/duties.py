"""Derives duties (任务时限) from facts: what is planned, filed, reported or ordered, and by when the order wants it.

Facts in, duties out, by key. A duty is never written by hand: the same facts make the same duties, and a fact that
is done closes its duty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graph.model.credit_code import CreditCode
from graph.model.duty import Duty, DutyKind
from graph.model.period import Quarter
from graph.model.progress import Milestone
from graph.model.region import RegionCode

FIRST_QUARTER = Quarter(2019, 1)  # 424号, 四: reports begin in April 2019, with the quarter before
FIRST_FILING_DUE = dt.date(2019, 5, 31)  # 424号, 五
QUARTERS_MAX = 200  # fifty years of reports a province: a clock that runs wild must not fill the registry


@dataclass(frozen=True)
class AccessEndPlan:
    """A stage of a unit's access end, and the province the unit lies in."""

    unit: CreditCode
    province: RegionCode
    milestone: Milestone


@dataclass(frozen=True)
class OrderGiven:
    """A rectification order to a unit: `done_on` is the day nothing was owed of it any more."""

    number: str
    unit: CreditCode
    province: RegionCode
    deadline: dt.date
    done_on: dt.date | None


@dataclass(frozen=True)
class Facts:
    """What duties follow from. A day is the one on which something was done, None while it is owed.

    `filings` holds every province that owes anything, with the day it filed its plan.
    """

    quarters: Sequence[Quarter] = ()
    filings: Mapping[RegionCode, dt.date | None] = field(default_factory=dict)
    reports: Mapping[tuple[RegionCode, Quarter], dt.date | None] = field(default_factory=dict)
    platforms: Mapping[RegionCode, Sequence[Milestone]] = field(default_factory=dict)
    access_ends: Sequence[AccessEndPlan] = ()
    orders: Sequence[OrderGiven] = ()


def quarters_owed(first: Quarter, today: dt.date) -> tuple[Quarter, ...]:
    """The quarters from the first up to today's, whose report is the next one due; of too many the latest."""
    last = Quarter.of(today)
    count = (last.year - first.year) * 4 + last.quarter - first.quarter + 1
    return tuple(last.shift(-back) for back in reversed(range(min(count, QUARTERS_MAX))))


def duties_of(facts: Facts) -> dict[str, Duty]:
    """Every duty that follows from the facts, by key."""
    every = (_filings, _reports, _platform_stages, _access_ends, _rectifications)
    return {duty.key: duty for duties in every for duty in duties(facts)}


def differing(duties: Mapping[str, Duty], known: Mapping[str, Duty]) -> list[Duty]:
    """The duties that are not known as they stand; what is known and follows from nothing any more stays."""
    return [duty for key, duty in duties.items() if known.get(key) != duty]


def _duty(
    kind: DutyKind,
    subject: str,
    province: RegionCode,
    due_on: dt.date,
    done_on: dt.date | None,
    unit: CreditCode | None = None,
) -> Duty:
    return Duty(f"{kind.value}:{subject}", kind, province, unit, subject, due_on, done_on, kind.clause)


def _filings(facts: Facts) -> Iterator[Duty]:
    for province, filed_on in facts.filings.items():
        yield _duty(DutyKind.FIRST_FILING, str(province), province, FIRST_FILING_DUE, filed_on)


def _reports(facts: Facts) -> Iterator[Duty]:
    for province in facts.filings:
        for quarter in facts.quarters:
            sent = facts.reports.get((province, quarter))
            subject = f"{province}/{quarter}"
            yield _duty(DutyKind.QUARTERLY_REPORT, subject, province, quarter.report_due, sent)


def _platform_stages(facts: Facts) -> Iterator[Duty]:
    for province, milestones in facts.platforms.items():
        for milestone, passed in _passed(milestones):
            subject = f"{province}/{milestone.stage.value}"
            yield _duty(DutyKind.PLATFORM_STAGE, subject, province, milestone.planned, passed)


def _access_ends(facts: Facts) -> Iterator[Duty]:
    ends: dict[tuple[CreditCode, RegionCode], list[Milestone]] = {}
    for plan in facts.access_ends:
        ends.setdefault((plan.unit, plan.province), []).append(plan.milestone)
    for (unit, province), milestones in ends.items():
        for milestone, passed in _passed(milestones):
            subject = f"{unit}/{milestone.stage.value}"
            yield _duty(DutyKind.ACCESS_END, subject, province, milestone.planned, passed, unit)


def _passed(milestones: Sequence[Milestone]) -> Iterator[tuple[Milestone, dt.date | None]]:
    """Each stage with the day it was done: one before a stage that was reached is passed on that one's day."""
    passed: dt.date | None = None
    for milestone in sorted(milestones, key=_place, reverse=True):
        passed = milestone.actual or passed
        yield milestone, passed


def _place(milestone: Milestone) -> int:
    return list(type(milestone.stage)).index(milestone.stage)


def _rectifications(facts: Facts) -> Iterator[Duty]:
    for order in facts.orders:
        kind = DutyKind.RECTIFICATION
        yield _duty(kind, order.number, order.province, order.deadline, order.done_on, order.unit)
