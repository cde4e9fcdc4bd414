"""Energy kinds, varieties and coefficients (能源种类、品种、折标系数).

Varieties and their numbers are NHJC-02's (read); reference coefficients are GB/T 2589-2020 appendix A's
(unverified, so rows of data that a deployment can replace, each naming its edition).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from graph.errors import InvalidInput, NotFound


class EnergyKind(StrEnum):
    """The five energies the order names (石油、煤炭、电力、天然气、热力), and what is none of them."""

    COAL = "coal"
    OIL = "oil"
    NATURAL_GAS = "natural_gas"
    ELECTRICITY = "electricity"
    HEAT = "heat"
    OTHER = "other"


class NativeUnit(StrEnum):
    """The unit a variety is measured and summed in (计量单位)."""

    TONNE = "t"
    CUBIC_METRE = "m3"
    KILOWATT_HOUR = "kWh"
    GIGAJOULE = "GJ"


class Basis(StrEnum):
    """Which coal equivalent: calorific (当量, the heat in it) or equivalent (等价, the heat it took to make).

    The two never mix in one figure; only electricity differs much.
    """

    CALORIFIC = "calorific"
    EQUIVALENT = "equivalent"


KGCE_BELOW = 1_000_000  # hydrogen, the richest fuel, has some 4 100 kgce a tonne; more is a slip of units


class CoefficientSource(StrEnum):
    """Where a coefficient comes from (系数来源), in the order in which they count.

    What a unit measured itself (实测值), then the energy dictionary in use (能源字典), then the standard's reference
    value (标准参考值).
    """

    MEASURED = "measured"
    DICTIONARY = "dictionary"
    STANDARD = "standard"

    @classmethod
    def unsaid(cls, unit: str | None) -> CoefficientSource:
        """What a coefficient is whose source was not said: a named unit measured it, else it is the standard's."""
        return cls.STANDARD if unit is None else cls.MEASURED

    @property
    def rank(self) -> int:
        """Its place in the order, from 0; the lowest counts."""
        return list(CoefficientSource).index(self)


@dataclass(frozen=True, order=True)
class Variety:
    """An energy variety (能源品种): class and variety digits of a data code, its kind and native unit."""

    code: str
    name: str
    english: str
    kind: EnergyKind
    unit: NativeUnit


_T, _M3, _KWH, _GJ = NativeUnit
_C, _O, _G, _E, _H, _X = EnergyKind

# fmt: off
_VARIETIES = [
    ("010100", "原煤", "raw coal", _C, _T), ("010102", "无烟煤", "anthracite", _C, _T),
    ("010103", "炼焦烟煤", "coking coal", _C, _T), ("010104", "一般烟煤", "bituminous coal", _C, _T),
    ("010105", "褐煤", "lignite", _C, _T), ("011500", "天然气", "natural gas", _G, _M3),
    ("011800", "原油", "crude oil", _O, _T), ("020600", "洗精煤", "washed coal", _C, _T),
    ("020700", "其它洗煤", "other washed coal", _C, _T), ("020800", "煤制品", "coal products", _C, _T),
    ("020900", "焦炭", "coke", _C, _T), ("021000", "其它焦化产品", "other coking products", _C, _T),
    ("021100", "焦炉煤气", "coke oven gas", _C, _M3), ("021200", "高炉煤气", "blast furnace gas", _C, _M3),
    ("021300", "转炉煤气", "converter gas", _C, _M3), ("021400", "发生炉煤气", "producer gas", _C, _M3),
    ("021600", "液化天然气", "liquefied natural gas", _G, _T), ("021700", "煤层气", "coalbed methane", _G, _M3),
    ("021900", "汽油", "gasoline", _O, _T), ("022000", "煤油", "kerosene", _O, _T),
    ("022100", "柴油", "diesel", _O, _T), ("022200", "燃料油", "fuel oil", _O, _T),
    ("022300", "液化石油气", "liquefied petroleum gas", _O, _T), ("022400", "炼厂干气", "refinery gas", _O, _T),
    ("022500", "石脑油", "naphtha", _O, _T), ("022600", "润滑油", "lubricants", _O, _T),
    ("022700", "石蜡", "paraffin", _O, _T), ("022800", "溶剂油", "solvent oil", _O, _T),
    ("022900", "石油焦", "petroleum coke", _O, _T), ("023000", "石油沥青", "bitumen", _O, _T),
    ("023100", "其他石油制品", "other petroleum products", _O, _T), ("023200", "热力", "heat", _H, _GJ),
    ("023300", "电力", "electricity", _E, _KWH), ("023400", "煤矸石", "coal gangue", _C, _T),
    ("023500", "城市垃圾", "municipal waste", _X, _T), ("023600", "生物质", "biomass", _X, _T),
    ("023700", "余热余压", "waste heat and pressure", _X, _GJ), ("023800", "其它工业废料", "industrial waste", _X, _T),
    ("023900", "其它燃料", "other fuels", _X, _T), ("024000", "乙醇燃料", "fuel ethanol", _X, _T),
]
# fmt: on

