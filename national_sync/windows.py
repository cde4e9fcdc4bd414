"""Days of a source that are read again by chance, and what it means where none of them differs.

A seed that was told gives the same days again, in any program: they are put in the order of a digest of seed and day,
and the first ones are taken. So a larger share holds the days of a smaller one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass
from secrets import randbelow

from graph.errors import InvalidInput

SHARE = 0.05  # of the days, unless asked otherwise: 20 days of 400, and no source notices
SEEDS = 2**32  # as many: enough that no two nights read the same days, short enough to be typed in again
_MISSED_IN = 20  # one in so many windows misses what is told to be found with 95 %


@dataclass(frozen=True)
class Sampling:
    """What part of a period's days is read again, and the seed that chooses them; None: any."""

    share: float = SHARE
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InvalidInput(f"came {self.share:g}, expected more than 0 and at most 1", "share")
        if self.seed is not None and not 0 <= self.seed < SEEDS:
            raise InvalidInput(f"came {self.seed}, expected 0 to {SEEDS - 1}", "seed")

    def sown(self) -> Sampling:
        """The same with a seed."""
        return self if self.seed is not None else Sampling(self.share, randbelow(SEEDS))

    def days(self, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
        """Of these days, both included, as many as make up the share and at least one, oldest first."""
        every = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        wanted = max(1, math.ceil(self.share * len(every) - 1e-9))
        return tuple(sorted(sorted(every, key=self._place)[:wanted]))

    def _place(self, day: dt.date) -> bytes:
        return hashlib.sha256(f"{self.seed}:{day}".encode()).digest()


USUAL = Sampling()


def most_that_differ(days: int, read: int) -> int:
    """With so many of the days read and none differing: of all days the most that can differ, at 95 %.

    Were it one more, a window like this one would have met one of them in 19 cases of 20 (hypergeometric).
    """
    windows, most = math.comb(days, read), 0
    while _MISSED_IN * math.comb(days - most - 1, read) > windows:
        most += 1
    return most
