"""What a simulated access device has to say: its configuration, and readings of a plant that is not there.

All of it follows from a seed and the time, as decimals in text, so that two runs say the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, Granularity, Month, Period, beijing_day, midnight
from hub.simulate._meter_load import SLOT, PlantLoad

STAT_TYPES = {
    Granularity.QUARTER_HOUR: "0",
    Granularity.HOUR: "0",
    Granularity.DAY: "1",
    Granularity.MONTH: "2",
    Granularity.YEAR: "3",
}
FIELD_INSTRUMENT, PLANT_SCOPE, VALID = "4", "1", "0"
MALFORMED_CODE = "00-00-0000023400-80"  # as it stands in a live configuration
CENT = Decimal("0.01")
DAYS_MAX = 3700  # ten years
ZERO_EVERY = 7  # each seventh value is missing, and this device says 0.00
FUTURE = dt.timedelta(days=2)


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
class Misbehaviour:
    """What goes wrong in the field, on request: see the options of `nengshu simulate device`."""

    resend: bool = False
    malformed_code: bool = False
    future: bool = False
    zeros: bool = False


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
    misbehaviour: Misbehaviour = Misbehaviour()

    def __post_init__(self) -> None:
        for name, count in (("days", self.days), ("days_a_post", self.days_a_post)):
            if not 0 < count <= DAYS_MAX:
                raise InvalidInput(f"came {count}, expected 1 to {DAYS_MAX}", name)


def configuration(plan: DevicePlan) -> dict[str, Any]:
    """The config upload, but for the device's identity."""
    items = [_config_item(plan, item) for item in plan.items]
    if plan.misbehaviour.malformed_code:
        items.append({**items[0], "energyTypeCode": "02340", "name": "编码有误的采集项"})
    enterprise = {"code": plan.enterprise.text, "name": f"模拟企业{plan.seed}", "regionCode": plan.region}
    return {"collectItemConfig": items, "enterprise": enterprise, "process": [], "processUnit": []}


def _config_item(plan: DevicePlan, item: Item) -> dict[str, str]:
    code = item.code
    return {
        "name": item.name,
        "processCode": code.process,
        "processUnitCode": code.process_unit,
        "equipmentCode": code.equipment[:2],
        "equipmentUnitCode": code.equipment[2:],
        "energyClassCode": code.variety[:2],
        "energyTypeCode": code.variety[2:],
        "dataUsageCode": code.use,
        "inputType": FIELD_INSTRUMENT,
        "dataValueMin": "0",
        "dataValueMax": f"{item.mean * 10 * _hours_at_most(plan.granularity)}",
        "statType": STAT_TYPES[plan.granularity],
        "scope": PLANT_SCOPE,
    }


def _hours_at_most(granularity: Granularity) -> int:
    minutes = granularity.minutes or {Granularity.MONTH: 31, Granularity.YEAR: 366}[granularity] * 1440
    return -(-minutes // 60)


def posts(plan: DevicePlan, now: dt.datetime) -> Iterator[list[dict[str, str]]]:
    """The data rows of each POST, in the order of time."""
    loads = {
        item.code: PlantLoad(plan.seed + n, midnight(plan.start), item.mean * 1000)
        for n, item in enumerate(plan.items)
    }
    first = plan.start.toordinal()

    def post_of(period: Period) -> int:
        return (period.first_day.toordinal() - first) // plan.days_a_post

    for _, some in groupby(periods(plan, now), post_of):
        rows = [
            _row(plan, item, period, _value(plan, loads[item.code], period), now)
            for period in some
            for item in plan.items
        ]
        yield rows + _wrong_rows(plan, rows[-1], now)


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
    if plan.misbehaviour.zeros and number % ZERO_EVERY == 0:
        return "0.00"
    quarter_units = sum(load.power_w(period.start + n * SLOT) for n in range(slots))
    return str((Decimal(quarter_units) / 4000).quantize(CENT))


def _row(plan: DevicePlan, item: Item, period: Period, value: str, now: dt.datetime) -> dict[str, str]:
    return {
        "dataCode": str(item.code),
        "dataValue": value,
        "inputType": FIELD_INSTRUMENT,
        "statType": STAT_TYPES[plan.granularity],
        "statDate": stamp(period.start),
        "uploadDate": stamp(now),
        "scope": PLANT_SCOPE,
        "valid": VALID,
    }


def _wrong_rows(plan: DevicePlan, like: dict[str, str], now: dt.datetime) -> list[dict[str, str]]:
    wrong = []
    if plan.misbehaviour.malformed_code:
        wrong.append({**like, "dataCode": MALFORMED_CODE})
    if plan.misbehaviour.future:
        day = midnight(beijing_day(now) + FUTURE)
        wrong.append({**like, "statDate": stamp(day)})
    return wrong


def stamp(moment: dt.datetime) -> str:
    """yyyy-MM-dd HH:mm:ss, Beijing time."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
