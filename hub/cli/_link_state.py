"""How a link stands, in a few words for a person at a terminal; times are Beijing's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from graph.model.sync_run import Breaker
from hub.cli._cells import moment_of


def state_of(row: Mapping[str, Any], waiting: frozenset[str]) -> str:
    """What a link's row says of it; links of the `waiting` dialects are never run."""
    if not row["enabled"]:
        return "disabled"
    if row["paused_why"] is not None:
        return f"paused: {row['paused_why']}"
    if row["dialect"] in waiting:
        return "the other side calls"
    if row["holder"] is not None:
        return f"runs at {row['holder']}"
    return _tried(row)


def _tried(row: Mapping[str, Any]) -> str:
    failures, breaker = row["failures"], Breaker(row["breaker"])
    if breaker is Breaker.OPEN:
        return f"left alone until {moment_of(row['breaker_until'])}, {failures} failures"
    if breaker is Breaker.HALF_OPEN:
        return f"on trial after {failures} failures"
    if failures:
        return f"tried again {moment_of(row['due_at'])}, {failures} failures"
    return "not run yet" if row["last_success_at"] is None else "well"


def moment(at: dt.datetime | None) -> str:
    """A moment to the minute, or nothing."""
    return "" if at is None else moment_of(at)
