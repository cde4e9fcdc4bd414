"""Access devices (接入端设备): what sends a unit's readings over a link, whether it may, and when of the night it does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode

NIGHT_BEGINS_S, NIGHT_ENDS_S = 30 * 60, 5 * 3600 + 30 * 60  # 00:30 to 05:30, when the day before is whole
PLACE_BITS = 31  # of a place: more devices than there are units of any kind


class DeviceState(StrEnum):
    """Whether what a device sends counts: it waits for its province, was approved or refused (待审核、已通过、已拒绝)."""

    AWAITING = "awaiting"
    APPROVED = "approved"
    REFUSED = "refused"


class Approval(StrEnum):
    """Whether a link's devices need their province's word before what they send counts (需审核、自动通过)."""

    NEEDED = "needed"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class AccessDevice:
    """A unit's device on a link, as its province decided of it."""

    unit: CreditCode
    link: str
    state: DeviceState = DeviceState.AWAITING
    why: str | None = None

    def __post_init__(self) -> None:
        if self.state is DeviceState.REFUSED and self.why is None:
            raise InvalidInput("a device is refused with a reason, which it is told", "why")


@dataclass(frozen=True)
class DayOfDevice:
    """What of a Beijing day a device sent while it waited, judged as though its points were active (首日质量).

    `fitting` of the rows could be stored; `refused` and `suspected` count rows by the rule that found them.
    """

    day: dt.date
    rows: int
    fitting: int
    refused: Mapping[str, int] = field(default_factory=dict)
    suspected: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: DayOfDevice) -> DayOfDevice:
        return DayOfDevice(
            self.day,
            self.rows + other.rows,
            self.fitting + other.fitting,
            _summed(self.refused, other.refused),
            _summed(self.suspected, other.suspected),
        )


def _summed(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in sorted({*first, *second})}


@dataclass(frozen=True)
class DeviceSays:
    """What a device says of its unit (设备自报), as texts of JSON objects.

    `said` may be seen by whoever sees the device; `telephones` are how to reach persons, by field; `problems` what is wrong
    with all of it, by place.
    """

    said: str
    telephones: str
    problems: str


# Words of the protocol's own fields (read), and what else a field for a telephone may be called (assumed).
_TELEPHONES = re.compile(
    "phone|mobile|tel|fax|mail|qq|wechat|weixin|contact|dianhua|shouji|lxdh|lxfs|电话|手机|传真|邮箱|微信|联系",
    re.IGNORECASE,
)


def is_telephone(field: str) -> bool:
    """Whether a field of a configuration tells how to reach a person, by its name (energyRespPhone, email)."""
    return _TELEPHONES.search(field) is not None


@dataclass(frozen=True)
class SaidField:
    """What a device says of its unit beside what the registry says of it (自报与登记).

    `differs` is None where the registry holds nothing to compare with.
    """

    field: str
    said: str
    registered: str | None
    differs: bool | None


# The enterprise's fields as NHJC-04 calls them, and the registry's column each is compared with.
COMPARED: Mapping[str, str] = MappingProxyType(
    {"code": "credit_code", "name": "name", "industryCode": "industry", "regionCode": "region"}
)


def beside(said: Mapping[str, str], registered: Mapping[str, str | None]) -> list[SaidField]:
    """Each field a device says, beside the column of its unit; what differs comes first."""
    found = []
    for name, value in said.items():
        held = registered.get(COMPARED[name]) if name in COMPARED else None
        differs = None if held is None else value.strip().upper() != held.strip().upper()
        found.append(SaidField(name, value, held, differs))
    order = {True: 0, False: 1, None: 2}
    return sorted(found, key=lambda each: order[each.differs])


@dataclass(frozen=True)
class Slot:
    """When of the night a device uploads (上传时间), in seconds of the Beijing day.

    It follows from the device's place, its number in the order of registering from 0: the place's binary digits, read
    backwards, are a fraction of the night. So n devices always stand evenly: of the gaps between neighbours, the night
    being taken as a circle, the largest is at most twice the smallest, whatever n (before whole seconds are cut off).
    """

    second: int

    @classmethod
    def of_place(cls, place: int) -> Slot:
        """The slot of a place. Raises InvalidInput for one that none has."""
        if not 0 <= place < 1 << PLACE_BITS:
            raise InvalidInput(f"came {place}, expected 0 to {(1 << PLACE_BITS) - 1}", "place")
        backwards = int(f"{place:0{PLACE_BITS}b}"[::-1], 2)
        return cls(NIGHT_BEGINS_S + ((NIGHT_ENDS_S - NIGHT_BEGINS_S) * backwards >> PLACE_BITS))

    def __str__(self) -> str:
        return f"{self.second // 3600:02d}:{self.second // 60 % 60:02d}:{self.second % 60:02d}"
