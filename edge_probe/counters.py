"""Counters to energy: what a quarter-hour used is its counter at the end minus its counter at the start.

A boundary counts as sampled when the meter was read within a tolerance of it. Between two sampled boundaries lies
one quarter-hour, measured, or several, of which only the sum was measured: that sum is shared out evenly, marked
as estimated, to the last digit. A counter that falls is not believed and yields nothing until it has come back:
dropping to 0 for minutes is a fault of the line; a meter that was replaced is for a person to decide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from edge_probe.readings import DOUBTFUL, ESTIMATED, INSTRUMENT, QUARTER_HOUR
from graph.model.period import UTC, aware

TOLERANCE_SECONDS = 30  # at a steady load 3 % of one quarter-hour, moved into its neighbour and never lost
TOLERANCE_SECONDS_MAX = 300  # from 450 s on one sample could stand for two boundaries
STEP = Decimal(
    "0.0001"
)  # the hub keeps four decimals; rounding the counter, not its differences, keeps sums exact
GAP_MAX = dt.timedelta(days=184)  # six months, as long as a probe keeps readings; more is a clock gone astray

_EPOCH = dt.datetime(
    1970, 1, 1, tzinfo=UTC
)  # Beijing's quarter-hours are UTC's: eight whole hours lie between


@dataclass(frozen=True)
class Sample:
    """What a counter showed at a moment, in the variety's native unit, ratio applied."""

    at: dt.datetime
    counter: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at))
        object.__setattr__(self, "counter", self.counter.quantize(STEP, ROUND_HALF_EVEN))


@dataclass(frozen=True)
class Joint:
    """Where a counter goes on at `opening` after it had come to `closing` (edge_probe/pieces.py), ratio applied.

    `before` is what it showed last before.
    """

    kind: str
    at: dt.datetime
    closing: Decimal
    opening: Decimal
    before: Decimal = Decimal(0)
    confirmed: bool = False


@dataclass(frozen=True)
class Strange:
    """Samples that follow each other and not what was believed: the first and the latest, as the meter shows them."""

    first: Sample
    latest: Sample


@dataclass(frozen=True)
class CounterState:
    """What must be remembered of a counter.

    `last` is the newest sample believed, `booked` the boundary (and the counter there) up to which energy was
    handed on, both of the total: what the meter shows and `carried`. `held` is why samples are not believed at present,
    `strange` what they are, `joint` the last one that nobody confirmed; what is booked next is flagged where `doubted`.
    """

    last: Sample | None = None
    booked: Sample | None = None
    held: str | None = None
    carried: Decimal = Decimal(0)
    strange: Strange | None = None
    joint: Joint | None = None
    doubted: bool = False

    @property
    def shown(self) -> Sample | None:
        """The newest sample believed, as the meter shows it."""
        return self.last and Sample(self.last.at, self.last.counter - self.carried)


@dataclass(frozen=True)
class Energy:
    """What the quarter-hour from `start` used, and whether that was measured or shared out."""

    start: dt.datetime
    value: Decimal
    origin: str


@dataclass(frozen=True)
class Incident:
    """Something about a counter that a person may want to know."""

    at: dt.datetime
    kind: str
    detail: str


@dataclass(frozen=True)
class Step:
    """What one more sample leads to; `joint` is one it made known, `withdrawn` one that was none."""

    state: CounterState
    energy: tuple[Energy, ...] = ()
    incidents: tuple[Incident, ...] = ()
    joint: Joint | None = None
    withdrawn: Joint | None = None


def quarter_hour_of(moment: dt.datetime) -> dt.datetime:
    """The boundary at or before a moment, in UTC."""
    return moment - (aware(moment) - _EPOCH) % QUARTER_HOUR


