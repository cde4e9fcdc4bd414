"""Coverage (覆盖情况): what an answer over several provinces rests on, province by province."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.model.period import BEIJING
from graph.model.sync_run import RunState

ERROR_MAX = 200  # characters of a run's error that are told again


class CoverageState(StrEnum):
    """How much of what a province owes has come."""

    WHOLE = "whole"
    PARTIAL = "partial"
    NOTHING = "nothing"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Way:
    """A way readings come in from a province: a link, whether it is run, and how its last run ended, if it ran."""

    key: str
    enabled: bool
    state: RunState | None = None
    started_at: dt.datetime | None = None
    error: str | None = None


def state_of(due: int, received: int) -> CoverageState:
    """By values due and received."""
    if due == 0:
        return CoverageState.NOT_DUE
    if received == 0:
        return CoverageState.NOTHING
    return CoverageState.WHOLE if received >= due else CoverageState.PARTIAL


def rate(received: int, due: int) -> float | None:
    """The share received (完整率), never over 1; None when nothing was due."""
    return min(received / due, 1.0) if due else None


def why_missing(due: int, received: int, ways: Sequence[Way]) -> str | None:
    """Why something is missing, as far as the hub can tell; None where nothing is."""
    if received >= due:
        return None
    missing = f"{due - received} of {due} values have not come"
    faults = [fault for way in ways if (fault := _fault(way, silent=received == 0))]
    if not ways and received == 0:
        faults = ["no link brings readings of the province, and no batch was handed in"]
    return "; ".join([missing, *faults])


def _fault(way: Way, *, silent: bool) -> str | None:
    """What is wrong with a way; one that waits for devices has no runs, and none are missed while something comes."""
    if not way.enabled:
        return f"link {way.key} is not enabled"
    if way.started_at is None:
        return f"link {way.key} has no run, and nothing came over it" if silent else None
    if way.state is not RunState.FAILED:
        return None
    at = way.started_at.astimezone(BEIJING)
    return f"link {way.key} failed at {at:%Y-%m-%d %H:%M} +08:00: {(way.error or 'it did not say why')[:ERROR_MAX]}"
