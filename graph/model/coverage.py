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
    """A way readings come in from a province: a link, whether it is enabled, and how its last run that ended did.

    One that `waits` is never run, because the other side calls: devices and other senders.
    """

    key: str
    enabled: bool
    state: RunState | None = None
    started_at: dt.datetime | None = None
    error: str | None = None
    waits: bool = False


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


def why_missing(due: int, received: int, ways: Sequence[Way] | None) -> str | None:
    """Why something is missing, as far as the hub can tell; None where nothing is.

    `ways` None is of who sees no links: nothing is said of them then, not that there are none.
    """
    if received >= due:
        return None
    missing = f"{due - received} of {due} values have not come"
    faults = _faults(ways or (), is_silent=received == 0)
    if received == 0:
        waiting = [way.key for way in ways or () if way.waits and way.enabled]
        faults += [f"link {key} waits for the other side to call" for key in waiting]
    if ways is not None and not ways and received == 0:
        faults = ["no link brings readings of the province, and none of these was handed in"]
    return "; ".join([missing, *faults])


def why_rows_lack(rows: int, ways: Sequence[Way] | None) -> str | None:
    """Why a list may lack rows of a province that has `rows` in it; None where nothing is known to be amiss."""
    if ways is not None and not ways and rows == 0:
        return "no link brings anything of the province, and no such row was entered"
    return "; ".join(_faults(ways or (), is_silent=rows == 0)) or None


def state_of_rows(rows: int, why: str | None) -> CoverageState:
    """Of a province's rows in a list; how many there should be nobody knows, so that it goes by what is amiss."""
    if why is None:
        return CoverageState.WHOLE if rows else CoverageState.NOT_DUE
    return CoverageState.PARTIAL if rows else CoverageState.NOTHING


def _faults(ways: Sequence[Way], *, is_silent: bool) -> list[str]:
    return [fault for way in ways if (fault := _fault(way, is_silent))]


def _fault(way: Way, is_silent: bool) -> str | None:
    """What is wrong with a way; runs are not missed of one that waits, nor of any while something comes."""
    if not way.enabled:
        return f"link {way.key} is not enabled"
    if way.started_at is None:
        return f"link {way.key} has no run that ended" if is_silent and not way.waits else None
    if way.state is not RunState.FAILED:
        return None
    at = way.started_at.astimezone(BEIJING)
    return f"link {way.key} failed at {at:%Y-%m-%d %H:%M} +08:00: {(way.error or 'it did not say why')[:ERROR_MAX]}"
