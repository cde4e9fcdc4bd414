"""A log of days in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.model.sync_run import AskedDay, DayState, Link


@dataclass
class KeptDays:
    """The days of each link, by its key. Implements graph.ports.DayLog."""

    kept: dict[str, dict[dt.date, AskedDay]] = field(default_factory=dict)

    def days(self, link: Link) -> Mapping[dt.date, AskedDay]:
        """All of a link's."""
        return dict(self.kept.get(link.key, {}))

    def mark(self, link: Link, day: dt.date, asked: AskedDay) -> None:
        """Keep it."""
        self.kept.setdefault(link.key, {})[day] = asked

    def states(self, link: Link) -> dict[dt.date, DayState]:
        """Without their moments."""
        return {day: asked.state for day, asked in self.days(link).items()}
