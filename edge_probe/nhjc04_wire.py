"""How NHJC-04 is written by who sends: settings of a platform, and the rows and items of its messages.

Source: what clients in the field send (read). A platform differs from another in the polarity of `valid`, the length of a
real-time period, whether data codes have hyphens and whether numbers are text; it never differs by code. A value whose
origin the protocol has no word for (our estimates) goes under the number that the settings name (assumed).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from graph.errors import InvalidInput
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, Granularity
from graph.model.virtual_meter import Term

Message: TypeAlias = dict[str, Any]

INPUT_TYPES = 7  # inputType 1 to 7
OF_A_SYSTEM = 1  # inputType 1, a management system: what worked out an estimate
FIELD_INSTRUMENT = 4
REALTIME = {15: Granularity.QUARTER_HOUR, 60: Granularity.HOUR}
VALID_WORDS: Mapping[str, Any] = {"0": 0, "1": 1, "true": True, "false": False}
WITHOUT = "none"  # of `valid`: the platform asks for no such field
STAT_TYPES = {Granularity.DAY: 1, Granularity.MONTH: 2, Granularity.YEAR: 3}
# fmt: off
ENTERPRISE_WORDS = (
    "name", "typeCode", "typeName", "industryCode", "regionCode", "regionName", "fieldCode", "fieldName", "corporationCode",
    "corporationName", "registerDate", "center", "jgzh", "energyConsumeLevel", "latitude", "longitude", "phone", "zipCode",
    "address", "url", "email", "fax", "leadingProduct", "productionLine", "energyOffice", "energyOfficial",
    "energyOfficialPosition", "energyOfficialPhone", "energyRespName", "energyRespPhone", "energyPass", "passDate",
    "passOrg", "remark",
)
# fmt: on
LATITUDES, LONGITUDES = (3, 54), (73, 136)  # China lies between


@dataclass(frozen=True)
class Wire:
    """How one platform wants the protocol written. `valid_means` is what `valid` holds for a value that is (有效)."""

    valid_means: str
    realtime_minutes: int = 15
    hyphens: bool = True
    numbers_as_text: bool = True
    estimated_as: int = OF_A_SYSTEM

    def __post_init__(self) -> None:
        if self.valid_means not in (*VALID_WORDS, WITHOUT):
            expected = f"expected one of {', '.join((*VALID_WORDS, WITHOUT))}"
            raise InvalidInput(f"came {self.valid_means!r:.32}, {expected}", "valid_means")
        if self.realtime_minutes not in REALTIME:
            raise InvalidInput(f"came {self.realtime_minutes}, expected 15 or 60", "realtime_minutes")
        if not 1 <= self.estimated_as <= INPUT_TYPES:
            raise InvalidInput(f"came {self.estimated_as}, expected 1 to {INPUT_TYPES}", "estimated_as")

    def stat_type(self, granularity: Granularity) -> int | None:
        """statType of a period of this length; None where the platform has no word for it."""
        return 0 if granularity is REALTIME[self.realtime_minutes] else STAT_TYPES.get(granularity)

    def code(self, digits: str) -> str:
        """A data code as the platform reads it."""
        return str(DataCode(digits)) if self.hyphens else digits

    def number(self, number: int) -> str | int:
        """A word's number as the platform reads it."""
        return str(number) if self.numbers_as_text else number

    def valid(self, *, is_valid: bool = True) -> Message:
        """The flag of a value: the platform's word for one that is valid, or the other of the two."""
        if self.valid_means == WITHOUT:
            return {}
        word = VALID_WORDS[self.valid_means]
        said = word if is_valid else type(word)(not word)
        return {"valid": said if isinstance(said, bool) else self.number(said)}


class Said(msgspec.Struct, frozen=True, gc=False):
    """One reading to be sent, which lives only until it is written. `origin` is an inputType, or 8 and 9, which are ours.

    It is not `valid` where who sent it here flagged it so.
    """

    data_code: str
    granularity: Granularity
    start: dt.datetime
    value: Decimal
    version: dt.datetime
    origin: int
    valid: bool = True


