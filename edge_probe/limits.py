"""What a counter can do in a time: the most it can count, and at what figure its register begins at 0 again (翻转)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from edge_probe.fields import Fields
from graph.errors import InvalidInput

SLACK = dt.timedelta(minutes=1)  # between what a counter showed and the moment it is booked at
# The longest cycle with some slack; of longer nobody can say what flowed meanwhile.
RATE_GAP_MAX = dt.timedelta(minutes=16)
ROLLED_SHARE = 10  # without a largest rate a roll-over takes no more than a tenth of the register


class Seen(Protocol):
    """A sample of a counter."""

    @property
    def at(self) -> dt.datetime:
        """When."""
        ...

    @property
    def counter(self) -> Decimal:
        """What it showed."""
        ...


class Shown(Protocol):
    """A quantity of a meter's map."""

    @property
    def rolls_at(self) -> Decimal | None:
        """At what figure it begins at 0 again, of those that come to their end within a meter's life; in its unit."""
        ...


@dataclass(frozen=True)
class Limits:
    """What a counter can do, ratio applied: the most in an hour, and at what it begins at 0 again (None: unknown).

    `gap_max` is how long it may be unseen and still be believed; None of those that count by themselves.
    """

    rate_max: Decimal | None = None
    rolls_at: Decimal | None = None
    gap_max: dt.timedelta | None = None

    def __post_init__(self) -> None:
        for name, number in (("rate_max", self.rate_max), ("rolls_at", self.rolls_at)):
            if number is not None and number <= 0:
                raise InvalidInput(f"came {number}, expected more than 0", name)

    def allows(self, added: Decimal, elapsed: dt.timedelta) -> bool:
        """Whether a window can deliver so much."""
        if self.rate_max is None:
            return added >= 0
        hours = Decimal((elapsed + SLACK) // dt.timedelta(seconds=1)) / 3600
        return 0 <= added <= self.rate_max * hours

    def rolled(self, before: Seen, after: Seen) -> bool:
        """Whether a counter that fell can have begun at 0 again."""
        if self.rolls_at is None or not after.counter < before.counter < self.rolls_at:
            return False
        added = self.rolls_at - before.counter + after.counter
        few = self.rate_max is not None or added <= self.rolls_at / ROLLED_SHARE
        return few and self.allows(added, after.at - before.at)


UNLIMITED = Limits()


def limits_of(fields: Fields, ct_pt: Decimal) -> Limits:
    """What a point's table says of its counter; `rolls_over_at` is what the meter shows, without the transformers' ratio."""
    rate = fields.number("max_per_hour", "0.0001", "1e12") if fields.has("max_per_hour") else None
    rolls = fields.number("rolls_over_at", "1", "1e18") if fields.has("rolls_over_at") else None
    return Limits(rate, None if rolls is None else rolls * ct_pt)


def of_rate(limits: Limits) -> Limits:
    """The same of a counter that the probe makes of a rate: it counts nothing while it is not seen."""
    return replace(limits, gap_max=RATE_GAP_MAX)


def within(limits: Limits, entry: Shown | None, ct_pt: Decimal) -> Limits:
    """The same, where nothing else is said with the size of what shows it as where it rolls over."""
    if limits.rolls_at is not None or entry is None or entry.rolls_at is None:
        return limits
    return replace(limits, rolls_at=entry.rolls_at * ct_pt)
