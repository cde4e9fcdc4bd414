"""The invented nation whose provinces hand in their days: 31 of them, their units and points, their readings as columns.

Every unit has the hundred points of `_store_nation`. What a registry would hold of them is written into its tables at
once: an upsert checks and audits row by row, and 1.7 million of them would take longer than all that is measured.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from sqlalchemy import select, true

from graph.model.credit_code import CreditCode
from graph.model.period import Granularity, midnight
from graph.model.reading import EXCHANGED, INSTANT, VALUE
from hub.settings import Settings
from hub.stores.readings.lanes import decimals
from hub.stores.registry.database import open_engine, writing
from hub.stores.registry.tables import T
from hub.wiring import open_registry
from scripts.benchmarks._access_nation import NUMBERS
from scripts.benchmarks._store_nation import CODES, CORRECTION, POINTS, mixed

UNITS = 17_000
WHO = "bench"
SINCE = dt.date(2020, 1, 1)  # long before any day of a run
VERSION_AFTER = dt.timedelta(days=1, hours=2)  # a source writes a day's value when it is over


@dataclass(frozen=True)
class Province:
    """A province by its number, with so many units."""

    number: int
    units: int

    @property
    def code(self) -> str:
        """Six digits."""
        return f"{self.number}0000"

    @property
    def city(self) -> str:
        """Where all its units lie."""
        return f"{self.number}0100"

    @cached_property
    def credit_codes(self) -> list[str]:
        """Of its units."""
        return [CreditCode.of_body(f"91{self.city}MA{unit:07d}").text for unit in range(self.units)]

    @property
    def regions(self) -> list[dict[str, str]]:
        """Itself and its city, for a registry."""
        names = ((self.code, "省"), (self.city, "市"))
        return [
            {
                "code": code, "name": f"虚构{self.number}{kind}", "short_name": str(self.number),
                "english": f"Invented {self.number}",
            }
            for code, kind in names
        ]  # fmt: skip

    def day(self, day: dt.date, revision: int = 0, units: range | None = None) -> pa.Table:
        """What all points of all units, or of some, used on a day, as EXCHANGED; each revision says other values."""
        told = units or range(self.units)
        numbers = np.repeat(np.arange(told.start, told.stop, dtype=np.int64), POINTS)
        places = np.tile(np.arange(POINTS, dtype=np.int64), len(told))
        rows = len(numbers)
        days = np.full(rows, day.toordinal(), np.int64)
        used = mixed((self.number * UNITS + numbers) * POINTS + places, days) + revision * CORRECTION
        version = midnight(day) + VERSION_AFTER + dt.timedelta(seconds=revision)
        columns = {
            "unit": pa.array(self.credit_codes[told.start : told.stop]).take(pa.array(numbers - told.start)),
            "data_code": pa.array([code.digits for code in CODES]).take(pa.array(places)),
            "granularity": pa.repeat(Granularity.DAY.value, rows),
            "start": pa.repeat(pa.scalar(midnight(day), INSTANT), rows),
            "value": decimals(used, VALUE),
            "version": pa.repeat(pa.scalar(version, INSTANT), rows),
            "origin": pa.repeat("instrument", rows),
        }
        return pa.table(columns, schema=EXCHANGED)


def provinces(many: int, units: int) -> list[Province]:
    """So many provinces that share so many units as evenly as may be."""
    each, more = divmod(units, many)
    return [Province(number, each + (place < more)) for place, number in enumerate(NUMBERS[-many:])]


def register(settings: Settings, told: Sequence[Province]) -> None:
    """Make a registry with these provinces and all their units and points."""
    regions = [row for province in told for row in province.regions]
    with closing(open_registry(settings, regions=regions)) as registry:
        for province in told:
            rest = {"region": province.city, "industry": "C31", "tier": "thousand"}
            names = ((code, f"虚构单位{code[-8:]}") for code in province.credit_codes)
            registry.upsert(
                "unit", [{"credit_code": code, "name": name, **rest} for code, name in names], WHO
            )
        model = {"unit": told[0].credit_codes[0], "granularity": Granularity.DAY.value, "since": SINCE}
        registry.upsert("data_point", [{**model, "code": code.digits} for code in CODES], WHO)
    _copy_points(settings)


def _copy_points(settings: Settings) -> None:
    """What the one unit that has points has, for every other one, by one statement."""
    unit, point = T["unit"].c, T["data_point"]
    copied = [column for column in point.columns if column.name not in ("id", "unit_id")]
    without = unit.id.not_in(select(point.c.unit_id))
    every = select(unit.id, *copied).select_from(T["unit"].join(point, true())).where(without)
    rows = every.order_by(unit.id, point.c.point_id)
    engine = open_engine(settings.registry_url)
    try:
        with writing(engine) as connection:
            connection.execute(
                point.insert().from_select(["unit_id", *(column.name for column in copied)], rows)
            )
    finally:
        engine.dispose()
