"""Energy from counters: nothing invented, nothing lost, never negative."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.counters import (
    GAP_MAX,
    STEP,
    CounterState,
    Energy,
    Incident,
    Sample,
    Step,
    advance,
    quarter_hour_of,
    share_out,
)
from edge_probe.readings import QUARTER_HOUR
from graph.errors import InvalidInput
from tests.edge_probe.fakes import beijing

TOLERANCE = dt.timedelta(seconds=30)


def sampled(*samples: tuple[str, str]) -> tuple[list[Energy], list[Incident], CounterState]:
    """Everything that comes of samples (time, counter) in turn."""
    return fed([Sample(beijing(at), Decimal(counter)) for at, counter in samples])


def fed(samples: list[Sample]) -> tuple[list[Energy], list[Incident], CounterState]:
    step = Step(CounterState())
    energy: list[Energy] = []
    incidents: list[Incident] = []
    for sample in samples:
        step = advance(step.state, sample, TOLERANCE)
        energy += step.energy
        incidents += step.incidents
    return energy, incidents, step.state


def shown(energy: list[Energy]) -> list[tuple[str, str, str]]:
    return [((e.start + dt.timedelta(hours=8)).strftime("%H:%M"), str(e.value), e.origin) for e in energy]


def test_a_quarter_hour_is_its_end_minus_its_start_labelled_by_its_start() -> None:
    energy, _, _ = sampled(("10:00", "100"), ("10:07", "104"), ("10:15", "110.5"), ("10:30", "112"))
    assert shown(energy) == [("10:00", "10.5000", "instrument"), ("10:15", "1.5000", "instrument")]


def test_nothing_is_said_before_two_boundaries_were_seen() -> None:
    energy, incidents, _ = sampled(("10:05", "100"), ("10:14", "104"), ("10:16", "105"))
    assert (energy, incidents) == ([], [])


def test_a_boundary_seen_a_little_early_or_late_counts() -> None:
    energy, _, _ = sampled(("09:59:45", "100"), ("10:01", "101"), ("10:15:29", "110"))
    assert shown(energy) == [("10:00", "10.0000", "instrument")]


def test_of_two_samples_near_a_boundary_the_nearer_decides() -> None:
    energy, _, _ = sampled(("10:00", "100"), ("10:14:55", "110"), ("10:15:20", "119"), ("10:30", "120"))
    assert shown(energy) == [("10:00", "10.0000", "instrument"), ("10:15", "10.0000", "instrument")]


def test_a_missed_boundary_shares_out_what_was_measured_over_both_and_says_estimated() -> None:
    energy, _, _ = sampled(("10:00", "100"), ("10:07", "103"), ("10:22", "105"), ("10:30", "110.0001"))
    assert shown(energy) == [("10:00", "5.0000", "estimated"), ("10:15", "5.0001", "estimated")]


def test_an_outage_of_an_hour_keeps_its_sum() -> None:
    energy, _, _ = sampled(("10:00", "100"), ("11:00", "110.0003"), ("11:15", "111"))
    assert [e.origin for e in energy] == ["estimated"] * 4 + ["instrument"]
    assert [str(e.value) for e in energy] == ["2.5000", "2.5000", "2.5000", "2.5003", "0.9997"]


def test_an_outage_that_ends_off_the_boundary_waits_for_the_next_one() -> None:
    energy, _, state = sampled(("10:00", "100"), ("10:50", "110"))
    assert energy == []
    assert state.booked == Sample(beijing("10:00"), Decimal(100))


def test_a_counter_that_drops_to_zero_for_minutes_yields_nothing_until_it_is_back() -> None:
    samples = (
        ("10:00", "100"),
        ("10:14", "109"),
        ("10:15", "0"),
        ("10:16", "0"),
        ("10:20", "112"),
        ("10:30", "120"),
    )
    energy, incidents, state = sampled(*samples)
    assert shown(energy) == [("10:00", "10.0000", "estimated"), ("10:15", "10.0000", "estimated")]
    assert [i.kind for i in incidents] == ["counter-fell", "counter-believed-again"]
    assert state.held is None


def test_a_counter_that_stays_low_is_held_and_told_once() -> None:
    energy, incidents, state = sampled(("10:00", "100"), ("10:15", "3"), ("10:30", "4"), ("10:45", "5"))
    assert energy == []
    assert [i.kind for i in incidents] == ["counter-fell"]
    assert "came 3.0000, expected at least 100.0000 seen at 2026-11-23 02:00" in incidents[0].detail
    assert state.held == "counter-fell"


def test_a_clock_that_goes_back_is_not_believed() -> None:
    energy, incidents, _ = sampled(("10:00", "100"), ("10:15", "110"), ("10:05", "111"), ("10:30", "120"))
    assert shown(energy) == [("10:00", "10.0000", "instrument"), ("10:15", "10.0000", "instrument")]
    assert [i.kind for i in incidents] == ["clock-went-back", "counter-believed-again"]


def test_a_clock_gone_astray_by_years_books_nothing() -> None:
    start = beijing("10:00")
    samples = [Sample(start, Decimal(100)), Sample(start + GAP_MAX + QUARTER_HOUR, Decimal(200))]
    energy, incidents, _ = fed(samples)
    assert energy == []
    assert [i.kind for i in incidents] == ["gap-too-long"]


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no offset"):
        Sample(dt.datetime(2026, 11, 23, 10, 0), Decimal(1))  # noqa: DTZ001 - the wrong side


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001 - the zone is beside it
def test_boundaries_lie_on_beijings_quarter_hours(moment: dt.datetime) -> None:
    boundary = quarter_hour_of(moment)
    local = boundary + dt.timedelta(hours=8)
    assert boundary <= moment < boundary + QUARTER_HOUR
    assert (local.minute % 15, local.second, local.microsecond) == (0, 0, 0)


@given(st.decimals(0, 10**9, places=4), st.integers(1, 96 * 184))
def test_shares_add_up_to_the_last_digit_and_none_is_negative(delta: Decimal, quarters: int) -> None:
    shares = share_out(beijing("00:00"), delta, quarters)
    assert sum(e.value for e in shares) == delta
    assert min(e.value for e in shares) >= 0
    assert [e.start for e in shares] == [beijing("00:00") + n * QUARTER_HOUR for n in range(quarters)]


rises = st.lists(
    st.tuples(st.integers(1, 5000) | st.sampled_from([60, 300, 900]), st.decimals(0, 500, places=5)),
    max_size=60,
)


@st.composite
def samplings(draw: st.DrawFn) -> list[Sample]:
    """Any pattern of looking at a counter that only rises: (seconds since the last look, what was added)."""
    at, counter = (
        beijing("00:00") + dt.timedelta(seconds=draw(st.integers(0, 1800))),
        Decimal(draw(st.integers(0, 9**9))),
    )
    samples = [Sample(at, counter)]
    for seconds, added in draw(rises):
        at, counter = at + dt.timedelta(seconds=seconds), counter + added
        samples.append(Sample(at, counter))
    return samples


@given(samplings())
def test_what_is_handed_on_adds_up_to_the_counters_end_minus_its_start(samples: list[Sample]) -> None:
    begun = Sample(beijing("00:00"), samples[0].counter)
    ended = Sample(quarter_hour_of(samples[-1].at) + QUARTER_HOUR, samples[-1].counter)
    energy, incidents, _ = fed([begun, *[s for s in samples if begun.at < s.at < ended.at], ended])
    assert sum(e.value for e in energy) == ended.counter - begun.counter
    assert incidents == []


@given(samplings())
def test_quarter_hours_follow_one_another_without_hole_or_overlap(samples: list[Sample]) -> None:
    energy, _, state = fed(samples)
    starts = [e.start for e in energy]
    assert all(later - earlier == QUARTER_HOUR for earlier, later in itertools.pairwise(starts))
    if starts and state.booked:
        assert state.booked.at == starts[-1] + QUARTER_HOUR


@given(samplings(), st.lists(st.integers(0, 59), max_size=8))
def test_dropped_answers_change_where_energy_is_booked_and_never_how_much(
    samples: list[Sample], dropped: list[int]
) -> None:
    begun = Sample(beijing("00:00"), samples[0].counter)
    ended = Sample(quarter_hour_of(samples[-1].at) + QUARTER_HOUR, samples[-1].counter)
    inner = [s for n, s in enumerate(samples) if begun.at < s.at < ended.at and n not in dropped]
    energy, _, _ = fed([begun, *inner, ended])
    assert sum(e.value for e in energy) == ended.counter - begun.counter


@given(samplings(), st.lists(st.tuples(st.integers(0, 59), st.decimals(0, 9**8, places=4)), max_size=8))
def test_whatever_a_faulty_counter_shows_no_value_is_negative(
    samples: list[Sample], faults: list[tuple[int, Decimal]]
) -> None:
    broken = dict(faults)
    seen = [Sample(s.at, broken.get(n, s.counter)) for n, s in enumerate(samples)]
    energy, _, _ = fed(seen)
    assert all(e.value >= 0 and e.value == e.value.quantize(STEP) for e in energy)
