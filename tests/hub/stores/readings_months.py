"""A store that was told months and days of its points by sources of different names, and what it makes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from graph.model.monthly import MonthSpan, Tolerance
from graph.model.period import UTC, Granularity, Month
from graph.ports import MonthlyAsk, Page
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
JANUARY, FEBRUARY = Month(2026, 1), Month(2026, 2)
JAN_SPAN, BOTH = MonthSpan(JANUARY, JANUARY), MonthSpan(JANUARY, FEBRUARY)
DAYS, MONTHS = range(31), {JANUARY: 0, FEBRUARY: 31}


@dataclass
class Told:
    """A store and the batches it was told, each an hour after the one before."""

    store: ReadingsStore
    batches: int = 0

    def say(
        self,
        rows: Sequence[Said],
        source: str,
        granularity: Granularity = Granularity.DAY,
        step: dt.timedelta = DAY,
    ) -> int:
        """One batch of a source, and its number."""
        self.batches += 1
        batch = batch_of(rows, f"{source}-{self.batches}", T0 + HOUR * self.batches, granularity, step)
        self.store.commit(replace(batch, source=source))
        return self.batches

    def days(
        self, value: object = 1, point: int = 0, source: str = "device", days: Sequence[int] = DAYS
    ) -> int:
        """The same value on each of these days, from the first of January."""
        return self.say([Said(point, day, Decimal(str(value))) for day in days], source)

    def month(self, value: object, point: int = 0, source: str = "statement", month: Month = JANUARY) -> int:
        """A month's own value."""
        return self.say([Said(point, MONTHS[month], Decimal(str(value)))], source, Granularity.MONTH)

    def rows(self, **asked: Any) -> list[dict[str, Any]]:
        """All months compared, unless asked otherwise of January."""
        return list(self.page(**asked).table.to_pylist())

    def page(self, **asked: Any) -> Page:
        """The same as a page."""
        return self.store.monthly(MonthlyAsk(**{"span": JAN_SPAN, **asked}))

    def row(self, **asked: Any) -> dict[str, Any]:
        """The one month there is."""
        (found,) = self.rows(**asked)
        return found


def told(tolerance: Tolerance | None = None) -> Told:
    """One that was told nothing yet."""
    return Told(ReadingsStore(None, FakeDimensions(), StillClock(), tolerance=tolerance or Tolerance()))
