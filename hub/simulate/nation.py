"""A small invented nation: eight provinces that exist nowhere, their units, plans and reports.

Every name says that it is invented, every division is one of 90 to 99, and all of it follows from a seed and a
day, so that two runs on one day tell the same.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graph.model.credit_code import CreditCode
from graph.model.period import Quarter
from graph.model.platform import PlatformStage
from graph.model.progress import AccessEndStage

# code, Chinese name, English name, mode, units, how far its access ends are (share connected by now), tile
PROVINCES = (
    ("910000", "虚构甲省", "Invented Jia", "platform", 14, 0.95, (1, 0)),
    ("920000", "虚构乙省", "Invented Yi", "direct", 5, 0.80, (2, 0)),
    ("930000", "虚构丙省", "Invented Bing", "platform", 6, 0.85, (0, 1)),
    ("940000", "虚构丁省", "Invented Ding", "platform", 9, 0.45, (1, 1)),
    ("950000", "虚构戊省", "Invented Wu", "platform", 7, 0.60, (2, 1)),
    ("960000", "虚构己省", "Invented Ji", "direct", 8, 0.25, (3, 1)),
    ("970000", "虚构庚省", "Invented Geng", "platform", 4, 0.0, (1, 2)),
    ("980000", "虚构辛省", "Invented Xin", "platform", 10, 0.70, (0, 2)),
)
HUB, DIRECT, FILES = "910000", "920000", "930000"  # the provinces that hand in readings
ELECTRICITY, GAS, COAL, HEAT = "0000000002330011", "0000000001150011", "0000000001010011", "0000000002320011"
METERED = (ELECTRICITY, "0100000002330011", "0200000002330011")  # the plant, and two of its processes
INDUSTRIES = (("C31", "钢铁厂"), ("C26", "化工厂"), ("D44", "热电厂"), ("C30", "水泥厂"), ("C22", "造纸厂"))
TIERS = ("hundred", "thousand", "thousand", "ten_thousand", "ten_thousand", "ten_thousand")
GAS_KGCE = "1.2143"  # each unit's measured value; the reference is a range

Row = dict[str, Any]
Nouns = dict[str, list[Row]]


@dataclass(frozen=True)
class InventedUnit:
    """A unit with the codes it owes readings of, and whether its access end is connected by now."""

    code: str
    name: str
    province: str
    connected: bool
    industry: str
    data_codes: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Nation:
    """The invented nation as of `today`; its history begins with the first day of two quarters ago."""

    today: dt.date
    seed: int = 424

    @property
    def first_day(self) -> dt.date:
        """Where its readings begin."""
        return self.first_quarter.first_day

    @property
    def first_quarter(self) -> Quarter:
        """The first quarter its provinces owe a report of."""
        return Quarter.of(self.today).shift(-2)

    def units(self, province: str | None = None) -> tuple[InventedUnit, ...]:
        """Its units, of one province or all."""
        made = self._units()
        return tuple(unit for unit in made if province is None or unit.province == province)

    def _units(self) -> Iterator[InventedUnit]:
        number = 0
        for code, _, _, _, count, share, _ in PROVINCES:
            for place in range(count):
                number += 1
                industry = INDUSTRIES[number % len(INDUSTRIES)]
                yield InventedUnit(
                    code=str(CreditCode.of_body(f"91{code[:2]}0100MA{number:07d}")),
                    name=f"{_name_of(code)[:3]}{industry[1]}{place + 1}号",
                    province=code,
                    connected=place < round(share * count),
                    industry=industry[0],
                    data_codes=_codes_of(code, number, place),
                    seed=self.seed + number,
                )

    def nouns(self, provinces: Sequence[str] | None = None) -> Nouns:
        """Everything that is not a reading, for the registry; all provinces' regions, the rest of those named."""
        wanted = [row for row in PROVINCES if provinces is None or row[0] in provinces]
        units = [unit for unit in self.units() if provinces is None or unit.province in provinces]
        chance = random.Random(self.seed)  # noqa: S311 - nothing secret
        return {
            "region": [row for entry in PROVINCES for row in _regions(entry)],
            "agency": [_agency(entry) for entry in wanted],
            "platform": [_platform(entry) for entry in wanted],
            "platform_milestone": [row for entry in wanted for row in self._platform_milestones(entry)],
            "unit": [_unit(unit) for unit in units],
            "access_end_milestone": [row for unit in units for row in self._milestones(unit, chance)],
            "instrument": [row for unit in units for row in self._instruments(unit)],
            "data_point": [row for unit in units for row in self._points(unit)],
            "coefficient": [
                _gas_coefficient(unit, self.first_day) for unit in units if GAS in unit.data_codes
            ],
            "quarterly_report": [row for entry in wanted for row in self._reports(entry)],
        }

    def _platform_milestones(self, entry: Sequence[Any]) -> list[Row]:
        """Built in the order of the stages, a stage every 50 days; the slower the province, the later."""
        begun = self.first_day - dt.timedelta(days=120)
        delay = round((1 - entry[5]) * 90)
        rows = []
        for place, stage in enumerate(PlatformStage):
            planned = begun + dt.timedelta(days=50 * place)
            actual = planned + dt.timedelta(days=delay)
            reached = actual if actual < self.today and not (entry[3] == "direct" and place > 0) else None
            rows.append({"province": entry[0], "stage": stage.value, "planned": planned, "actual": reached})
        return rows

    def _milestones(self, unit: InventedUnit, chance: random.Random) -> list[Row]:
        """Counted back from the day it must be connected, which lies in one of the last three quarters."""
        due = self.first_day + dt.timedelta(days=chance.randrange(20, 230))
        late = chance.choice((-12, -5, 0, 0, 9, 30))
        rows = []
        for place, stage in enumerate(AccessEndStage):
            planned = due + dt.timedelta(days=45 * (place - 3))
            actual = min(planned + dt.timedelta(days=late), self.today - dt.timedelta(days=4 - place))
            reached = unit.connected or place < 2
            past = stage is AccessEndStage.ACCEPTED and late > 0
            rows.append(
                {
                    "unit": unit.code, "stage": stage.value, "planned": planned,
                    "actual": actual if reached and not past else None,
                }
            )  # fmt: skip
        return rows

    def _instruments(self, unit: InventedUnit) -> list[Row]:
        kinds = {GAS: "12220000", COAL: "12060000", HEAT: "12240000"}
        calibrated = self.today - dt.timedelta(days=100 + unit.seed % 300)
        return [
            {
                "unit": unit.code, "number": f"M{place + 1:02d}", "type_code": kinds.get(code, "15260500"), "level": 1,
                "accuracy_class": "0.5S" if code == ELECTRICITY else "1.0", "calibrated_on": calibrated,
                "calibration_until": calibrated + dt.timedelta(days=365),
            }
            for place, code in enumerate(unit.data_codes)
        ]  # fmt: skip

    def _points(self, unit: InventedUnit) -> list[Row]:
        granularity = "quarter_hour" if unit == self.probed else "day"
        return [
            {
                "unit": unit.code, "code": code, "granularity": granularity, "instrument": f"M{place + 1:02d}",
                "since": self.today - dt.timedelta(days=1) if unit == self.probed else self.first_day,
                "state": "active" if unit.connected else "proposed",
            }
            for place, code in enumerate(unit.data_codes)
        ]  # fmt: skip

    @property
    def probed(self) -> InventedUnit:
        """The unit whose meters the real probe reads: the first one of the province without a platform."""
        return self.units(DIRECT)[0]

    def _reports(self, entry: Sequence[Any]) -> list[Row]:
        """The better a province does, the earlier it reports; the worst never did."""
        rows = []
        for back in (2, 1):
            quarter = Quarter.of(self.today).shift(-back)
            submitted = quarter.report_due + dt.timedelta(days=round((0.6 - entry[5]) * 30))
            if entry[5] > 0 and submitted < self.today:
                rows.append(
                    {
                        "province": entry[0], "quarter": str(quarter), "submitted_on": submitted,
                        "state": "accepted" if back == 2 else "submitted",
                        "problems": "部分单位天然气计量器具尚未联网（虚构）", "suggestions": "",
                    }
                )  # fmt: skip
        return rows


