"""A figure: one measured number with the target it must reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter


class Wanted(StrEnum):
    """On which side of the target a figure is well."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Figure:
    """`value` and `target` are in `unit`; a figure without a target is told and never missed."""

    name: str
    value: float
    unit: str
    target: float | None = None
    wanted: Wanted = Wanted.AT_LEAST

    @property
    def ok(self) -> bool:
        """Whether the target is met; the target itself is."""
        if self.target is None:
            return True
        return self.value >= self.target if self.wanted is Wanted.AT_LEAST else self.value <= self.target

    @property
    def mark(self) -> str:
        """How a table shows whether it is met; nothing where there is no target."""
        return "" if self.target is None else "✓" if self.ok else "✗"

    def as_json(self) -> dict[str, str | float | bool | None]:
        """As `scripts/bench --json` writes it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "ok": self.ok,
        }


def plain(number: float) -> str:
    """As people write it: no exponents, and no more digits than a measurement is good for."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def best_seconds(act: Callable[[], object], rounds: int = 5) -> float:
    """The shortest of some runs in seconds: what the machine's other work disturbs least."""

    def once() -> float:
        began = perf_counter()
        act()
        return perf_counter() - began

    return min(once() for _ in range(rounds))