@dataclass(frozen=True)
class Item:
    """One thing a device collects, at one statistic (采集项); `terms` are the instruments that it is made of."""

    data_code: str
    name: str
    granularity: Granularity
    low: Decimal | None = None
    high: Decimal | None = None
    origin: int = FIELD_INSTRUMENT
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """What a device says it will send, and of the unit it stands in (配置)."""

    items: tuple[Item, ...]
    enterprise: Mapping[str, str] = field(default_factory=dict)

    @property
    def gauges(self) -> tuple[str, ...]:
        """The instruments that its items name, once each."""
        return tuple(dict.fromkeys(term.instrument for item in self.items for term in item.terms))


@dataclass(frozen=True)
class Unit:
    """For whom a device speaks: credit code, division, and what it configures."""

    code: str
    region: str
    configuration: Configuration


def data_row(said: Said, wire: Wire) -> Message:
    """A reading as an entry of `data`: its label the start of its period, its version the day it was written."""
    stat_type = wire.stat_type(said.granularity)
    if stat_type is None:
        raise InvalidInput(
            f"a platform of {wire.realtime_minutes} minutes takes no {said.granularity}", "statType"
        )
    return {
        "dataCode": wire.code(said.data_code),
        "dataValue": f"{said.value:f}",
        "inputType": wire.number(input_type(said.origin, wire)),
        "statType": wire.number(stat_type),
        "statDate": stamp(said.start),
        "uploadDate": stamp(said.version),
        "scope": wire.number(int(DataCode(said.data_code).scope)),
        **wire.valid(is_valid=said.valid),
    }


def input_type(origin: int, wire: Wire) -> int:
    """inputType of an origin; what the protocol has no word for goes as the settings say."""
    return origin if 1 <= origin <= INPUT_TYPES else wire.estimated_as


def config_message(unit: str, said: Configuration, wire: Wire) -> Message:
    """The configuration, but for the device's identity."""
    return {
        "collectItemConfig": [item_row(item, wire) for item in said.items],
        "enterprise": {"code": unit, **said.enterprise},
        "process": [],
        "processUnit": [],
    }


def code_parts(code: DataCode) -> dict[str, str]:
    """A data code in the seven parts that an item says it in."""
    return {
        "processCode": code.process,
        "processUnitCode": code.process_unit,
        "equipmentCode": code.equipment[:2],
        "equipmentUnitCode": code.equipment[2:],
        "energyClassCode": code.variety[:2],
        "energyTypeCode": code.variety[2:],
        "dataUsageCode": code.use,
    }


def item_row(item: Item, wire: Wire) -> Message:
    """An item as an entry of `collectItemConfig`."""
    code = DataCode(item.data_code)
    stat_type = wire.stat_type(item.granularity)
    bounds = {"dataValueMin": item.low, "dataValueMax": item.high}
    return {
        "name": item.name,
        **code_parts(code),
        "inputType": wire.number(input_type(item.origin, wire)),
        "statType": wire.number(0 if stat_type is None else stat_type),
        "scope": wire.number(int(code.scope)),
        **{key: f"{bound:f}" for key, bound in bounds.items() if bound is not None},
    }


def enterprise_faults(enterprise: Mapping[str, str]) -> list[str]:
    """What is wrong with what a unit says of itself: words the protocol has not, a place outside of China."""
    known = ", ".join(ENTERPRISE_WORDS)
    faults = [
        f"{word}: no such field; there are {known}" for word in enterprise if word not in ENTERPRISE_WORDS
    ]
    for word, (low, high) in (("latitude", LATITUDES), ("longitude", LONGITUDES)):
        if word in enterprise and not _lies_within(enterprise[word], low, high):
            faults.append(
                f"{word}: came {enterprise[word]!r:.32}, expected {low} to {high}; are the two swapped?"
            )
    return faults


def _lies_within(text: str, low: int, high: int) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def stamp(moment: dt.datetime) -> str:
    """yyyy-MM-dd HH:mm:ss in Beijing, whole seconds: what is finer is cut off."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def digest_of(message: object) -> str:
    """Tells whether a message is another than the one before."""
    return hashlib.sha256(msgspec.json.encode(message, order="sorted")).hexdigest()[:32]
