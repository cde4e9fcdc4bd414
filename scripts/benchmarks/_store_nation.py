"""An invented nation read once a day: what its registry says, and its readings as judged batches.

Each unit has 100 points: five of the plant as a whole, one an energy, and 95 electricity meters of equipment. A value
follows from its point, its day and how often it was corrected, so runs are equal. Everything is made as columns: a
batch must cost little beside its commit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES, reference_coefficients
from graph.model.period import Granularity, midnight
from graph.model.reading import JUDGED, REJECTIONS, VALUE, VERDICTS, Origin
from graph.model.unit import Tier
from graph.ports import Judged

UNITS = 17_000  # with 100 points each, 1.7 million readings a day
POINTS = 100  # of a unit
PROVINCES = 10  # divisions 90 to 99 are invented
PLANT_CODES = tuple(f"00000000{variety}11" for variety in ("023300", "010100", "011500", "022100", "023200"))
PLANT_POINTS = len(PLANT_CODES)
_METERS_A_PROCESS = 19
_METER_CODES = tuple(
    f"{1 + meter // _METERS_A_PROCESS:02d}0101{1 + meter % _METERS_A_PROCESS:02d}02330011"
    for meter in range(POINTS - PLANT_POINTS)
)
CODES = tuple(DataCode(digits) for digits in (*PLANT_CODES, *_METER_CODES))

VALUES = 100_000_000  # ten thousand whole units in steps of the fourth digit
CORRECTION = 10_000  # one whole unit more: a corrected value always differs
_DAY_US = 86_400_000_000
_EPOCH = dt.date(1970, 1, 1)
_FIRST_MIDNIGHT_US = int(midnight(_EPOCH).timestamp()) * 1_000_000
_SECTIONS, _TIERS = ("C", "D"), tuple(Tier)
_RECEIVED_AFTER = dt.timedelta(hours=2)  # after the day it tells of has ended

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Nation:
    """So many units, numbered from 1, in ten provinces of equal size (hub.stores.readings.mirror.Dimensions)."""

    units: int = UNITS

    @property
    def province_units(self) -> int:
        """How many units a province has."""
        return self.units // PROVINCES

    def province(self, index: int) -> range:
        """The units of one province, 0 to 9."""
        return range(1 + index * self.province_units, 1 + (index + 1) * self.province_units)

    def region_of(self, unit: int) -> str:
        """The first two digits of a unit's division."""
        return str(90 + (unit - 1) // self.province_units)

    @cached_property
    def credit_codes(self) -> list[str]:
        """Of every unit, in their order."""
        units = range(1, self.units + 1)
        return [CreditCode.of_body(f"91{self.region_of(unit)}0100MA{unit:07d}").text for unit in units]

    def revision(self) -> int:
        """Never moves."""
        return 1

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """Units, points and coefficients; made anew each time, so that nothing of it stays in memory."""
        return self.revision(), self._units(), self._points(), _coefficients()

    def day(self, units: range, day: dt.date, key: str, revision: int = 0) -> Judged:
        """All readings of neighbouring units of one province on one day."""
        numbers = np.repeat(np.arange(units.start, units.stop, dtype=np.int64), POINTS)
        places = np.tile(np.arange(POINTS, dtype=np.int64), len(units))
        days = np.full(len(numbers), (day - _EPOCH).days, dtype=np.int64)
        division = self.region_of(units.start)
        unit = self.credit_codes[units.start - 1] if len(units) == 1 else None
        table = _readings(numbers, places, days, revision)
        return _judged(table, key, day, (f"{division}0000", f"{division}0100", unit))

    def scattered(self, units: Ints, places: Ints, days: list[dt.date], key: str, revision: int) -> Judged:
        """One reading of each (unit, place among its points, day): a batch of the whole nation."""
        since = np.array([(day - _EPOCH).days for day in days], dtype=np.int64)
        return _judged(_readings(units, places, since, revision), key, max(days), (None, None, None))

    def _units(self) -> pa.Table:
        numbers = range(1, self.units + 1)
        divisions = [self.region_of(unit) for unit in numbers]
        cities = [f"{division}0100" for division in divisions]
        return pa.table(
            {
                "unit_id": pa.array(numbers, pa.int32()),
                "credit_code": self.credit_codes,
                "province": [f"{division}0000" for division in divisions],
                "city": cities,
                "region": cities,
                "section": [_SECTIONS[unit % len(_SECTIONS)] for unit in numbers],
                "tier": [_TIERS[unit % len(_TIERS)].value for unit in numbers],
                "name": [f"虚构单位{unit}" for unit in numbers],
            }
        )

    def _points(self) -> pa.Table:
        units = np.repeat(np.arange(1, self.units + 1, dtype=np.int32), POINTS)
        places = np.tile(np.arange(POINTS, dtype=np.int32), self.units)
        each = {
            "data_code": pa.array([code.digits for code in CODES]),
            "variety": pa.array([code.variety for code in CODES]),
            "kind": pa.array([VARIETIES[code.variety].kind.value for code in CODES]),
            "scope": pa.array([int(code.scope) for code in CODES], pa.int8()),
        }
        return pa.table(
            {
                "unit_id": units,
                "point_id": point_ids(places),
                **{name: column.take(pa.array(places)) for name, column in each.items()},
                "granularity": pa.repeat(Granularity.DAY.value, len(units)),
                "since": pa.repeat(pa.scalar(dt.date(2020, 1, 1), pa.date32()), len(units)),
                **dict.fromkeys(("waived_from", "waived_until"), pa.nulls(len(units), pa.date32())),
                "until": pa.nulls(len(units), pa.date32()),
                "state": pa.repeat("active", len(units)),
            }
        )


def point_ids(places: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The point at a place of a unit; as in the registry, each unit counts its own from 1."""
    return places + np.int32(1)


def _readings(units: Ints, places: Ints, days: Ints, revision: int) -> pa.Table:
    count = len(units)
    points = point_ids(places.astype(np.int32))
    columns = {
        "row": np.arange(1, count + 1, dtype=np.int32),
        "unit_id": units.astype(np.int32),
        "point_id": points,
        "granularity": np.full(count, Granularity.DAY.number, dtype=np.int8),
        "start": pa.array(days * _DAY_US + _FIRST_MIDNIGHT_US).cast(pa.timestamp("us")),
        "value": _decimals(mixed(units * POINTS + places, days) + revision * CORRECTION),
        "version": pa.nulls(count, pa.int64()),
        "origin": np.full(count, Origin.INSTRUMENT.number, dtype=np.int8),
    }
    return pa.table(columns, schema=JUDGED)


def mixed(places: Ints, days: Ints) -> Ints:
    """Numbers below VALUES that look random: the finaliser of splitmix64 over a unit's point and a day."""
    lane = places.astype(np.uint64) << np.uint64(32) | days.astype(np.uint64)
    lane = (lane ^ lane >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    lane = (lane ^ lane >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return ((lane ^ lane >> np.uint64(31)) % np.uint64(VALUES)).astype(np.int64)


def _decimals(scaled: Ints) -> pa.Array:
    """Whole numbers of the fourth digit as decimals: each widened to 16 bytes, its sign carried upwards."""
    words = np.empty((len(scaled), 2), dtype="<i8")
    words[:, 0] = scaled
    words[:, 1] = scaled >> 63
    return pa.Array.from_buffers(VALUE, len(scaled), [None, pa.py_buffer(words)])


def _judged(
    table: pa.Table, key: str, day: dt.date, place: tuple[str | None, str | None, str | None]
) -> Judged:
    province, region, unit = place
    return Judged(
        source="bench", key=key, digest=hashlib.sha256(key.encode()).hexdigest(),
        received_at=midnight(day + dt.timedelta(days=1)) + _RECEIVED_AFTER,
        province=province, region=region, unit=unit, table=table,
        verdicts=VERDICTS.empty_table(), rejections=REJECTIONS.empty_table(),
    )  # fmt: skip


def _coefficients() -> pa.Table:
    rows = [
        {
            "variety": c.variety, "basis": c.basis.value, "kgce": c.kgce, "edition": c.edition,
            "since": c.since, "until": c.until, "unit": c.unit, "source": c.source.value,
        }
        for c in reference_coefficients()
    ]  # fmt: skip
    schema = pa.schema(
        {
            "variety": pa.string(), "basis": pa.string(), "kgce": pa.decimal128(18, 6), "edition": pa.string(),
            "since": pa.date32(), "until": pa.date32(), "unit": pa.string(), "source": pa.string(),
        }
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)
