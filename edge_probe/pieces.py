"""A counter in pieces: what a meter shows goes on at another figure, and its total goes on as though nothing had happened.

A meter is replaced, reset, rolls over or gets other transformers: each is a joint of a closing and an opening figure, and
what is added to what the meter shows changes by their difference. What does not follow is held. It is a fault of the line if
it comes back, and a joint if it stays for SETTLED: by the last figure before and the first after, so that nothing is
invented, and flagged until a person confirms it. A joint that was none, as the counter came back after all, is taken away
again, so that nothing counts twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from edge_probe.config import Point
from edge_probe.counters import (
    STEP,
    CounterState,
    Incident,
    Joint,
    Sample,
    Step,
    Strange,
    advance,
    begun_afresh,
    flagged,
    quarter_hour_of,
)
from edge_probe.limits import UNLIMITED, Limits

SETTLED = dt.timedelta(hours=1)  # counters that drop to 0 and come back do so within minutes
TAKEN_BACK_WITHIN = dt.timedelta(days=30)  # a line that fails for longer was found by somebody
SET_BACK_MAX = dt.timedelta(
    days=1
)  # a clock set back further was wrong before: waiting for it would lose days
GAP = dt.timedelta(
    days=1
)  # between what was seen before a joint and after it, at the most that is thought of
CLOCK = "clock-went-back"  # as counters.py says of it
NOTHING = Decimal(0)


def follow(state: CounterState, shown: Sample, tolerance: dt.timedelta, limits: Limits = UNLIMITED) -> Step:
    """One more sample as the meter shows it, ratio applied: the state after it, and what it gives rise to."""
    last = state.shown
    if state.last is None or last is None:
        return advance(state, _total(state, shown), tolerance)
    if last.at - shown.at > SET_BACK_MAX:
        return _begun_anew(state, state.last, shown)
    if shown.at <= last.at:
        return advance(replace(state, doubted=True), _total(state, shown), tolerance)
    if limits.gap_max and shown.at - last.at > limits.gap_max:
        return begun_afresh(state, _total(state, shown), tolerance, last.at)
    if state.joint and _came_back(state.joint, last, shown, limits):
        return _taken_back(state, state.joint, shown, tolerance)
    unknown = SET_BACK_MAX if state.held == CLOCK else dt.timedelta(0)
    if limits.allows(shown.counter - last.counter, shown.at - last.at + unknown):
        return _booked(replace(state, strange=None), shown, tolerance)
    return _strange(state, last, shown, tolerance, limits)


def joined(state: CounterState, joint: Joint) -> CounterState:
    """A counter that goes on at `opening` where it had come to `closing`; the next sample is of the new piece."""
    carried = state.carried + joint.closing - joint.opening
    return replace(
        state,
        carried=carried,
        strange=None,
        held=None,
        joint=None if joint.confirmed else joint,
        doubted=not joint.confirmed or state.doubted,
    )


def moved(state: CounterState, by: Decimal, *, is_booked: bool) -> CounterState:
    """A counter of which a joint behind it was so much larger; what that adds is booked already, or comes with the next."""
    last, booked = state.last, state.booked
    return replace(
        state,
        carried=state.carried + by,
        last=last and Sample(last.at, last.counter + by),
        booked=Sample(booked.at, booked.counter + by) if booked and is_booked else booked,
        joint=None,
        doubted=state.doubted or not is_booked,
    )


def inherited(
    known: Mapping[str, CounterState], point: Point, at: dt.datetime
) -> tuple[CounterState, Joint | None]:
    """What is known of a point; where its transformers are others now, what was known goes on from the last figure."""
    if point.key in known:
        return known[point.key], None
    prefix = f"{point.device}/{point.quantity}/{point.data_code}/"
    before = [(s.last.at, key, s) for key, s in known.items() if s.last and key.startswith(prefix)]
    if not before:
        return CounterState(), None
    _, key, state = max(before, key=lambda found: found[:2])
    ratio = Decimal(key.removeprefix(prefix))
    if ratio == point.ct_pt:  # 80 and 80.0 are one
        return state, None
    closing = state.shown.counter if state.shown else NOTHING
    opening = (closing * point.ct_pt / ratio).quantize(STEP)
    joint = Joint("ct-changed", at, closing, opening, closing)
    return replace(joined(state, joint), joint=None), joint


def _total(state: CounterState, shown: Sample) -> Sample:
    return Sample(shown.at, shown.counter + state.carried)


def _booked(state: CounterState, shown: Sample, tolerance: dt.timedelta) -> Step:
    step = advance(state, _total(state, shown), tolerance)
    if not state.doubted or not step.energy:
        return step
    return replace(step, state=replace(step.state, doubted=False), energy=tuple(map(flagged, step.energy)))


def _strange(
    state: CounterState, last: Sample, shown: Sample, tolerance: dt.timedelta, limits: Limits
) -> Step:
    """What does not follow: held, until it has settled or has gone on after a roll-over."""
    before = state.strange
    goes_on = before is not None and limits.allows(
        shown.counter - before.latest.counter, shown.at - before.latest.at
    )
    seen = Strange(before.first, shown) if before and goes_on else Strange(shown, shown)
    rolled = limits.rolled(last, seen.first)
    settled = shown.at - seen.first.at >= SETTLED
    if settled or (rolled and shown.counter > seen.first.counter):
        return _adopted(state, _joint(last, seen.first, limits, rolled=rolled), shown, tolerance)
    kind = "counter-fell" if shown.counter < last.counter else "counter-leapt"
    held = replace(state, strange=seen, held=kind)
    if state.held == kind:
        return Step(held)
    expected = "at least" if kind == "counter-fell" else f"no more than {limits.rate_max} an hour after"
    detail = f"came {shown.counter}, expected {expected} {last.counter} seen at {last.at}"
    return Step(held, incidents=(Incident(shown.at, kind, detail),))


def _joint(last: Sample, first: Sample, limits: Limits, *, rolled: bool) -> Joint:
    if rolled and limits.rolls_at is not None:
        return Joint("rolled-over", first.at, limits.rolls_at, NOTHING, last.counter)
    from_zero = limits.rate_max is not None and limits.allows(first.counter, first.at - last.at)
    if from_zero and first.counter < last.counter:
        return Joint("reset", first.at, last.counter, NOTHING, last.counter)
    return Joint("replaced", first.at, last.counter, first.counter, last.counter)


def _adopted(state: CounterState, joint: Joint, shown: Sample, tolerance: dt.timedelta) -> Step:
    step = _booked(joined(state, joint), shown, tolerance)
    detail = f"closing {joint.closing}, opening {joint.opening}, to be confirmed"
    return replace(
        step, joint=joint, incidents=(Incident(shown.at, f"counter-{joint.kind}", detail), *step.incidents)
    )


def _came_back(joint: Joint, last: Sample, shown: Sample, limits: Limits) -> bool:
    """Whether a joint was none: in one step the counter goes more than half of it, to where it was before or beyond."""
    since = shown.at - joint.at
    is_beyond = limits.rolls_at is not None and shown.counter >= limits.rolls_at
    if is_beyond or since > TAKEN_BACK_WITHIN or not limits.allows(shown.counter - joint.before, since + GAP):
        return False
    size = joint.closing - joint.opening
    is_back = shown.counter >= joint.before and (size > 0 or shown.counter < joint.opening)
    return is_back and abs(shown.counter - last.counter) * 2 >= abs(size) > 0


def _taken_back(state: CounterState, joint: Joint, shown: Sample, tolerance: dt.timedelta) -> Step:
    """The total is the meter's again; what it counted too much meanwhile is made up by what comes next."""
    carried = state.carried - joint.closing + joint.opening
    last = state.last and Sample(state.last.at, min(state.last.counter, shown.counter + carried))
    back = replace(state, last=last, carried=carried, joint=None, strange=None, doubted=True)
    step = _booked(back, shown, tolerance)
    told = Incident(shown.at, "counter-came-back", f"at {shown.counter}: no {joint.kind} at {joint.at}")
    return replace(step, incidents=(told, *step.incidents), withdrawn=joint)


def _begun_anew(state: CounterState, last: Sample, shown: Sample) -> Step:
    """A clock that was days ahead: what was counted since is booked from now on, under this time, and flagged."""
    boundary = Sample(quarter_hour_of(shown.at), last.counter)
    begun = replace(state, last=Sample(shown.at, last.counter), booked=boundary, strange=None, doubted=True)
    what = f"came {shown.at}, after {last.at}: booked by this time from now on"
    return Step(replace(begun, held=CLOCK), incidents=(Incident(shown.at, "clock-set-back", what),))
