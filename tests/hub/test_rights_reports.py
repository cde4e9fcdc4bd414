"""Whose a report is: a province and who builds for it write it, those it is sent to review it, none does both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import FaultyRows, Forbidden
from graph.model.principal import NATION, OrganisationKind, Part, Reach
from graph.model.report import ReportState
from graph.ports import Decision
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import decider, kinds, one, opened, told
from tests.hub.stores.registry_fakes import WHO, of_region

PROVINCE = of_region("970000")
BODY = OrganisationKind.CONSTRUCTION_BODY


@pytest.fixture
def nation(tmp_path: Path) -> Iterator[Registry]:
    yield from opened(tmp_path, NATION)


@pytest.fixture
def registry(tmp_path: Path, served: Reach) -> Iterator[Registry]:
    yield from opened(tmp_path, served)


REPORT, TODAY = {"province": "970000", "quarter": "2026Q3"}, dt.date(2026, 11, 23)
FOLLOWS = {
    (ReportState.DRAFT, ReportState.SUBMITTED),
    (ReportState.SUBMITTED, ReportState.RETURNED),
    (ReportState.SUBMITTED, ReportState.ACCEPTED),
    (ReportState.RETURNED, ReportState.SUBMITTED),
    (ReportState.ACCEPTED, ReportState.RETURNED),
}


def report(state: ReportState) -> dict[str, Any]:
    """The report in a state."""
    return {**REPORT, "state": state, "submitted_on": None if state is ReportState.DRAFT else "2026-10-09"}


@pytest.mark.parametrize("after", ReportState)
@pytest.mark.parametrize("before", ReportState)
def test_a_report_goes_from_state_to_state_as_they_follow(
    nation: Registry, before: ReportState, after: ReportState
) -> None:
    nation.upsert("quarterly_report", [report(before)], WHO)
    row = {**report(after), "problems": "无"}
    if before is after or (before, after) in FOLLOWS:
        assert one(nation, "quarterly_report", row).changes["problems"] == ("", "无")
        return
    with pytest.raises(FaultyRows) as raised:
        one(nation, "quarterly_report", row)
    ((number, column, words),) = told(raised.value)
    assert (number, column) == (0, "state")
    assert f"came {after.value} after {before.value}, expected " in words


@pytest.mark.parametrize("after", [ReportState.RETURNED, ReportState.ACCEPTED])
def test_a_province_never_reviews_its_own_report(nation: Registry, after: ReportState) -> None:
    assert one(nation, "quarterly_report", {**REPORT, "state": "submitted"}, PROVINCE).audit is not None
    with pytest.raises(FaultyRows) as raised:
        one(nation, "quarterly_report", {**REPORT, "state": after}, PROVINCE)
    assert kinds(raised.value) == [(0, "state", Forbidden)]
    assert one(nation, "quarterly_report", {**REPORT, "state": after}).changes == {
        "state": ("submitted", after.value)
    }


@pytest.mark.parametrize("after", [ReportState.RETURNED, ReportState.ACCEPTED])
@pytest.mark.parametrize(
    ("served", "reach", "kind"),
    [
        (NATION, NATION, BODY),
        (NATION, PROVINCE, BODY),
        (NATION, NATION, OrganisationKind.PROVINCIAL_DEPARTMENT),
        (PROVINCE, PROVINCE, OrganisationKind.PROVINCIAL_DEPARTMENT),
        (PROVINCE, PROVINCE, BODY),
        (PROVINCE, NATION, BODY),
    ],
)
def test_who_may_write_a_report_reviews_none_however_far_they_reach(
    registry: Registry, reach: Reach, kind: OrganisationKind, after: ReportState
) -> None:
    assert one(registry, "quarterly_report", {**REPORT, "state": "submitted"}, reach, kind=kind).audit
    for row in ({**REPORT, "state": after}, {**REPORT, "problems": "无"}):
        with pytest.raises(FaultyRows) as raised:
            one(registry, "quarterly_report", row, reach, kind=kind)
        assert {each for _, _, each in kinds(raised.value)} == {Forbidden}
    assert one(registry, "quarterly_report", {**REPORT, "state": after}).audit is not None


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("parts", [frozenset(), *(frozenset({part}) for part in Part)])
def test_a_reviewer_is_a_national_agency_over_plans(
    nation: Registry, kind: OrganisationKind, parts: frozenset[Part]
) -> None:
    nation.upsert("quarterly_report", [report(ReportState.SUBMITTED)], WHO)
    accepted = [Decision({**REPORT, "state": "accepted"})]
    if kind is OrganisationKind.NATIONAL_AGENCY and Part.PLANS in parts:
        assert nation.decide("quarterly_report", accepted, decider(NATION, kind, parts)).decided[0].audit
    else:
        with pytest.raises(FaultyRows, match="by a national agency over plans"):
            nation.decide("quarterly_report", accepted, decider(NATION, kind, parts))


def test_a_report_that_is_new_is_a_draft_or_submitted(nation: Registry) -> None:
    with pytest.raises(FaultyRows, match="came accepted after draft, expected submitted"):
        one(nation, "quarterly_report", report(ReportState.ACCEPTED))
    assert one(nation, "quarterly_report", REPORT, PROVINCE).audit is not None


@pytest.mark.parametrize("more", [{"problems": "无"}, {"submitted_on": "2026-10-15"}, {"suggestions": "无"}])
@pytest.mark.parametrize("state", [ReportState.SUBMITTED, ReportState.ACCEPTED])
def test_a_province_leaves_what_it_sent_as_it_sent_it(
    nation: Registry, state: ReportState, more: dict[str, Any]
) -> None:
    nation.upsert("quarterly_report", [report(state)], WHO)
    with pytest.raises(FaultyRows) as raised:
        one(nation, "quarterly_report", {**REPORT, **more}, PROVINCE)
    assert kinds(raised.value) == [(0, None, Forbidden)]
    assert one(nation, "quarterly_report", report(state), PROVINCE).audit is None
    assert one(nation, "quarterly_report", {**REPORT, **more}).audit is not None


def test_a_report_is_sent_on_the_day_it_comes(nation: Registry) -> None:
    for day in ("2026-10-09", "2026-11-22"):
        with pytest.raises(FaultyRows) as raised:
            one(nation, "quarterly_report", {**REPORT, "state": "submitted", "submitted_on": day}, PROVINCE)
        assert kinds(raised.value) == [(0, "submitted_on", Forbidden)]
    sent = one(nation, "quarterly_report", {**REPORT, "state": "submitted"}, PROVINCE)
    assert sent.changes["submitted_on"] == (None, TODAY)
    early = {"province": "980000", "quarter": "2026Q3", "state": "submitted", "submitted_on": "2026-10-09"}
    assert one(nation, "quarterly_report", early).changes["submitted_on"] == (None, dt.date(2026, 10, 9))


def test_what_was_returned_is_mended_and_sent_again_and_keeps_its_first_day(nation: Registry) -> None:
    nation.upsert("quarterly_report", [report(ReportState.RETURNED)], WHO)
    mended = one(nation, "quarterly_report", {**REPORT, "problems": "无"}, PROVINCE)
    assert mended.changes == {"problems": ("", "无")}
    again = {**REPORT, "state": "submitted", "submitted_on": "2026-11-23"}
    with pytest.raises(FaultyRows) as raised:
        one(nation, "quarterly_report", again, PROVINCE)
    assert kinds(raised.value) == [(0, "submitted_on", Forbidden)]
    sent = one(nation, "quarterly_report", {**REPORT, "state": "submitted"}, PROVINCE)
    assert sent.changes == {"state": ("returned", "submitted")}
