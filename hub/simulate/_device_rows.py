"""What a simulated access device has to say: its configuration, and readings of a plant that is not there.

All of it follows from a seed and the time, as decimals in text, so that two runs say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from edge_probe.nhjc04_wire import code_parts
from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, Granularity, Month, Period, beijing_day, midnight
from hub.simulate._meter_load import SLOT, PlantLoad
from hub.simulate.device_faults import STAMP, Post, Row, Rows, Where, altered, check_names, misconfigured

STAT_TYPES = {
    Granularity.QUARTER_HOUR: "0",
    Granularity.HOUR: "0",
    Granularity.DAY: "1",
    Granularity.MONTH: "2",
    Granularity.YEAR: "3",
}
FIELD_INSTRUMENT, PLANT_SCOPE, VALID = "4", "1", "0"
CENT, DAY_MINUTES = Decimal("0.01"), 1440
DAYS_MAX = 3700  # ten years
ZERO_EVERY = 7  # each seventh value is missing, and this device says 0.00
A_DAY = dt.timedelta(days=1)
UPLOADED = dt.timedelta(hours=1)  # after the end of a POST's last day
LATITUDE, LONGITUDE = "39.1042", "117.2008"
TOTALS = ("day-cut", "ct-forgotten")  # faults of days, which are sent besides then


@dataclass(frozen=True)
class Item:
    """One thing it measures: a plant's use of an energy, `mean` native units an hour."""

    code: DataCode
    name: str
    mean: int


ITEMS = (
    Item(DataCode.parse("00-00-0000-023300-11"), "全厂用电", 1200),
    Item(DataCode.parse("00-00-0000-011500-11"), "全厂天然气", 80),
)


@dataclass(frozen=True)
class DevicePlan:
    """Which device it is and what it will send: whole periods of `days` Beijing days from `start`, up to now."""

    enterprise: CreditCode
    region: str
    start: dt.date
    days: int
    seed: int = 1
    granularity: Granularity = Granularity.QUARTER_HOUR
    items: tuple[Item, ...] = ITEMS
    days_a_post: int = 1
    faults: frozenset[str] = frozenset()
    totals: bool = False  # days besides what is shorter
    dialect: Where = Where.NHJC04

    def __post_init__(self) -> None:
        check_names(self.faults, self.dialect)
        for name, count in (("days", self.days), ("days_a_post", self.days_a_post)):
            if not 0 < count <= DAYS_MAX:
                raise InvalidInput(f"came {count}, expected 1 to {DAYS_MAX}", name)

    @property
    def granularities(self) -> tuple[Granularity, ...]:
        """Its own, and days where they are sent besides."""
        minutes = self.granularity.minutes or DAY_MINUTES
        besides = minutes < DAY_MINUTES and (self.totals or not self.faults.isdisjoint(TOTALS))
        return (self.granularity, Granularity.DAY) if besides else (self.granularity,)


def configuration(plan: DevicePlan) -> dict[str, Any]:
    """The config upload, but for the device's identity."""
    items = [_config_item(item, each) for item in plan.items for each in plan.granularities]
    enterprise = {
        "code": plan.enterprise.text,
        "name": f"模拟企业{plan.seed}",
        "regionCode": plan.region,
        "latitude": LATITUDE,
        "longitude": LONGITUDE,
    }
    said = {"collectItemConfig": items, "enterprise": enterprise, "process": [], "processUnit": []}
    return misconfigured(said, plan.faults)


def _config_item(item: Item, granularity: Granularity) -> dict[str, str]:
    return {
        "name": item.name,
        **code_parts(item.code),
        "inputType": FIELD_INSTRUMENT,
        "dataValueMin": "0",
        "dataValueMax": f"{item.mean * 10 * _hours_at_most(granularity)}",
        "statType": STAT_TYPES[granularity],
        "scope": PLANT_SCOPE,
    }


