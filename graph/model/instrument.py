"""Instruments (能源计量器具) and the data points (采集点) they feed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.period import Granularity


class MeteringLevel(IntEnum):
    """Where an instrument stands (GB 17167): unit boundary, main sub-unit, main equipment (用能单位、次级、设备)."""

    UNIT_BOUNDARY = 1
    SUB_UNIT = 2
    EQUIPMENT = 3


@dataclass(frozen=True)
class Instrument:
    """A measuring instrument. `accuracy_class` as on its plate (0.5S, 1.0); calibration valid up to that day."""

    unit: CreditCode
    number: str
    type_code: str
    level: MeteringLevel
    accuracy_class: str
    calibrated_on: dt.date | None = None
    calibration_until: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.number.strip():
            raise InvalidInput("an instrument needs its number", "number")
        dates = self.calibrated_on, self.calibration_until
        if dates[0] and dates[1] and dates[1] <= dates[0]:
            raise InvalidInput(f"calibration ends {dates[1]}, not after {dates[0]}", "calibrationUntil")

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether its calibration (检定/校准) covers that day; without an end it covers none."""
        begun = self.calibrated_on is None or self.calibrated_on <= day
        return begun and self.calibration_until is not None and day < self.calibration_until


class PointState(StrEnum):
    """Whether readings of a point count: a device may propose one, the province maps it (待确认、启用、停用)."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class DataPoint:
    """One data code of one unit, due at one granularity from `since` on.

    `measure` is the unit its values are in (计量单位), as its source writes it; None is the variety's native unit, which
    a variety of the tables always has. `low` and `high` bound a single value in it (dataValueMin, dataValueMax).
    """

    unit: CreditCode
    code: DataCode
    granularity: Granularity
    since: dt.date
    until: dt.date | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    instrument: str | None = None
    state: PointState = PointState.ACTIVE
    measure: str | None = None

    def __post_init__(self) -> None:
        known = VARIETIES.get(self.code.variety)
        if known is not None and self.measure not in (None, known.unit):
            told = f"{known.english} is kept in {known.unit.value}, came {self.measure}"
            raise InvalidInput(told, str(self.code))
        for bound in (self.low, self.high):
            if bound is not None and not bound.is_finite():
                raise InvalidInput(f"the bound {bound} is not a number", str(self.code))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidInput(f"low {self.low} is above high {self.high}", str(self.code))
        if self.state is PointState.RETIRED and self.until is None:
            raise InvalidInput("a retired point needs the day it ended", str(self.code))
        if self.until is not None and self.until <= self.since:
            raise InvalidInput(f"ends {self.until}, not after {self.since}", str(self.code))
