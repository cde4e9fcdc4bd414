"""Monthly values beside the sum of their days (月值与日值之和): which are compared, how far they may lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from graph.errors import InvalidInput, TooLarge
from graph.model.period import Month, Period

MONTHS_MAX = 12  # compared at once: a year of the nation is a million months of points
APART_MAX = Decimal("0.05")  # what provinces allow between days and their month (read)
MILLION = 1_000_000


@dataclass(frozen=True)
class Tolerance:
    """How far a month's value may lie from the sum of its days, as a share of that sum; to six places."""

    share: Decimal = APART_MAX

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise InvalidInput(
                f"came {self.share}, expected a share between 0 and 1, such as 0.05", "tolerance"
            )
        if self.share * MILLION % 1:
            raise InvalidInput(f"came {self.share}, expected at most six places", "tolerance")

    @property
    def millionths(self) -> int:
        """The share as a whole number."""
        return int(self.share * MILLION)


@dataclass(frozen=True)
class MonthSpan:
    """Neighbouring Beijing months, the first and the last included."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput(f"{self.first} to {self.last} holds no month", "months")
        if self.first.shift(MONTHS_MAX) <= self.last:
            raise TooLarge(
                f"at most {MONTHS_MAX} months are compared at once, came {self.first} to {self.last}",
                "months",
            )

    @property
    def period(self) -> Period:
        """From the first midnight to the one after the last month."""
        return Period(self.first.period.start, self.last.period.end)