def _name_of(code: str) -> str:
    return next(entry[1] for entry in PROVINCES if entry[0] == code)


def _codes_of(province: str, number: int, place: int) -> tuple[str, ...]:
    """Devices send two energies, files three, the probe's three meters one plant and two of its processes."""
    if province == DIRECT and place == 0:
        return METERED
    if province == DIRECT:
        return ELECTRICITY, GAS
    if province == FILES:
        return ELECTRICITY, COAL, HEAT
    return (ELECTRICITY, GAS, COAL, HEAT)[: 2 + number % 3]


def _regions(entry: Sequence[Any]) -> list[Row]:
    code, name, english, *_ = entry
    column, row = entry[6]
    return [
        {
            "code": code, "name": name, "short_name": name[2], "english": english,
            "tile_column": column, "tile_row": row,
        },
        {"code": f"{code[:2]}0100", "name": f"{name[:3]}市", "short_name": name[2], "english": f"{english} City"},
    ]  # fmt: skip


def _agency(entry: Sequence[Any]) -> Row:
    return {
        "key": f"lead-{entry[0]}", "name": f"{entry[1]}发展改革委（虚构）", "role": "lead",
        "province": entry[0], "mechanism": "月度调度",
    }  # fmt: skip


def _platform(entry: Sequence[Any]) -> Row:
    return {
        "province": entry[0], "name": f"{entry[1]}能耗在线监测平台（虚构）", "mode": entry[3],
        "operation_assured": entry[5] > 0.5, "filed_on": dt.date(2019, 5, 20),
    }  # fmt: skip


def _unit(unit: InventedUnit) -> Row:
    number = unit.seed
    return {
        "credit_code": unit.code, "name": unit.name, "region": f"{unit.province[:2]}0100",
        "industry": unit.industry, "tier": TIERS[number % len(TIERS)], "roster_batch": 1 + number % 3,
    }  # fmt: skip


def _gas_coefficient(unit: InventedUnit, since: dt.date) -> Row:
    return {
        "variety": "011500", "basis": "calorific", "kgce": GAS_KGCE, "edition": "unit's own measurement (invented)",
        "since": since, "unit": unit.code,
    }  # fmt: skip
