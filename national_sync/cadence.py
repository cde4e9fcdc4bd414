"""When a link runs next (同步节奏): from how it stands, what happened, the moment and a chance to how it then stands.

A healthy link is due `every_s` after its last run ended. One that broke off is due sooner or later: within a span that
doubles with each failure up to a ceiling, anywhere in it, so that a hundred links do not come back at once. After
`failures_max` in a row its breaker opens: nothing is asked until some moment, then one run is the trial. A run that came to
its end closes the breaker, whatever it had to note; one that broke off behind something new is a first failure again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum

from graph.errors import InvalidInput
from graph.model.daily_slot import DAY, DailySlot
from graph.model.sync_run import Breaker

RUN_S_MAX = 3_600  # the next run goes on where a slow one was cut off, and a hung source frees its link
DOUBLINGS_MAX = 30  # more would only make a number that the ceiling cuts


class Ended(Enum):
    """How a run ended, as far as its next one rests on that."""

    SUCCEEDED = "succeeded"
    NOTED = "noted"  # it came to its end and noted faults, such as rows that the registry refused
    CUT = "cut"  # it broke off behind something new
    BROKE = "broke"  # it broke off and brought nothing
    STOPPED = "stopped"  # the hub ended it, or what it was in


@dataclass(frozen=True)
class Pace:
    """How often a link runs where all is well, and when of a day it may begin."""

    every_s: float
    slot: DailySlot | None = None


@dataclass(frozen=True)
class Patience:
    """How a link is tried again that broke off. `told_s_max` is how much of a source's own wish to be left alone is kept."""

    first_s: float = 30
    ceiling_s: float = 3_600
    failures_max: int = 5
    open_s: float = 300
    told_s_max: float = 86_400

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.ceiling_s or not 0 < self.open_s <= self.ceiling_s:
            raise InvalidInput(f"came {self}, expected waits above 0 and no longer than the ceiling")
        if self.failures_max < 1 or self.told_s_max <= 0:
            raise InvalidInput(f"came {self}, expected at least one failure and a wish that is kept")


@dataclass(frozen=True)
class LinkState:
    """How a link stands (链路状态).

    `since` is when its breaker came to be so, `until` when an open one lets a trial through.
    """

    due_at: dt.datetime
    failures: int = 0
    breaker: Breaker = Breaker.CLOSED
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    last_success_at: dt.datetime | None = None

    def __post_init__(self) -> None:
        if (self.until is not None) is not (self.breaker is Breaker.OPEN):
            raise InvalidInput(f"came {self}, expected an end of an open breaker and of no other")


def is_due(state: LinkState, pace: Pace, patience: Patience, now: dt.datetime) -> bool:
    """Whether a link that nobody paused may begin a run now.

    A moment that no rule could have set, as by a clock that was years ahead, holds up nothing.
    """
    if pace.slot is not None and not pace.slot.holds(now):
        return False
    return state.due_at <= now or state.due_at - now > longest(pace, patience)


def may_begin(state: LinkState, pace: Pace, now: dt.datetime) -> dt.datetime:
    """When a link that is not due may begin: one whose slot went by waits for the next, not for a moment long gone."""
    moment = max(state.due_at, now)
    return moment if pace.slot is None else pace.slot.first_from(moment)


def longest(pace: Pace, patience: Patience) -> dt.timedelta:
    """The longest that a link may have to wait."""
    waits = (pace.every_s, patience.ceiling_s, patience.told_s_max)
    return dt.timedelta(seconds=max(waits)) + (dt.timedelta() if pace.slot is None else DAY)


def begun(state: LinkState, now: dt.datetime) -> LinkState:
    """The state of a link whose run begins: behind an open breaker that run is the trial."""
    if state.breaker is not Breaker.OPEN:
        return state
    return replace(state, breaker=Breaker.HALF_OPEN, since=now, until=None)


def ended(
    state: LinkState,
    how: Ended,
    now: dt.datetime,
    chance: float,
    pace: Pace,
    patience: Patience,
    retry_after_s: float | None = None,
) -> LinkState:
    """The state of a link whose run ended; `chance` is from 0 to 1, `retry_after_s` what its source asked for."""
    told_s = min(max(retry_after_s or 0.0, 0.0), patience.told_s_max)
    if how in (Ended.SUCCEEDED, Ended.NOTED):
        success = now if how is Ended.SUCCEEDED else state.last_success_at
        due = _due(now, max(pace.every_s, told_s), pace)
        return replace(_closed(state, now), due_at=due, failures=0, last_success_at=success)
    if how is Ended.STOPPED:
        return _stopped(state, now, pace)
    failures = 1 if how is Ended.CUT else state.failures + 1
    wait_s = span_s(failures, pace, patience) * chance
    if how is Ended.BROKE and (state.breaker is not Breaker.CLOSED or failures >= patience.failures_max):
        wait_s = max(wait_s, patience.open_s, told_s)
        since = state.since if state.breaker is Breaker.OPEN else now
        opened = replace(state, breaker=Breaker.OPEN, since=since, until=now + dt.timedelta(seconds=wait_s))
        return replace(opened, due_at=_due(now, wait_s, pace), failures=failures)
    return replace(_closed(state, now), due_at=_due(now, max(wait_s, told_s), pace), failures=failures)


def span_s(failures: int, pace: Pace, patience: Patience) -> float:
    """Within how many seconds a link is tried again after so many failures; at first never later than a healthy one."""
    first_s = min(patience.first_s, pace.every_s)
    return float(min(patience.ceiling_s, first_s * 2 ** min(failures - 1, DOUBLINGS_MAX)))


def _due(now: dt.datetime, wait_s: float, pace: Pace) -> dt.datetime:
    moment = now + dt.timedelta(seconds=wait_s)
    return moment if pace.slot is None else pace.slot.first_from(moment)


def _closed(state: LinkState, now: dt.datetime) -> LinkState:
    if state.breaker is Breaker.CLOSED:
        return state
    return replace(state, breaker=Breaker.CLOSED, since=now, until=None)


def _stopped(state: LinkState, now: dt.datetime, pace: Pace) -> LinkState:
    """Due again as soon as somebody runs it; a trial that was not finished is still to be made."""
    due = _due(now, 0, pace)
    if state.breaker is Breaker.CLOSED:
        return replace(state, due_at=due)
    return replace(state, due_at=due, breaker=Breaker.OPEN, since=now, until=now)
