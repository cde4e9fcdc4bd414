"""Duties follow from facts and from nothing else: the same facts, the same duties; what is done is closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.duty import Duty, DutyKind
from graph.model.period import Quarter
from graph.model.platform import PlatformStage
from graph.model.progress import AccessEndStage, Milestone
from graph.model.region import RegionCode
from national_sync.duties import (
    FIRST_QUARTER,
    QUARTERS_MAX,
    AccessEndPlan,
    Facts,
    OrderGiven,
    differing,
    duties_of,
    quarters_owed,
)

JIA, YI = RegionCode("910000"), RegionCode("920000")
UNITS = [CreditCode.of_body(f"9191000000000{number:04d}") for number in range(3)]
TODAY = dt.date(2026, 11, 23)
days = st.dates(dt.date(2019, 1, 1), dt.date(2027, 12, 31))
perhaps = st.none() | days
provinces = st.sampled_from([JIA, YI])
quarters = st.lists(
    st.builds(Quarter, st.integers(2019, 2026), st.integers(1, 4)), unique=True, max_size=4
).map(tuple)


def milestones(stages: type[PlatformStage | AccessEndStage]) -> st.SearchStrategy[list[Milestone]]:
    """Some of the stages, each once, in any order."""
    one = st.builds(Milestone, st.sampled_from(list(stages)), days, perhaps)
    return st.lists(one, unique_by=lambda milestone: milestone.stage)


plans = st.builds(
    AccessEndPlan,
    st.sampled_from(UNITS),
    st.just(JIA),
    st.builds(Milestone, st.sampled_from(list(AccessEndStage)), days, perhaps),
)
orders = st.builds(
    OrderGiven,
    st.text("号0123456789", min_size=1, max_size=48),
    st.sampled_from(UNITS),
    provinces,
    days,
    perhaps,
)
facts = st.builds(
    Facts,
    quarters=quarters,
    filings=st.dictionaries(provinces, perhaps),
    reports=st.dictionaries(
        st.tuples(provinces, st.builds(Quarter, st.just(2026), st.integers(1, 4))), perhaps
    ),
    platforms=st.dictionaries(provinces, milestones(PlatformStage)),
    access_ends=st.lists(plans, unique_by=lambda plan: (plan.unit, plan.milestone.stage)),
    orders=st.lists(orders, unique_by=lambda order: order.number),
)


def applied(known: dict[str, Duty], some: list[Duty]) -> dict[str, Duty]:
    """What is known once these were written."""
    return known | {duty.key: duty for duty in some}


@given(facts, facts)
def test_deriving_twice_changes_nothing(before: Facts, now: Facts) -> None:
    known = applied({}, differing(duties_of(before), {}))
    once = applied(known, differing(duties_of(now), known))
    assert differing(duties_of(now), once) == []
    assert {key: once[key] for key in duties_of(now)} == duties_of(now)


@given(facts)
def test_the_order_in_which_facts_are_told_does_not_matter(told: Facts) -> None:
    turned = replace(
        told,
        access_ends=list(reversed(told.access_ends)),
        orders=list(reversed(told.orders)),
        platforms={province: list(reversed(stages)) for province, stages in told.platforms.items()},
        filings=dict(reversed(list(told.filings.items()))),
    )
    assert duties_of(turned) == duties_of(told)


@given(facts)
def test_every_duty_has_a_key_of_its_own_that_the_registry_can_hold(told: Facts) -> None:
    duties = duties_of(told)
    stages = sum(map(len, told.platforms.values())) + len(told.access_ends) + len(told.orders)
    assert len(duties) == stages + len(told.filings) * (1 + len(told.quarters))
    assert all(key == f"{duty.kind.value}:{duty.subject}" and len(key) <= 64 for key, duty in duties.items())
    assert all("424号" in duty.clause for duty in duties.values())


@given(facts, days)
def test_a_fact_that_is_done_closes_its_duty_those_of_the_stages_before_it_and_no_other(
    told: Facts, day: dt.date
) -> None:
    before = duties_of(told)
    done = [replace(plan, milestone=replace(plan.milestone, actual=day)) for plan in told.access_ends[:1]]
    changed = differing(duties_of(replace(told, access_ends=[*done, *told.access_ends[1:]])), before)
    stages = [stage.value for stage in AccessEndStage]
    closed = {f"{plan.unit}/{stage}" for plan in done for stage in stages[: _place(plan) + 1]}
    assert all(duty.done_on == day and duty.subject in closed for duty in changed)


def _place(plan: AccessEndPlan) -> int:
    return list(AccessEndStage).index(AccessEndStage(plan.milestone.stage))


def of(kind: DutyKind, told: Facts) -> list[tuple[str, dt.date, dt.date | None]]:
    """Subject, due day and done day of each duty of a kind, by subject."""
    found = [duty for duty in duties_of(told).values() if duty.kind is kind]
    return sorted((duty.subject, duty.due_on, duty.done_on) for duty in found)


def test_a_report_is_owed_by_the_15th_and_closed_by_the_day_it_was_sent() -> None:
    sent = dt.date(2026, 10, 20)
    told = Facts((Quarter(2026, 3),), {JIA: None, YI: None}, {(JIA, Quarter(2026, 3)): sent})
    due = dt.date(2026, 10, 15)
    assert of(DutyKind.QUARTERLY_REPORT, told) == [("910000/2026Q3", due, sent), ("920000/2026Q3", due, None)]


def test_the_first_filing_is_owed_by_the_end_of_may_2019() -> None:
    filed = dt.date(2019, 5, 20)
    due = dt.date(2019, 5, 31)
    told = Facts(filings={JIA: filed, YI: None})
    assert of(DutyKind.FIRST_FILING, told) == [("910000", due, filed), ("920000", due, None)]


def test_a_platforms_stage_before_one_that_was_reached_is_passed() -> None:
    day = dt.date(2020, 3, 1)
    built, trial = dt.date(2020, 6, 1), dt.date(2020, 5, 1)
    stages = [
        Milestone(PlatformStage.ACCEPTED, day),
        Milestone(PlatformStage.TRIAL, day, trial),
        Milestone(PlatformStage.PLANNED, day),
        Milestone(PlatformStage.BUILT, day, built),
    ]
    assert of(DutyKind.PLATFORM_STAGE, Facts(platforms={JIA: stages})) == [
        ("910000/accepted", day, None),
        ("910000/built", day, built),
        ("910000/planned", day, built),
        ("910000/trial", day, trial),
    ]


def test_an_access_ends_stage_is_the_units_and_lies_in_its_province() -> None:
    planned = dt.date(2020, 12, 31)
    plan = AccessEndPlan(UNITS[0], JIA, Milestone(AccessEndStage.CONNECTED, planned))
    (duty,) = duties_of(Facts(access_ends=[plan])).values()
    assert (duty.unit, duty.province, duty.due_on, duty.done_on) == (UNITS[0], JIA, planned, None)


def test_an_access_ends_stage_before_one_that_was_reached_is_passed_on_that_day_and_no_other_units_is() -> (
    None
):
    planned, connected = dt.date(2020, 12, 31), dt.date(2021, 2, 1)
    stages = [
        Milestone(AccessEndStage.CONNECTED, planned, connected),
        Milestone(AccessEndStage.ACCEPTED, planned),
        Milestone(AccessEndStage.SURVEYED, planned),
    ]
    plans = [AccessEndPlan(UNITS[0], JIA, stage) for stage in stages]
    plans.append(AccessEndPlan(UNITS[1], JIA, stages[2]))
    assert of(DutyKind.ACCESS_END, Facts(access_ends=plans)) == sorted(
        [
            (f"{UNITS[0]}/accepted", planned, None),
            (f"{UNITS[0]}/connected", planned, connected),
            (f"{UNITS[0]}/surveyed", planned, connected),
            (f"{UNITS[1]}/surveyed", planned, None),
        ]
    )


def test_what_was_ordered_to_be_mended_is_owed_by_the_deadline() -> None:
    deadline, mended = dt.date(2026, 6, 30), dt.date(2026, 6, 1)
    told = Facts(
        orders=[
            OrderGiven("1号", UNITS[0], JIA, deadline, mended),
            OrderGiven("2号", UNITS[1], JIA, deadline, None),
        ]
    )
    assert of(DutyKind.RECTIFICATION, told) == [("1号", deadline, mended), ("2号", deadline, None)]
    assert [duty.unit for duty in duties_of(told).values()] == UNITS[:2]


def test_reports_are_owed_from_the_first_quarter_up_to_todays_and_never_of_too_many() -> None:
    owed = quarters_owed(FIRST_QUARTER, TODAY)
    assert (owed[0], owed[-1], len(owed)) == (Quarter(2019, 1), Quarter(2026, 4), 32)
    assert quarters_owed(Quarter(2026, 4), TODAY) == (Quarter(2026, 4),)
    assert quarters_owed(Quarter(2027, 1), TODAY) == ()
    wild = quarters_owed(FIRST_QUARTER, dt.date(2199, 1, 1))
    assert (len(wild), wild[-1]) == (QUARTERS_MAX, Quarter(2199, 1))


@pytest.mark.parametrize("kind", list(DutyKind))
def test_a_duty_of_the_wrong_ower_is_refused(kind: DutyKind) -> None:
    unit = None if kind.is_a_units else UNITS[0]
    with pytest.raises(InvalidInput, match="is owed by"):
        Duty("x", kind, JIA, unit, "x", TODAY, None, kind.clause)
