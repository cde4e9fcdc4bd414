"""An analogue signal (4–20 mA, 0–10 V) as a gateway's register shows it: a straight line between its two ends.

What lies a little beyond an end is the end; what lies further is a broken wire or a wrong range, and no figure: a 4–20 mA
signal says 3.8 to 20.5 mA of a measurement, and a failure from 3.6 down and 21 up (NAMUR NE 43, assumed).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from edge_probe.fields import Fields
from graph.errors import SourceMalformed

BEYOND = 32  # a 32nd of its range beyond an end: 3.5 to 20.5 mA


@dataclass(frozen=True)
class Analogue:
    """What the register reads at the two ends of its range, and what that stands for."""

    raw: tuple[Decimal, Decimal]
    shows: tuple[Decimal, Decimal]

    @property
    def scale(self) -> Decimal:
        """How much one of the register is."""
        return (self.shows[1] - self.shows[0]) / (self.raw[1] - self.raw[0])

    @property
    def offset(self) -> Decimal:
        """What a register of 0 would stand for."""
        return self.shows[0] - self.raw[0] * self.scale

    def within(self, number: Decimal) -> Decimal:
        """The register, not beyond its ends. Raises SourceMalformed for what no sound wire gives."""
        low, high = sorted(self.raw)
        beyond = (high - low) / BEYOND
        if not low - beyond <= number <= high + beyond:
            raise SourceMalformed(f"expected {low} to {high} of a sound wire, came {number} 断线或超量程")
        return min(max(number, low), high)


def analogue(fields: Fields) -> Analogue | None:
    """`raw` and `shows` of a quantity, two numbers each; None where they are not there."""
    if not (fields.has("raw") or fields.has("shows")):
        return None
    raw, shows = fields.pair("raw"), fields.pair("shows")
    if raw[0] == raw[1] or shows[0] == shows[1]:
        fields.fault("raw", "the two ends of raw, and of shows, must differ")
        return None
    return Analogue(raw, shows)
