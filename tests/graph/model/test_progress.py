"""Laws of milestones, of the stage a platform or access end has reached, and of waivers."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.energy import EnergyKind
from graph.model.platform import PlatformStage
from graph.model.progress import (
    AccessEndStage,
    ConnectionProgress,
    Milestone,
    Waiver,
    connection_progress,
    platform_progress,
    stage_on,
)
from tests.graph.model.values import UNIT, dates

DAY = dt.date(2020, 12, 31)
milestones = st.builds(
    Milestone, st.sampled_from([*PlatformStage, *AccessEndStage]), dates, st.none() | dates
)


def _plan(kind: type[PlatformStage] | type[AccessEndStage]) -> st.SearchStrategy[list[Milestone]]:
    """One milestone for some stages of a kind."""
    of_kind = st.builds(Milestone, st.sampled_from(kind), dates, st.none() | dates)
    return st.lists(of_kind, max_size=6, unique_by=lambda milestone: milestone.stage)


plans = _plan(PlatformStage) | _plan(AccessEndStage)


@given(milestones, dates, dates)
def test_what_was_reached_stays_reached(milestone: Milestone, one: dt.date, other: dt.date) -> None:
    early, late = sorted((one, other))
    assert milestone.reached_by(late) or not milestone.reached_by(early)


@given(milestones, dates)
def test_a_milestone_is_never_both_reached_and_overdue(milestone: Milestone, day: dt.date) -> None:
    assert not (milestone.reached_by(day) and milestone.overdue_on(day))


@given(milestones)
def test_a_milestone_is_not_overdue_on_its_planned_day_but_on_the_next(milestone: Milestone) -> None:
    the_day_after = milestone.planned + dt.timedelta(days=1)
    assert not milestone.overdue_on(milestone.planned)
    assert milestone.overdue_on(the_day_after) == (not milestone.reached_by(the_day_after))


@given(milestones)
def test_reaching_counts_from_the_actual_day_itself(milestone: Milestone) -> None:
    if milestone.actual is not None:
        assert milestone.reached_by(milestone.actual)
        assert not milestone.reached_by(milestone.actual - dt.timedelta(days=1))


@given(plans, dates)
def test_the_stage_is_the_furthest_reached_in_the_order_of_its_own_list(
    plan: list[Milestone], day: dt.date
) -> None:
    furthest = stage_on(plan, day)
    reached = [milestone for milestone in plan if milestone.reached_by(day)]
    if furthest is None:
        assert not reached
        return
    order = list(type(furthest.stage))
    assert furthest in reached
    assert all(order.index(milestone.stage) <= order.index(furthest.stage) for milestone in reached)


@given(plans, dates, dates)
def test_the_stage_never_goes_back(plan: list[Milestone], one: dt.date, other: dt.date) -> None:
    early, late = (stage_on(plan, day) for day in sorted((one, other)))
    if early is not None:
        assert late is not None
        order = list(type(early.stage))
        assert order.index(early.stage) <= order.index(late.stage)


def test_a_platform_accepted_is_further_than_one_on_trial() -> None:
    plan = [Milestone(stage, DAY, DAY) for stage in reversed(PlatformStage)]
    furthest = stage_on(plan, DAY)
    assert furthest is not None
    assert furthest.stage is PlatformStage.ACCEPTED


def test_nothing_reached_is_no_stage() -> None:
    assert stage_on([], DAY) is None
    assert stage_on([Milestone(AccessEndStage.SURVEYED, DAY)], DAY) is None


@pytest.mark.parametrize("energy", EnergyKind)
def test_every_energy_but_electricity_can_be_waived(energy: EnergyKind) -> None:
    if energy is not EnergyKind.ELECTRICITY:
        assert Waiver(UNIT, energy, "云梦省发展改革委", DAY).until is None
        return
    with pytest.raises(InvalidInput, match="cannot be waived"):
        Waiver(UNIT, energy, "云梦省发展改革委", DAY)


@given(dates, dates)
def test_a_waiver_ends_after_it_was_granted(granted: dt.date, until: dt.date) -> None:
    if until > granted:
        assert Waiver(UNIT, EnergyKind.HEAT, "云梦省发展改革委", granted, until).until == until
        return
    with pytest.raises(InvalidInput, match="not after"):
        Waiver(UNIT, EnergyKind.HEAT, "云梦省发展改革委", granted, until)


plan_days = st.lists(st.tuples(dates, st.none() | dates), max_size=8)


@given(plan_days, plan_days, dates, dates)
def test_connections_of_two_provinces_add_up_to_those_of_both(
    one: list[tuple[dt.date, dt.date | None]],
    other: list[tuple[dt.date, dt.date | None]],
    last: dt.date,
    today: dt.date,
) -> None:
    apart = connection_progress(one, last, today) + connection_progress(other, last, today)
    assert apart == connection_progress([*one, *other], last, today)
    assert apart + ConnectionProgress() == apart


@given(plan_days, dates, dates)
def test_an_overdue_unit_is_due_and_not_connected(
    days: list[tuple[dt.date, dt.date | None]], last: dt.date, today: dt.date
) -> None:
    found = connection_progress(days, last, today)
    assert found.overdue <= found.due <= len(days)
    assert found.overdue + found.connected <= len(days)


@given(_plan(PlatformStage), dates, dates)
def test_a_platforms_next_and_overdue_stages_lie_beyond_the_one_it_reached(
    plan: list[Milestone], last: dt.date, today: dt.date
) -> None:
    order = list(PlatformStage)
    found = platform_progress(plan, last, today)
    place = -1 if found.stage is None else order.index(found.stage)
    assert all(order.index(stage) > place for stage in found.overdue)
    beyond = [
        order.index(PlatformStage(m.stage)) for m in plan if order.index(PlatformStage(m.stage)) > place
    ]
    assert (found.next is None) == (beyond == [])
    if found.next is not None:
        assert order.index(PlatformStage(found.next.stage)) == min(beyond)


def test_what_is_planned_for_today_is_not_overdue_yet() -> None:
    plan = [Milestone(PlatformStage.BUILT, DAY)]
    the_day_after = DAY + dt.timedelta(days=1)
    assert platform_progress(plan, DAY, DAY).overdue == ()
    assert platform_progress(plan, DAY, the_day_after).overdue == (PlatformStage.BUILT,)
    assert connection_progress([(DAY, None)], DAY, DAY) == ConnectionProgress(due=1)
    assert connection_progress([(DAY, None)], DAY, the_day_after) == ConnectionProgress(due=1, overdue=1)
