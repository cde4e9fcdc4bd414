"""Laws of when links run: never in the past, never beyond the ceiling, and what closes and opens a breaker."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.daily_slot import DAY, DailySlot
from graph.model.sync_run import Breaker
from national_sync.cadence import (
    Ended,
    LinkState,
    Pace,
    Patience,
    begun,
    ended,
    is_due,
    longest,
    may_begin,
    span_s,
)

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
PATIENCE = Patience()
HOURLY = Pace(3_600)
MOMENTS = st.datetimes(
    dt.datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy wants its bounds naive
    dt.datetime(2100, 1, 1),  # noqa: DTZ001 - and gives them the zone
    timezones=st.just(dt.UTC),
)
CHANCES = st.floats(0, 1)
SLOTS = st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=2, unique=True).map(
    lambda ends: DailySlot(*ends)
)
PACES = st.builds(Pace, st.floats(0.01, 2_592_000), st.none() | SLOTS)
_ANY = (st.none() | MOMENTS, MOMENTS, st.none() | MOMENTS)
STATES = st.builds(
    lambda due, failures, breaker, since, until, success: LinkState(
        due, failures, breaker, since, until if breaker is Breaker.OPEN else None, success
    ),
    *(MOMENTS, st.integers(0, 200), st.sampled_from(Breaker), *_ANY),
)
HOWS = st.sampled_from(Ended)
WISHES = st.none() | st.floats(-1e9, 1e9)


def seconds(state: LinkState) -> float:
    """How long after NOON a state is due."""
    return (state.due_at - NOON).total_seconds()


def after(state: LinkState, *hows: Ended, chance: float = 1.0, pace: Pace = HOURLY) -> LinkState:
    """A state after runs that each began and ended at noon."""
    for how in hows:
        state = ended(begun(state, NOON), how, NOON, chance, pace, PATIENCE)
    return state


@given(STATES, HOWS, MOMENTS, CHANCES, PACES, WISHES)
def test_nothing_is_due_earlier_than_now_or_later_than_the_longest_wait(
    state: LinkState, how: Ended, now: dt.datetime, chance: float, pace: Pace, wish: float | None
) -> None:
    found = ended(begun(state, now), how, now, chance, pace, PATIENCE, wish)
    assert now <= found.due_at <= now + longest(pace, PATIENCE)


@given(STATES, HOWS, MOMENTS, CHANCES, PACES, WISHES)
def test_a_link_with_a_slot_is_due_within_it_and_begins_nowhere_else(
    state: LinkState, how: Ended, now: dt.datetime, chance: float, pace: Pace, wish: float | None
) -> None:
    found = ended(state, how, now, chance, pace, PATIENCE, wish)
    assert is_due(found, pace, PATIENCE, found.due_at)
    if pace.slot is not None:
        assert pace.slot.holds(found.due_at)
        assert not is_due(found, pace, PATIENCE, now) or pace.slot.holds(now)


@given(STATES, MOMENTS, CHANCES, PACES)
def test_a_run_that_came_to_its_end_always_closes(
    state: LinkState, now: dt.datetime, chance: float, pace: Pace
) -> None:
    for how in (Ended.SUCCEEDED, Ended.NOTED):
        found = ended(begun(state, now), how, now, chance, pace, PATIENCE)
        assert (found.breaker, found.failures, found.until) == (Breaker.CLOSED, 0, None)
        assert found.last_success_at == (now if how is Ended.SUCCEEDED else state.last_success_at)


def test_a_breaker_that_is_open_has_an_end_and_no_other_has() -> None:
    for breaker, until in ((Breaker.OPEN, None), (Breaker.CLOSED, NOON), (Breaker.HALF_OPEN, NOON)):
        with pytest.raises(InvalidInput):
            LinkState(NOON, 0, breaker, None, until)


@given(st.integers(1, 10_000), st.integers(1, 10_000), PACES)
def test_the_span_grows_with_failures_up_to_the_ceiling(few: int, more: int, pace: Pace) -> None:
    low, high = sorted((few, few + more))
    assert 0 < span_s(low, pace, PATIENCE) <= span_s(high, pace, PATIENCE) <= PATIENCE.ceiling_s
    assert span_s(1, pace, PATIENCE) <= pace.every_s


@given(STATES, HOWS, MOMENTS, PACES, st.floats(0, PATIENCE.told_s_max))
def test_what_a_source_asks_for_is_kept(
    state: LinkState, how: Ended, now: dt.datetime, pace: Pace, wish: float
) -> None:
    found = ended(state, how, now, 0.0, pace, PATIENCE, wish)
    if how is not Ended.STOPPED:
        assert found.due_at >= now + dt.timedelta(seconds=wish)


def test_the_breaker_opens_after_five_failures_and_lets_one_trial_through() -> None:
    state = after(LinkState(NOON), *[Ended.BROKE] * 4)
    assert (state.breaker, state.failures) == (Breaker.CLOSED, 4)
    state = after(state, Ended.BROKE, chance=0.0)
    assert (state.breaker, state.since, seconds(state)) == (Breaker.OPEN, NOON, 300)
    assert begun(state, NOON).breaker is Breaker.HALF_OPEN
    assert after(state, Ended.BROKE).breaker is Breaker.OPEN
    assert after(state, Ended.SUCCEEDED) == LinkState(
        NOON + dt.timedelta(hours=1), since=NOON, last_success_at=NOON
    )


def test_the_wait_is_anywhere_in_a_span_that_doubles() -> None:
    spans = [seconds(after(LinkState(NOON), *[Ended.BROKE] * count)) for count in (1, 2, 3, 4)]
    assert spans == [30, 60, 120, 240]
    assert seconds(after(LinkState(NOON), Ended.BROKE, chance=0.25)) == 7.5
    assert seconds(after(LinkState(NOON, failures=100), Ended.BROKE)) == 3_600


def test_a_run_that_broke_off_behind_something_new_is_a_first_failure() -> None:
    state = after(LinkState(NOON, 7, Breaker.OPEN, NOON, NOON), Ended.CUT)
    assert (state.breaker, state.failures, seconds(state)) == (Breaker.CLOSED, 1, 30)


def test_a_run_that_the_hub_ended_is_due_at_once_and_a_trial_still_to_be_made() -> None:
    assert after(LinkState(NOON - DAY, 2), Ended.STOPPED) == LinkState(NOON, 2)
    trial = after(LinkState(NOON, 6, Breaker.OPEN, NOON - DAY, NOON), Ended.STOPPED)
    assert (trial.breaker, trial.until, trial.failures) == (Breaker.OPEN, NOON, 6)


def test_a_moment_that_a_clock_years_ahead_has_set_holds_up_nothing() -> None:
    assert is_due(LinkState(NOON + 700 * DAY), HOURLY, PATIENCE, NOON)
    assert not is_due(LinkState(NOON + dt.timedelta(minutes=59)), HOURLY, PATIENCE, NOON)


@pytest.mark.parametrize(
    ("slot", "moment", "first"),
    [
        ("01:00-05:30", "2026-11-23T03:00+08:00", "2026-11-23T03:00+08:00"),
        ("01:00-05:30", "2026-11-23T05:30+08:00", "2026-11-24T01:00+08:00"),
        ("01:00-05:30", "2026-11-23T00:59+08:00", "2026-11-23T01:00+08:00"),
        ("22:00-02:00", "2026-11-23T23:00+08:00", "2026-11-23T23:00+08:00"),
        ("22:00-02:00", "2026-11-23T12:00+08:00", "2026-11-23T22:00+08:00"),
    ],
)
def test_a_slot_is_of_the_beijing_day_and_may_go_over_midnight(slot: str, moment: str, first: str) -> None:
    of_moment = DailySlot.parse(slot).first_from(dt.datetime.fromisoformat(moment))
    assert of_moment == dt.datetime.fromisoformat(first)
    assert str(DailySlot.parse(slot)) == slot


@pytest.mark.parametrize("text", ["", "01:00", "1:00-2:00", "24:00-01:00", "01:00-01:00", "01:60-02:00"])
def test_what_is_no_slot_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        DailySlot.parse(text)


@pytest.mark.parametrize(
    "wrong", [{"first_s": 0}, {"first_s": 7_200}, {"open_s": 7_200}, {"failures_max": 0}, {"told_s_max": 0}]
)
def test_patience_without_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        Patience(**wrong)  # type: ignore[arg-type] # whole numbers and others


@given(STATES, PACES, MOMENTS)
def test_a_link_that_is_not_due_is_waited_for_and_due_when_it_may_begin(
    state: LinkState, pace: Pace, now: dt.datetime
) -> None:
    then = may_begin(state, pace, now)
    assert is_due(state, pace, PATIENCE, now) or then > now
    assert is_due(state, pace, PATIENCE, then)
