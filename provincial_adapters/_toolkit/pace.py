"""How often something happened within a minute or a day, for each who did it: cheap, in memory, of this process."""

from __future__ import annotations

import math

MINUTE_S, DAY_S = 60, 86_400
SUBJECTS_MAX = 50_000  # counted at a time: three times a nation's units; beyond it all begin anew


class Pace:
    """Counts by subject within windows of seconds; so many are free, and who does more is told when to come again."""

    def __init__(self, free: int, window_s: int = MINUTE_S) -> None:
        self._free, self._window_s = free, window_s
        self._window = 0
        self._counts: dict[str, int] = {}

    def count(self, subject: str, now_s: float) -> int:
        """Count one more, and say how many that makes within this window."""
        self._turn(now_s)
        count = self._counts[subject] = self._counts.get(subject, 0) + 1
        return count

    def wait_s(self, subject: str, now_s: float) -> int | None:
        """After how many whole seconds a subject may go on; None where it may now."""
        self._turn(now_s)
        if self._counts.get(subject, 0) < self._free:
            return None
        return max(1, math.ceil(self._window_s - now_s % self._window_s))

    def _turn(self, now_s: float) -> None:
        window = int(now_s // self._window_s)
        if window != self._window or len(self._counts) >= SUBJECTS_MAX:
            self._window = window
            self._counts = {}
