"""How the lists of one answer were completed: for who wonders why an answer was slow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

REASONS_TOLD = 5  # of one answer, in a header


@dataclass
class Completion:
    """Lists and rows that were completed by columns, and why others were not."""

    lists: int = 0
    rows: int = 0
    left: Counter[str] = field(default_factory=Counter)  # lists completed one by one, by the reason

    def by_columns(self, rows: int) -> None:
        """Count a list that was completed by columns."""
        self.lists += 1
        self.rows += rows

    def one_by_one(self, why: str) -> None:
        """Count a list that might have been, and was not."""
        self.left[why] += 1

    def __str__(self) -> str:
        """As `by columns 1, of 1000 rows; one by one 2 (the field Region.live)`."""
        left = ", ".join(f"{lists} ({why})" for why, lists in self.left.most_common(REASONS_TOLD))
        return f"by columns {self.lists}, of {self.rows} rows; one by one {left or 0}"
