"""The data code (数据编码, dataCode): 16 digits that say what a reading measures (NHJC-02, read from clients).

Written `PP-UU-TTNN-CCVVVV-YY` or without the hyphens. Live configurations hold malformed ones; the error names
the faulty segment so that somebody can mend it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from graph.errors import MalformedCode

SEGMENTS = (
    ("process (PP)", 2),
    ("process unit (UU)", 2),
    ("equipment (TTNN)", 4),
    ("class and variety (CCVVVV)", 6),
    ("use (YY)", 2),
)
LENGTH = sum(length for _, length in SEGMENTS)
OUTPUT_USE = "30"  # production rather than consumption (read)


class Scope(IntEnum):
    """What part of the unit a reading covers (采集范围 scope, NHJC-04)."""

    PLANT = 1
    PROCESS = 2
    PROCESS_UNIT = 3
    EQUIPMENT = 4


class DataClass(IntEnum):
    """The class of a data item (数据分类 CC)."""

    PRIMARY_ENERGY = 1
    SECONDARY_ENERGY = 2
    WORKING_MEDIUM = 3
    NON_ENERGY_PRODUCT = 4
    PRIMARY_COEFFICIENT = 5
    SECONDARY_COEFFICIENT = 6
    WORKING_MEDIUM_COEFFICIENT = 7
    EFFICIENCY = 8
    BUSINESS = 9
    OTHER = 10

    @property
    def adds_up(self) -> bool:
        """Whether values of shorter periods, added, are the value of the longer one (可累加).

        What is used or made adds up (01 to 04). A coefficient or an efficiency of a month is no sum of its days; what
        business and other items hold is not known, and a sum that is wrong is worse than none. All of it assumed.
        """
        return self <= DataClass.NON_ENERGY_PRODUCT


@dataclass(frozen=True, order=True)
class DataCode:
    """Sixteen digits, hyphens dropped. Raises MalformedCode naming the segment at fault."""

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != LENGTH or not self.digits.isascii() or not self.digits.isdigit():
            raise MalformedCode("data code", self.digits, "whole", f"expected {LENGTH} digits")
        try:
            DataClass(int(self.digits[8:10]))
        except ValueError as fault:
            raise MalformedCode(
                "data code", self.digits, "class (CC)", f"{self.digits[8:10]} is none of 01 to 10"
            ) from fault

    @classmethod
    def parse(cls, text: str) -> DataCode:
        """From either written form: five groups joined by hyphens, or 16 digits."""
        if "-" not in text:
            return cls(text)
        groups = text.split("-")
        for (segment, length), group in zip(SEGMENTS, groups, strict=False):
            if len(group) != length or not re.fullmatch(r"[0-9]+", group):
                why = f"expected {length} digits, came {group[:24]!r}"
                raise MalformedCode("data code", text, segment, why)
        if len(groups) != len(SEGMENTS):
            why = f"expected {len(SEGMENTS)} groups, came {len(groups)}"
            raise MalformedCode("data code", text, "whole", why)
        return cls("".join(groups))

    @property
    def process(self) -> str:
        """PP; 00 is the plant. What a number means depends on the industry."""
        return self.digits[0:2]

    @property
    def process_unit(self) -> str:
        """UU; 00 when the reading covers a plant or a process."""
        return self.digits[2:4]

    @property
    def equipment(self) -> str:
        """TTNN, equipment type and number; 0000 above equipment."""
        return self.digits[4:8]

    @property
    def data_class(self) -> DataClass:
        """CC."""
        return DataClass(int(self.digits[8:10]))

    @property
    def variety(self) -> str:
        """CCVVVV, the key of the variety table; VVVV 0000 is comprehensive energy."""
        return self.digits[8:14]

    @property
    def use(self) -> str:
        """YY; 30 is output, the rest is configuration."""
        return self.digits[14:16]

    @property
    def scope(self) -> Scope:
        """The scope that follows from the filled segments: the finest one decides."""
        if self.equipment != "0000":
            return Scope.EQUIPMENT
        if self.process_unit != "00":
            return Scope.PROCESS_UNIT
        return Scope.PLANT if self.process == "00" else Scope.PROCESS

    def check_scope(self, declared: Scope) -> None:
        """UU is 00 when the scope is 1 or 2, TTNN is 0000 when it is 1 to 3, PP is 00 when it is 1 and not when it is 2.

        Raises MalformedCode naming the segment.
        """
        if declared <= Scope.PROCESS and self.process_unit != "00":
            raise MalformedCode(
                "data code", str(self), "process unit (UU)", f"must be 00 at scope {declared:d}"
            )
        if declared <= Scope.PROCESS_UNIT and self.equipment != "0000":
            raise MalformedCode(
                "data code", str(self), "equipment (TTNN)", f"must be 0000 at scope {declared:d}"
            )
        if declared is Scope.PLANT and self.process != "00":
            raise MalformedCode("data code", str(self), "process (PP)", "must be 00 at scope 1")
        if declared is Scope.PROCESS and self.process == "00":
            why = "00 is the whole plant, expected a process at scope 2"
            raise MalformedCode("data code", str(self), "process (PP)", why)

    def __str__(self) -> str:
        d = self.digits
        return f"{d[0:2]}-{d[2:4]}-{d[4:8]}-{d[8:14]}-{d[14:16]}"