VARIETIES = {row[0]: Variety(*row) for row in _VARIETIES}


def variety(code: str) -> Variety:
    """The variety of a data code's CCVVVV digits. Raises NotFound for one the tables do not know."""
    try:
        return VARIETIES[code]
    except KeyError as fault:
        raise NotFound(f"no energy variety has the code {code[:12]!r}") from fault


_BY_UNIT: Any = None  # a source that was left out


@dataclass(frozen=True)
class Coefficient:
    """What one native unit of a variety is worth in coal equivalent (折标系数), for some days.

    `kgce` is in kilograms of coal equivalent per native unit (kgce/t, kgce/m3, kgce/kWh, kgce/GJ).
    `unit` is a credit code where the value was measured by that unit (实测), None where it is everybody's.
    Valid from `since` up to, not including, `until`; None is open. A `source` left out follows from `unit`.
    """

    variety: str
    basis: Basis
    kgce: Decimal
    edition: str
    since: dt.date
    until: dt.date | None = None
    unit: str | None = None
    source: CoefficientSource = _BY_UNIT

    def __post_init__(self) -> None:
        variety(self.variety)
        if self.source is _BY_UNIT:
            object.__setattr__(self, "source", CoefficientSource.unsaid(self.unit))
        if (self.source is CoefficientSource.MEASURED) != (self.unit is not None):
            raise InvalidInput(
                f"a measured coefficient names its unit and no other does; came {self.source.value} of "
                f"{self.unit or 'no unit'} for {self.variety}"
            )
        if not self.kgce.is_finite() or self.kgce < 0:
            raise InvalidInput(f"a coefficient is not negative; came {self.kgce} for {self.variety}")
        if self.kgce >= KGCE_BELOW:
            raise InvalidInput(
                f"a coefficient is below {KGCE_BELOW:,} kgce; came {self.kgce} for {self.variety}"
            )
        if self.until is not None and self.until <= self.since:
            raise InvalidInput(f"coefficient {self.variety} ends {self.until}, before it begins {self.since}")

    def holds_on(self, day: dt.date) -> bool:
        """Whether it is valid on that day."""
        return self.since <= day and (self.until is None or day < self.until)


def coefficient_for(
    rows: Iterable[Coefficient], variety_code: str, basis: Basis, day: dt.date, unit: str | None = None
) -> Coefficient | None:
    """The one that counts: measured by the unit, else the dictionary's, else the standard's; of these the newest.

    None when nothing is valid that day: a range-valued variety without the unit's measured value, or an
    equivalent figure nobody has published. Never a value of the other basis.
    """
    fitting = [
        row
        for row in rows
        if row.variety == variety_code
        and row.basis is basis
        and row.holds_on(day)
        and row.unit in (None, unit)
    ]
    return max(fitting, key=lambda row: (-row.source.rank, row.since, row.edition), default=None)


REFERENCE_EDITION = "GB/T 2589-2020 A"
_SINCE = dt.date(2000, 1, 1)

# variety -> kgce per native unit. Gases whose reference is a range stand at no value: the unit measures its own.
_REFERENCE = {
    "010100": "714.3", "020600": "900.0", "020900": "971.4", "011800": "1428.6", "022200": "1428.6",
    "021900": "1471.4", "022000": "1471.4", "022100": "1457.1", "022300": "1714.3", "022400": "1571.4",
    "021600": "1757.2", "021200": "0.1286", "021300": "0.2714", "021400": "0.1786", "023200": "34.12",
    "023300": "0.1229",
}  # fmt: skip


def reference_coefficients() -> tuple[Coefficient, ...]:
    """GB/T 2589-2020's calorific reference values, as first rows of a new registry."""
    return tuple(
        Coefficient(code, Basis.CALORIFIC, Decimal(kgce), REFERENCE_EDITION, _SINCE)
        for code, kgce in _REFERENCE.items()
    )
