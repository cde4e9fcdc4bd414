"""How many readings of a backlog go as one batch: few to a platform nobody knows, more while it answers at once.

On a line of some kilobytes a second a large batch would never arrive within its time, and a claimed batch cannot become
smaller. To a platform that answers at once many small ones cost both ends more than what they hold.
"""

from __future__ import annotations

from edge_probe.uplink_ports import Pace

AT_ONCE_S = (
    2.0  # twice the rows take 4 s: far below a batch's bound, even on a line that becomes ten times slower
)


class BatchSize:
    """Of one platform, between its pace's `rows` and `rows_max`."""

    def __init__(self, pace: Pace) -> None:
        self._least, self._most = pace.rows, pace.rows_max or pace.rows
        self.rows = self._least

    def took(self, rows: int, seconds: float) -> None:
        """A batch of so many is the platform's. One that was not full tells nothing of a larger one."""
        if seconds > AT_ONCE_S:
            self.rows = max(self._least, self.rows // 2)
        elif rows >= self.rows:
            self.rows = min(self._most, self.rows * 2)

    def failed(self) -> None:
        """The platform may be another one, or behind another line."""
        self.rows = self._least
