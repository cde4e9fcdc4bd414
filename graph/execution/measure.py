"""What a question would cost, measured of its selections: how wide, how deep, how many values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """Of selections with their fragments in place; `width` counts the fields right at this level.

    `once` is cost beside a page's rows, said once however many those are.
    `values` is the part of the cost that is values said, without what finding them costs.
    """

    width: int = 0
    fields: int = 0
    aliases: int = 0
    depth: int = 0
    cost: int = 0
    once: int = 0
    values: int = 0
    lives: int = 0

    def beside(self, other: Measure) -> Measure:
        """Of both at one level."""
        return Measure(
            self.width + other.width,
            self.fields + other.fields,
            self.aliases + other.aliases,
            max(self.depth, other.depth),
            self.cost + other.cost,
            self.once + other.once,
            self.values + other.values,
            self.lives + other.lives,
        )
