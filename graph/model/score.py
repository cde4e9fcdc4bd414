"""Scores (评分): what a formula made of a province's quarter, kept exactly, with the formula's edition."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from graph.errors import InvalidInput
from graph.model.period import Quarter
from graph.model.region import RegionCode


@dataclass(frozen=True)
class Score:
    """One index of a province in a quarter. A formula differs from province to province and from edition to edition."""

    province: RegionCode
    quarter: Quarter
    formula: str
    edition: str
    index_name: str
    value: Decimal
    rank: int | None = None

    def __post_init__(self) -> None:
        if not self.value.is_finite():
            raise InvalidInput(f"came {self.value}, expected a number", "value")
        if self.rank is not None and self.rank < 1:
            raise InvalidInput(f"came {self.rank}, expected 1 or more", "rank")
