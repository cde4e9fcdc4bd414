"""Labels that are no start of a period, told apart by what they are instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graph.model.period import Granularity
from hub.device_check.evidence import DAY_US, MINUTE_US, OFFSET_US, Evidence, Marked, moment

NEAR_US = 5 * MINUTE_US  # between reading the clock for a label and for the upload


@dataclass(frozen=True)
class Label:
    """A label off the grid: where it stands, its granularity, its local moment, and whether it is the upload's."""

    mark: Marked
    granularity: Granularity
    local_us: int
    is_upload: bool

    @property
    def in_day_us(self) -> int:
        """Time of day."""
        return self.local_us % DAY_US

    @property
    def is_cut(self) -> bool:
        """A day, month or year that begins at another time of day, to the minute."""
        return (
            self.granularity in (Granularity.DAY, Granularity.MONTH, Granularity.YEAR)
            and not self.is_upload
            and self.local_us % MINUTE_US == 0
        )

    def __str__(self) -> str:
        return f"statDate {moment(self.local_us)} ({self.granularity})"


def labels(evidence: Evidence) -> Iterator[Label]:
    """Every label the rule off-grid refused."""
    starts, versions = evidence.rows["start"], evidence.rows["version"]
    for mark in evidence.by_rules("off-grid"):
        place = evidence.places[mark.message, mark.row]
        start = starts[place].value + OFFSET_US
        uploaded = versions[place].value
        near = uploaded is not None and abs(uploaded + OFFSET_US - start) <= NEAR_US
        yield Label(mark, Granularity(evidence.rows["granularity"][place].as_py()), start, near)
