"""A counter in pieces: whatever happens to the meter, the total is what the meter counted, and nothing counts twice."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.config import Point
from edge_probe.counters import CounterState, Energy, Incident, Joint, Sample, Step
from edge_probe.limits import UNLIMITED, Limits
from edge_probe.pieces import follow, inherited, joined
from edge_probe.readings import DOUBTFUL, QUARTER_HOUR
from graph.errors import InvalidInput
from tests.edge_probe.fakes import ELECTRICITY, beijing

TOLERANCE = dt.timedelta(seconds=30)
SIX_DIGITS = Limits(rolls_at=Decimal(1_000_000))
MINUTE = dt.timedelta(minutes=1)


class Followed:
    """What comes of samples (minutes after 10:00, what the meter shows) in turn."""

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self.limits, self.state = limits, CounterState()
        self.energy, self.steps = list[Energy](), list[Step]()

    def sees(self, *samples: tuple[float, str | Decimal | int]) -> Followed:
        for minutes, shown in samples:
            sample = Sample(beijing("10:00") + minutes * MINUTE, Decimal(shown))
            self.steps.append(follow(self.state, sample, TOLERANCE, self.limits))
            self.state = self.steps[-1].state
            self.energy += self.steps[-1].energy
        return self

    @property
    def total(self) -> Decimal:
        return sum((each.value for each in self.energy), Decimal(0))

    @property
    def incidents(self) -> list[Incident]:
        return [each for step in self.steps for each in step.incidents]

    @property
    def kinds(self) -> list[str]:
        return [each.kind for each in self.incidents]

    @property
    def joints(self) -> list[tuple[str, int, int]]:
        found = [step.joint for step in self.steps if step.joint]
        return [(joint.kind, int(joint.closing), int(joint.opening)) for joint in found]


@pytest.mark.parametrize("size", [2**16, 2**23, 2**32, 10**6, 10**8])
def test_a_register_that_comes_to_its_end_goes_on_from_0_and_the_use_across_is_flagged(size: int) -> None:
    seen = Followed(Limits(rolls_at=Decimal(size)))
    seen.sees((0, size - 10), (14, size - 3), (15, 2), (16, 3), (30, 12), (45, 20))
    assert [(int(each.value), each.origin) for each in seen.energy] == [
        (11, DOUBTFUL),
        (11, DOUBTFUL),
        (8, "instrument"),
    ]
    assert seen.joints == [("rolled-over", size, 0)]
    assert seen.state.shown == Sample(beijing("10:45"), Decimal(20))


def test_a_register_far_from_its_end_does_not_roll_over() -> None:
    seen = Followed(SIX_DIGITS).sees((0, 500_000), (15, 2), (16, 3), (17, 500_020), (30, 500_030))
    assert (seen.joints, seen.total) == ([], Decimal(30))
    assert seen.kinds == ["counter-fell", "counter-believed-again"]


def test_a_drop_to_0_just_before_the_end_of_the_register_is_no_roll_over_while_it_stands_still() -> None:
    seen = Followed(SIX_DIGITS).sees((0, 999_990), (15, 0), (16, 0), (17, 0), (18, 999_992), (30, 999_995))
    assert (seen.joints, seen.total) == ([], Decimal(5))


def test_a_roll_over_that_was_none_is_taken_away_again_when_the_counter_comes_back() -> None:
    seen = Followed(SIX_DIGITS)
    seen.sees((0, 999_900), (15, 3), (16, 4), (30, 5), (45, 999_980), (60, 999_990), (90, 1_000_000 - 1))
    assert seen.joints == [("rolled-over", 1_000_000, 0)]
    assert "counter-came-back" in seen.kinds
    seen.sees((105, 150), (106, 151), (120, 160))
    assert seen.total == Decimal(100 + 160)


def test_a_figure_that_no_register_shows_takes_no_roll_over_back() -> None:
    seen = Followed(Limits(Decimal(2400), Decimal(1_000_000)))
    seen.sees((0, 999_998), (5, 0), (6, 1), (7, 777_777_777), (8, 1), (15, 3), (30, 7))
    assert (seen.joints, seen.total) == ([("rolled-over", 1_000_000, 0)], Decimal(9))


def test_a_meter_that_was_replaced_goes_on_from_its_first_figure_until_a_person_says_more() -> None:
    seen = Followed().sees((0, 1000), (15, 1010), *((16 + n, 7 + n) for n in range(75)))
    assert seen.joints == [("replaced", 1010, 7)]
    assert seen.total == Decimal(10 + 74)
    assert seen.kinds[:2] == ["counter-fell", "counter-replaced"]
    assert {each.origin for each in seen.energy[1:5]} == {DOUBTFUL}


def test_a_reset_counts_from_0_where_the_meter_can_have_counted_so_much() -> None:
    seen = Followed(Limits(rate_max=Decimal(600))).sees((0, 1000), (15, 1010))
    seen.sees(*((16 + n, 3 + n) for n in range(75)))
    assert seen.joints == [("reset", 1010, 0)]
    assert seen.total == Decimal(10 + 3 + 74)


def test_a_counter_that_leaps_beyond_what_its_line_can_deliver_is_held_and_may_come_back() -> None:
    seen = Followed(Limits(rate_max=Decimal(100))).sees((0, 10), (7, 5_000_000), (8, 5_000_001), (15, 20))
    assert (seen.total, seen.joints) == (Decimal(10), [])
    assert seen.kinds == ["counter-leapt", "counter-believed-again"]
    assert "expected no more than 100 an hour after 10.0000" in seen.incidents[0].detail


def test_a_leap_that_stays_is_another_meter_and_nothing_is_invented() -> None:
    seen = Followed(Limits(rate_max=Decimal(100)))
    seen.sees((0, 10), (15, 20), *((16 + n, 5000 + n) for n in range(75)))
    assert (seen.total, seen.joints) == (Decimal(10 + 74), [("replaced", 20, 5000)])


def test_a_counter_that_was_low_for_hours_and_comes_back_counts_nothing_twice() -> None:
    seen = Followed().sees((0, 1000), (15, 1010), *((16 + n, 0) for n in range(75)), (95, 1060), (105, 1070))
    assert seen.joints == [("replaced", 1010, 0)]
    assert (seen.total, seen.state.joint, seen.state.carried) == (Decimal(70), None, Decimal(0))


def test_a_clock_set_back_two_hours_loses_and_doubles_nothing_and_flags_what_it_shares_out() -> None:
    seen = Followed(Limits(rate_max=Decimal(100))).sees(
        (0, 0), (15, 10), *((n - 105, n) for n in range(16, 150))
    )
    assert [(int(each.value), each.origin) for each in seen.energy] == [(10, "instrument"), (125, DOUBTFUL)]
    starts = [each.start for each in seen.energy]
    assert len(set(starts)) == len(starts)


def test_a_clock_that_was_a_year_ahead_is_not_waited_for() -> None:
    year = 366 * 24 * 60
    seen = Followed().sees((year, 0), (year + 15, 10), (1, 12), (15, 14), (30, 20))
    assert [(str(each.value), each.origin) for each in seen.energy] == [
        ("10.0000", "instrument"),
        ("4.0000", DOUBTFUL),
        ("6.0000", "instrument"),
    ]
    assert "clock-set-back" in seen.kinds


def test_other_transformers_go_on_where_the_counter_stood() -> None:
    before = Followed().sees((0, 800), (15, 880)).state
    point = Point("main", "x", ELECTRICITY, Decimal(40))
    state, joint = inherited({f"{point.place}/80": before}, point, beijing("10:16"))
    assert joint == Joint("ct-changed", beijing("10:16"), Decimal(880), Decimal(440), Decimal(880))
    step = follow(state, Sample(beijing("10:30"), Decimal(450)), TOLERANCE)
    assert [(str(each.value), each.origin) for each in step.energy] == [("10.0000", DOUBTFUL)]
    assert inherited({}, point, beijing("10:16")) == (CounterState(), None)
    assert inherited({point.key: before}, point, beijing("10:16")) == (before, None)
    assert inherited({f"{point.place}/40.0": before}, point, beijing("10:16")) == (before, None)


def test_limits_that_allow_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput, match="rate_max: came 0"):
        Limits(Decimal(0))


uses = st.lists(st.integers(0, 40), min_size=8, max_size=90)
faults = st.sampled_from(["silent", "zero", "back", "garbage"])


@given(uses, st.dictionaries(st.integers(1, 89), faults, max_size=20), st.integers(0, 10**6 - 1))
def test_the_total_is_what_the_meter_counted_through_roll_overs_and_faults_of_the_line(
    used: list[int], broken: dict[int, str], first: int
) -> None:
    """A six-digit meter looked at each minute, of which any look may fail, and from then on an hour without faults."""
    limits = Limits(rate_max=Decimal(60 * 40), rolls_at=Decimal(10**6))
    seen = Followed(limits).sees((0, first))
    truth = list(itertools.accumulate([first, *used, *([1] * 90)]))
    wrong = {"zero": 0, "garbage": 777_777_777}
    for minute, counted in enumerate(truth[1:], 1):
        fault = broken.get(minute)
        shown = wrong.get(fault or "", truth[minute - 1] % 10**6 if fault == "back" else counted % 10**6)
        if fault != "silent":
            seen.sees((minute, shown))
    booked = seen.state.booked
    assert booked is not None
    minutes = int((booked.at - beijing("10:00")) / MINUTE)
    assert seen.total == truth[minutes] - first
    starts = [each.start for each in seen.energy]
    assert all(later - earlier == QUARTER_HOUR for earlier, later in itertools.pairwise(starts))
    assert all(each.value >= 0 for each in seen.energy)


@given(st.lists(st.tuples(uses, st.integers(0, 10**5), st.integers(0, 50)), min_size=1, max_size=4))
def test_the_total_is_that_of_all_meters_that_stood_there_when_their_readings_are_said(
    meters: list[tuple[list[int], int, int]],
) -> None:
    """Each meter begins at an opening reading and is read each minute; between two lie minutes and use that nobody saw."""
    seen, minute, total, shown = Followed(), 0, 0, 0
    for n, (used, opening, unseen) in enumerate(meters):
        counted = opening
        if n:
            closing = Decimal(shown + unseen)
            joint = Joint(
                "replaced", beijing("10:00") + minute * MINUTE, closing, Decimal(opening), confirmed=True
            )
            seen.state = joined(seen.state, joint)
            total += unseen
        for use in used:
            seen.sees((minute, counted))
            counted, minute, total = counted + use, minute + 1, total + use
        shown = counted
    seen.sees((minute, shown), (15 * (minute // 15 + 1), shown))
    assert seen.total == total
    assert DOUBTFUL not in {each.origin for each in seen.energy}