def advance(state: CounterState, sample: Sample, tolerance: dt.timedelta) -> Step:
    """One more sample of a counter: the state after it, and the energy and incidents it gives rise to."""
    last = state.last
    if last is None:
        return _booked_afresh(state, sample, tolerance)
    if doubt := _doubt(last, sample):
        return _held(state, sample, *doubt)
    incidents = (_came_back(state, sample),) if state.held else ()
    since = (state.booked or last).at
    if sample.at - since > GAP_MAX:
        return begun_afresh(state, sample, tolerance, since, incidents)
    return _booked(replace(state, last=sample, held=None), tuple(_pinned(last, sample, tolerance)), incidents)


def begun_afresh(
    state: CounterState,
    sample: Sample,
    tolerance: dt.timedelta,
    since: dt.datetime,
    incidents: tuple[Incident, ...] = (),
) -> Step:
    """A counter of which nobody can say what it counted since a moment: nothing is booked of that, and it is said."""
    gone = Incident(sample.at, "gap-too-long", f"nothing is booked from {since} to {sample.at}")
    return replace(_booked_afresh(state, sample, tolerance), incidents=(*incidents, gone))


def share_out(start: dt.datetime, delta: Decimal, quarters: int) -> tuple[Energy, ...]:
    """`delta` over so many quarter-hours: measured when it is one, else in even shares, the rest on the last."""
    if quarters == 1:
        return (Energy(start, delta, INSTRUMENT),)
    share = (delta / quarters).quantize(STEP, ROUND_DOWN)
    shares = [share] * (quarters - 1) + [delta - share * (quarters - 1)]
    return tuple(Energy(start + n * QUARTER_HOUR, value, ESTIMATED) for n, value in enumerate(shares))


def flagged(energy: Energy) -> Energy:
    """The same, flagged."""
    return replace(energy, origin=DOUBTFUL)


def _booked(state: CounterState, pinned: tuple[Sample, ...], incidents: tuple[Incident, ...]) -> Step:
    energy: list[Energy] = []
    booked = state.booked
    for boundary in pinned:
        if booked is not None and boundary.counter < booked.counter:
            continue  # more was handed on than was used: nothing is, until that is made up
        if booked is not None:
            quarters = (boundary.at - booked.at) // QUARTER_HOUR
            energy += share_out(booked.at, boundary.counter - booked.counter, quarters)
        booked = boundary
    return Step(replace(state, booked=booked), tuple(energy), incidents)


def _booked_afresh(state: CounterState, sample: Sample, tolerance: dt.timedelta) -> Step:
    boundary = quarter_hour_of(sample.at)
    near = sample.at - boundary <= tolerance
    booked = Sample(boundary, sample.counter) if near else None
    return Step(replace(state, last=sample, booked=booked, held=None))


def _pinned(last: Sample, sample: Sample, tolerance: dt.timedelta) -> Iterator[Sample]:
    """The boundaries after `last`, up to `sample`, that one of the two was near enough to, with the nearer's counter.

    Only the first boundary after `last` and the last one up to `sample` can be near.
    """
    first, final = quarter_hour_of(last.at) + QUARTER_HOUR, quarter_hour_of(sample.at)
    for boundary in (first, final) if first < final else (final,) if first == final else ():
        nearer = min((sample, last), key=lambda seen: abs(seen.at - boundary))
        if abs(nearer.at - boundary) <= tolerance:
            yield Sample(boundary, nearer.counter)


def _doubt(last: Sample, sample: Sample) -> tuple[str, str] | None:
    if sample.counter < last.counter:
        return "counter-fell", f"came {sample.counter}, expected at least {last.counter} seen at {last.at}"
    if sample.at <= last.at:
        return "clock-went-back", f"came {sample.at}, expected a moment after {last.at}"
    return None


def _held(state: CounterState, sample: Sample, kind: str, detail: str) -> Step:
    if state.held == kind:
        return Step(state)
    return Step(replace(state, held=kind), incidents=(Incident(sample.at, kind, detail),))


def _came_back(state: CounterState, sample: Sample) -> Incident:
    return Incident(sample.at, "counter-believed-again", f"after {state.held}, at {sample.counter}")
