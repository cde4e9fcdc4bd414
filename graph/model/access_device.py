"""Access devices (接入端设备): what sends a unit's readings over a link, whether it may, and when of the night it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput

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
