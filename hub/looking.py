"""Looks without touching: judges deliveries by the registry alone, beside a hub that may be running."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from graph.errors import StoreError
from graph.model.sync_run import AskedDay, Link, Receipt
from graph.ports import Clock, Judged, PointDirectory
from national_sync.intake import Intake, all_rules


class NothingStored:
    """A way into no store (graph.ports.BatchSink): who only looks cannot write by mistake."""

    def receipt(self, _source: str, _key: str, _digest: str, /) -> Receipt | None:
        """No batch was ever taken."""
        return None

    def commit(self, batch: Judged, /) -> Receipt:
        """Refuse. Raises StoreError."""
        raise StoreError(f"{batch.source}: who only looks stores nothing")


class NoDays:
    """Days of links that nobody keeps (graph.ports.DayLog)."""

    def days(self, _link: Link, /) -> Mapping[dt.date, AskedDay]:
        """None was asked for."""
        return {}

    def mark(self, _link: Link, _day: dt.date, _asked: AskedDay, /) -> None:
        """Forget it."""


def looking_intake(directory: PointDirectory, clock: Clock) -> Intake:
    """The rules and the roster, and no store behind them."""
    return Intake(directory, NothingStored(), clock, all_rules())