def _hours_at_most(granularity: Granularity) -> int:
    minutes = granularity.minutes or {Granularity.MONTH: 31, Granularity.YEAR: 366}[granularity] * 1440
    return -(-minutes // 60)


def posts(plan: DevicePlan, now: dt.datetime) -> Iterator[Rows]:
    """The data rows of each POST, in the order of time, with the plan's faults."""
    coming = _posts(plan, now)
    rows, number = next(coming, None), 0
    while rows is not None:
        following = next(coming, None)
        found = altered(rows, Post(number, following is None, now), plan.faults)
        if found is not None:
            yield found
        rows, number = following, number + 1


def _posts(plan: DevicePlan, now: dt.datetime) -> Iterator[Rows]:
    loads = {
        item.code: PlantLoad(plan.seed + n, midnight(plan.start), item.mean * 1000)
        for n, item in enumerate(plan.items)
    }
    first = plan.start.toordinal()

    def post_of(period: Period) -> int:
        return (period.first_day.toordinal() - first) // plan.days_a_post

    for _, some in groupby(_all_periods(plan, now), post_of):
        these = list(some)
        uploaded = min(now, max(midnight(each.last_day + A_DAY) for each in these) + UPLOADED)
        yield [
            _row(plan, item, period, _value(plan, loads[item.code], period), uploaded)
            for period in these
            for item in plan.items
        ]


def _all_periods(plan: DevicePlan, now: dt.datetime) -> list[Period]:
    """Of every granularity it sends, by the day they begin in, longer ones last."""
    found = [
        period for each in plan.granularities for period in periods(replace(plan, granularity=each), now)
    ]
    return sorted(found, key=lambda each: (each.first_day, each.end - each.start, each.start))


def periods(plan: DevicePlan, now: dt.datetime) -> Iterator[Period]:
    """The plan's periods that have ended by now."""
    end = min(midnight(plan.start + dt.timedelta(days=plan.days)), now)
    period = _first(plan)
    while period.end <= end:
        yield period
        period = _after(period, plan.granularity)


def _first(plan: DevicePlan) -> Period:
    day = plan.start
    if plan.granularity is Granularity.MONTH and day.day > 1:
        day = Month.of(day).shift(1).first_day
    if plan.granularity is Granularity.YEAR and (day.month, day.day) != (1, 1):
        day = dt.date(day.year + 1, 1, 1)
    return _from(midnight(day), plan.granularity)


def _after(period: Period, granularity: Granularity) -> Period:
    return _from(period.end, granularity)


def _from(start: dt.datetime, granularity: Granularity) -> Period:
    if granularity.minutes is not None:
        return Period(start, start + dt.timedelta(minutes=granularity.minutes))
    month = Month.of(beijing_day(start))
    months = 1 if granularity is Granularity.MONTH else 12
    return Period(start, month.shift(months).period.start)


def _value(plan: DevicePlan, load: PlantLoad, period: Period) -> str:
    slots = (period.end - period.start) // SLOT
    number = (period.start - midnight(plan.start)) // (period.end - period.start)
    is_own = _length(plan, period) is plan.granularity
    if "false-zeros" in plan.faults and is_own and number % ZERO_EVERY == 0:
        return "0.00"
    quarter_units = sum(load.power_w(period.start + n * SLOT) for n in range(slots))
    return str((Decimal(quarter_units) / 4000).quantize(CENT))


def _row(plan: DevicePlan, item: Item, period: Period, value: str, uploaded: dt.datetime) -> Row:
    return {
        "dataCode": str(item.code),
        "dataValue": value,
        "inputType": FIELD_INSTRUMENT,
        "statType": STAT_TYPES[_length(plan, period)],
        "statDate": stamp(period.start),
        "uploadDate": stamp(uploaded),
        "scope": PLANT_SCOPE,
        "valid": VALID,
    }


def _length(plan: DevicePlan, period: Period) -> Granularity:
    """Days may be sent besides; no month or year is as long as one."""
    return Granularity.DAY if period.end - period.start == A_DAY else plan.granularity


def stamp(moment: dt.datetime) -> str:
    """yyyy-MM-dd HH:mm:ss, Beijing time."""
    return moment.astimezone(BEIJING).strftime(STAMP)
