"""Keeps the registry's duties what its facts say: reads what is known, derives, writes what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from graph.model.credit_code import CreditCode
from graph.model.duty import Duty, DutyKind
from graph.model.period import Quarter, beijing_day
from graph.model.platform import PlatformStage
from graph.model.principal import Reach
from graph.model.progress import AccessEndStage, Milestone
from graph.model.rectification_order import OrderState, done_by
from graph.model.region import RegionCode, RegionLevel
from graph.ports import Ask, Clock, Condition, Upserted
from hub.settings import Settings
from hub.stores.registry.known import in_chunks
from hub.stores.registry.registry import Registry
from national_sync.duties import AccessEndPlan, Facts, OrderGiven, differing, duties_of, quarters_owed

WHO = "duties"
ROWS_A_WRITE = 5_000  # the registry has one writer at a time, and others wait meanwhile
UNITS_REMEMBERED = 32_768  # checking a code takes 15 µs, and each unit owes several duties

FACTS = (
    "region",
    "platform",
    "platform_milestone",
    "unit",
    "access_end_milestone",
    "quarterly_report",
    "rectification_order",
)
Mark: TypeAlias = tuple[int, dt.date]


def derive(registry: Registry, settings: Settings, clock: Clock) -> Upserted:
    """Write the duties of the part of the country this hub speaks for, as far as they differ from what stands.

    Raises InvalidInput where a fact changed under way; the next time finds it as it then is.
    """
    today, reach = beijing_day(clock.now()), settings.reach
    duties = duties_of(_facts(registry, reach, quarters_owed(settings.first_report, today), today))
    wanted = differing(duties, _known(registry, reach))
    done = [
        registry.upsert("duty", [vars(duty) for duty in some], WHO, reach)
        for some in in_chunks(wanted, ROWS_A_WRITE)
    ]
    added, changed = sum(each.added for each in done), sum(each.changed for each in done)
    return Upserted(added, changed, len(duties) - added - changed)


def derive_anew(registry: Registry, settings: Settings, clock: Clock, mark: Mark | None) -> Mark:
    """Derive, unless no fact changed and no day began since `mark`: of 17 000 units it takes some seconds."""
    now = _mark(registry, clock)
    if now != mark:
        derive(registry, settings, clock)
    return now


def _mark(registry: Registry, clock: Clock) -> Mark:
    """The number of the last change of a fact, and the day."""
    return registry.revision(FACTS), beijing_day(clock.now())


def _facts(registry: Registry, reach: Reach, quarters: Sequence[Quarter], today: dt.date) -> Facts:
    """What is known today: a day that a source said ahead of time has done nothing yet."""
    provinces = _provinces(registry, reach)
    filed = {
        _region(province): _by(today, day)
        for province, day in _rows(registry, reach, "platform", "province filed_on")
    }
    stages: dict[RegionCode, list[Milestone]] = {}
    names = "province stage planned actual"
    for province, stage, planned, actual in _rows(registry, reach, "platform_milestone", names):
        milestone = Milestone(PlatformStage(stage), planned, _by(today, actual))
        stages.setdefault(_region(province), []).append(milestone)
    return Facts(
        quarters=quarters,
        filings={province: filed.get(province) for province in provinces},
        reports={
            (_region(province), Quarter.parse(quarter)): _by(today, day)
            for province, quarter, day in _rows(
                registry, reach, "quarterly_report", "province quarter submitted_on"
            )
        },
        platforms=stages,
        access_ends=[
            AccessEndPlan(
                _unit(unit), _region(province), Milestone(AccessEndStage(stage), planned, _by(today, actual))
            )
            for unit, province, stage, planned, actual in _rows(
                registry, reach, "access_end_milestone", "unit province stage planned actual"
            )
        ],
        orders=list(_orders(registry, reach, today)),
    )


def _by(today: dt.date, day: dt.date | None) -> dt.date | None:
    return None if day is None or day > today else day


def _orders(registry: Registry, reach: Reach, today: dt.date) -> Iterator[OrderGiven]:
    names = "number unit province deadline state closed_on"
    for number, unit, province, deadline, state, closed_on in _rows(
        registry, reach, "rectification_order", names
    ):
        done_on = _by(today, done_by(OrderState(state), closed_on))
        yield OrderGiven(number, _unit(unit), _region(province), deadline, done_on)


def _provinces(registry: Registry, reach: Reach) -> list[RegionCode]:
    """The provinces of today within reach; every division is public, so the list itself is not narrowed."""
    where = (Condition("level", RegionLevel.PROVINCE.value), Condition("abolished", None))
    codes = [RegionCode(code) for (code,) in _rows(registry, reach, "region", "code", where)]
    return [code for code in codes if reach.region is None or reach.region.holds(code)]


def _known(registry: Registry, reach: Reach) -> dict[str, Duty]:
    names = "key kind province unit subject due_on done_on clause"
    found = {}
    for key, kind, province, unit, *rest in _rows(registry, reach, "duty", names):
        owner = None if unit is None else _unit(unit)
        found[key] = Duty(key, DutyKind(kind), _region(province), owner, *rest)
    return found


def _rows(
    registry: Registry, reach: Reach, noun: str, names: str, where: tuple[Condition, ...] = ()
) -> Iterator[tuple[Any, ...]]:
    """These columns of all rows of a noun within reach."""
    table = registry.rows(Ask(noun, reach, where)).table
    return zip(*(table.column(name).to_pylist() for name in names.split()), strict=True)


_unit = lru_cache(UNITS_REMEMBERED)(CreditCode)
_region = lru_cache()(RegionCode)
