"""How often something happened within a minute, for each who did it: cheap, in memory, of this process."""

from __future__ import annotations

import math

WINDOW_S = 60
SUBJECTS_MAX = 50_000  # counted within a minute: three times a nation's units; beyond it all begin anew


class Pace:
    """Counts by subject within windows of a minute; so many are free, and who does more is told when to come again."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._window = 0
        self._counts: dict[str, int] = {}

    def count(self, subject: str, now_s: float) -> int:
        """Count one more, and say how many that makes within this minute."""
        self._turn(now_s)
        count = self._counts[subject] = self._counts.get(subject, 0) + 1
        return count

    def wait_s(self, subject: str, now_s: float) -> int | None:
        """After how many whole seconds a subject may go on; None where it may now."""
        self._turn(now_s)
        if self._counts.get(subject, 0) < self._free:
            return None
        return max(1, math.ceil(WINDOW_S - now_s % WINDOW_S))

    def _turn(self, now_s: float) -> None:
        window = int(now_s // WINDOW_S)
        if window != self._window or len(self._counts) >= SUBJECTS_MAX:
            self._window = window
            self._counts = {}
