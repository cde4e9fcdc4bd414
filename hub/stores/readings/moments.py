"""Moments as the readings file keeps them: UTC without a zone, from before any batch to after all of them."""

from __future__ import annotations

import datetime as dt

from graph.model.period import MICROSECOND, UTC

BEGINNING = dt.datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
END_OF_TIME = dt.datetime(9999, 12, 30, tzinfo=UTC).replace(tzinfo=None)


def kept(moment: dt.datetime) -> dt.datetime:
    """A moment with a zone as the file keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def microseconds(moment: dt.datetime) -> int:
    """Microseconds from 1970 to a moment as the file keeps it."""
    return (moment - BEGINNING) // MICROSECOND
