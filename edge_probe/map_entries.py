"""What a meter's map may say of a quantity that is not in registers: a data identifier of DL/T 645, or a figure people type.

Their ways of being read have nothing in common with registers; what they count is told in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edge_probe.dlt645 import bcd_value, identifier_octets
from edge_probe.fields import Fields
from graph.errors import SourceMalformed

RATES = {"kW": "kWh", "m3/h": "m3", "t/h": "t", "GJ/h": "GJ"}  # and what an hour of each counts
PULSE = "pulse"  # what it stands for is the meter's, and told with each point
UNITS = (*RATES, *RATES.values(), "kvarh", "kvar", "kVA", "V", "A", "Hz", "ratio", "number", PULSE)
COUNTED_UNITS = ("kWh", "m3", "GJ", "t")  # the native units that data codes are counted in
OCTETS_MAX = 8  # the longest figure: sixteen digits
BLOCK_OCTETS_MAX = 4096  # where a figure may begin within a block that comes in several frames
DIGITS_MAX = 12  # before the point of a figure people type: no counter shows more
DECIMALS_MAX = 4  # a hub keeps four


@dataclass(frozen=True)
class Identified:
    """A figure under a data identifier (数据标识), `at` so many octets behind its beginning where that is a block."""

    name: str
    identifier: str
    at: int
    octets: int
    decimals: int
    signed: bool
    unit: str
    counter: bool

    @property
    def rolls_at(self) -> Decimal | None:
        """At what figure its digits begin at 0 again."""
        return None if self.signed else Decimal(10) ** (2 * self.octets - self.decimals)

    def value(self, data: bytes) -> Decimal:
        """The figure in what came under the identifier. Raises SourceMalformed."""
        if len(data) < self.at + self.octets:
            expected = f"at least {self.at + self.octets} octets under {self.identifier}"
            raise SourceMalformed(f"{self.name}: expected {expected}, came {len(data)}")
        return bcd_value(data[self.at : self.at + self.octets], self.decimals, signed=self.signed)


@dataclass(frozen=True)
class Typed:
    """A figure that a person reads off a meter: so many digits before the point, so many behind it."""

    name: str
    digits: int
    decimals: int
    unit: str
    counter: bool = True

    @property
    def rolls_at(self) -> Decimal:
        """At what figure its digits begin at 0 again."""
        return Decimal(10) ** self.digits


def identified(name: str, fields: Fields) -> Identified:
    """`[identifiers.NAME]` of a map; what is wrong with it goes to the faults."""
    code = fields.checked("identifier", _identifier) or "00000000"
    octets = fields.whole("octets", 1, OCTETS_MAX)
    at = fields.whole("at", 0, BLOCK_OCTETS_MAX, 0)
    decimals = fields.whole("decimals", 0, 2 * OCTETS_MAX)
    if decimals > 2 * octets:
        fields.fault(
            "decimals", f"expected at most {2 * octets}, the digits of {octets} octets, came {decimals}"
        )
    signed, counter = fields.flag("signed", default=False), fields.flag("counter", default=False)
    unit = fields.one_of("unit", UNITS)
    check_counted(fields, unit, counter=counter)
    fields.finish()
    return Identified(name, code, at, octets, decimals, signed, unit, counter)


def typed(name: str, fields: Fields) -> Typed:
    """`[typed.NAME]` of a map."""
    digits, decimals = fields.whole("digits", 1, DIGITS_MAX), fields.whole("decimals", 0, DECIMALS_MAX)
    unit = fields.one_of("unit", UNITS)
    check_counted(fields, unit, counter=True)
    fields.finish()
    return Typed(name, digits, decimals, unit)


def measured(fields: Fields) -> tuple[Decimal, str, bool]:
    """`scale`, `unit` and `counter` of a figure that comes as a number; what is wrong with them goes to the faults."""
    scale = fields.number("scale", "-1e9", "1e9", "1")
    if scale == 0:
        fields.fault("scale", "must not be 0")
    counter, unit = fields.flag("counter", default=False), fields.one_of("unit", UNITS)
    check_counted(fields, unit, counter=counter)
    return scale, unit, counter


def check_counted(fields: Fields, unit: str, *, counter: bool) -> None:
    """A counter counts what data codes count."""
    if counter and unit in UNITS and unit not in (*COUNTED_UNITS, "kvarh", PULSE):
        fields.fault("unit", f"a counter counts {', '.join(COUNTED_UNITS)}, kvarh or {PULSE}, came {unit!r}")


def _identifier(text: str) -> str:
    return identifier_octets(text)[::-1].hex().upper()
