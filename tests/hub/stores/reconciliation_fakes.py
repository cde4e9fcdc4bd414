"""A comparison of a link's two ends that left something to be told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from graph.model.period import Granularity
from graph.model.reconciliation import Reconciliation, UnitDay
from tests.hub.stores.registry_fakes import NOON

UNIT = "91970100MA00000018"
FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


def differing(day: int, unit: str = UNIT, here: str = "1.5", there: str = "2") -> UnitDay:
    """A unit's day of October that differs."""
    return UnitDay(unit, Granularity.DAY, FIRST.replace(day=day), 1, Decimal(here), 1, Decimal(there))


def reconciled(link: str, *left: UnitDay, at: dt.datetime = NOON, fault: str | None = None) -> Reconciliation:
    """A comparison of October that ended at a moment with these days left, one of them unless others are given."""
    return Reconciliation(link, at, at, FIRST, LAST, 7, left=left or (differing(7),), fault=fault)
