"""Moments as SQLite keeps them, for statements that are sent past SQLAlchemy's types because they run with each request."""

from __future__ import annotations

import datetime as dt

from graph.model.period import UTC, aware


def as_kept(moment: dt.datetime) -> str:
    """What a column of type Moment makes of it; such texts are ordered as their moments are. Raises InvalidInput."""
    return aware(moment).replace(tzinfo=None).isoformat(" ", "microseconds")


def as_told(text: str) -> dt.datetime:
    """The moment again, aware."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)
