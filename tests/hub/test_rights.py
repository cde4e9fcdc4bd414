"""Whose a decision is beyond its row's reach: who points links, who reviews reports, what a unit leaves to its province."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import FaultyRows, Forbidden, InvalidInput
from graph.model.organisation import AUTHORITIES
from graph.model.principal import NATION, OrganisationKind, Part, Reach
from graph.model.report import ReportState
from graph.ports import Decision
from hub.rights import checks
from hub.stores.registry.database import migrate, open_engine
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import CASES, decider, kinds, one, told
from tests.hub.stores.registry_fakes import (
    REGIONS,
    WHO,
    StillClock,
    link,
    listed,
    of_region,
    of_unit,
    region,
    unit,
)

PROVINCE = of_region("970000")
BODY = OrganisationKind.CONSTRUCTION_BODY
OF_THE_HUB = pytest.mark.parametrize(
    ("served", "reach"), [(NATION, NATION), (PROVINCE, PROVINCE), (PROVINCE, NATION)]
)


def opened(folder: Path, served: Reach) -> Iterator[Registry]:
    """The registry of a hub that serves so much, with one unit."""
    engine = open_engine(f"sqlite:///{folder / 'registry.db'}")
    migrate(engine)
    registry = Registry(engine, StillClock(), checks=checks(served))
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    registry.upsert("unit", [unit(1)], WHO)
    yield registry
    registry.close()


@pytest.fixture
def nation(tmp_path: Path) -> Iterator[Registry]:
    yield from opened(tmp_path, NATION)


@pytest.fixture
def registry(tmp_path: Path, served: Reach) -> Iterator[Registry]:
    yield from opened(tmp_path, served)


# ---- links ----------------------------------------------------------------------------------------------


@OF_THE_HUB
def test_who_reaches_all_that_a_hub_serves_points_its_links(registry: Registry, reach: Reach) -> None:
    assert one(registry, "link", link(credential="trial"), reach).audit is not None


@pytest.mark.parametrize(
    "more",
    [{"address": "http://127.0.0.1:1"}, {"credential": "nation"}, {"quirks": "{}", "dialect": "file_drop"}],
)
def test_a_province_of_a_nations_hub_points_no_link_anywhere(nation: Registry, more: dict[str, Any]) -> None:
    nation.upsert("link", [link()], WHO)
    for row in ({"key": "trial", **more}, link("new", **more)):
        with pytest.raises(FaultyRows) as raised:
            one(nation, "link", row, PROVINCE)
        assert kinds(raised.value) == [(0, None, Forbidden)]


@pytest.mark.parametrize("reach", [NATION, PROVINCE], ids=str)
@pytest.mark.parametrize(
    "row",
    [
        {"address": "http://127.0.0.1:1"},
        {"credential": "nation"},
        {"credential": None},
        {"quirks": '{"registration": "closed"}'},
        {"dialect": "file_drop"},
        {"province": "980000"},
        {"key": "new", "enabled": False},
    ],
)
def test_who_builds_a_platform_points_no_link_however_far_they_reach(
    nation: Registry, row: dict[str, Any], reach: Reach
) -> None:
    nation.upsert("link", [link(dialect="nhjc04", credential="old")], WHO)
    with pytest.raises(FaultyRows) as raised:
        one(nation, "link", {**link(dialect="nhjc04", credential="old"), **row}, reach, kind=BODY)
    assert (0, None, Forbidden) in kinds(raised.value)
    assert [each["address"] for each in listed(nation, "link")] == [link()["address"]]


def test_who_builds_a_platform_switches_its_link_off_and_on(nation: Registry) -> None:
    nation.upsert("link", [link()], WHO)
    for enabled in (False, True):
        changes = one(nation, "link", {"key": "trial", "enabled": enabled}, kind=BODY).changes
        assert changes == {"enabled": (not enabled, enabled)}


def test_who_builds_a_provinces_own_hub_points_none_of_its_links(tmp_path: Path) -> None:
    for registry in opened(tmp_path, PROVINCE):
        with pytest.raises(FaultyRows, match="only an authority over plans decides one"):
            one(registry, "link", link(), PROVINCE, kind=BODY)
        assert one(registry, "link", link(), PROVINCE).audit is not None


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("parts", [frozenset(), *(frozenset({part}) for part in Part)])
def test_who_points_links_is_an_authority_over_plans(
    nation: Registry, kind: OrganisationKind, parts: frozenset[Part]
) -> None:
    who = decider(NATION, kind, parts)
    if kind in AUTHORITIES and Part.PLANS in parts:
        assert nation.decide("link", [Decision(link())], who).decided[0].audit is not None
    else:
        with pytest.raises(FaultyRows, match="only an authority over plans"):
            nation.decide("link", [Decision(link())], who)


def test_a_province_switches_its_own_link_off_and_on(nation: Registry) -> None:
    nation.upsert("link", [link(), link("theirs", province="980000")], WHO)
    for enabled in (False, True):
        changes = one(nation, "link", {"key": "trial", "enabled": enabled}, PROVINCE).changes
        assert changes == {"enabled": (not enabled, enabled)}
    with pytest.raises(FaultyRows):
        one(nation, "link", {"key": "theirs", "enabled": False}, PROVINCE)


@pytest.mark.parametrize(
    ("more", "column", "words"),
    [
        ({"dialect": "nonsense"}, "dialect", "expected one of file_drop"),
        ({"quirks": '{"colour": "red"}'}, "quirks", "colour: unknown"),
        (
            {"dialect": "nhjc04", "quirks": '{"registration": "perhaps"}'},
            "quirks",
            "registration: came 'perhaps'",
        ),
        ({"quirks": "{"}, "quirks", "is no JSON"),
    ],
)
def test_a_link_speaks_a_dialect_this_hub_knows(
    nation: Registry, more: dict[str, Any], column: str, words: str
) -> None:
    with pytest.raises(FaultyRows) as raised:
        one(nation, "link", link(**more))
    assert kinds(raised.value) == [(0, column, InvalidInput)]
    assert words in told(raised.value)[0][2]
    assert one(nation, "link", link(dialect="nhjc04", quirks=json.dumps({"registration": "closed"}))).audit


# ---- reports --------------------------------------------------------------------------------------------

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


# ---- units ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "row"),
    [("unit", {"credit_code": unit(1)["credit_code"], "tier": "hundred"}), ("waiver", CASES["waiver"].row)],
)
@pytest.mark.parametrize("reach", [of_unit(1), of_region("970100"), of_region("970101")], ids=str)
def test_a_unit_its_county_and_its_city_leave_its_roster_and_its_waivers_to_its_province(
    nation: Registry, noun: str, row: dict[str, Any], reach: Reach
) -> None:
    with pytest.raises(FaultyRows) as raised:
        one(nation, noun, row, reach)
    assert kinds(raised.value) == [(0, None, Forbidden)]
    assert one(nation, noun, row, PROVINCE).audit is not None


def test_who_changes_nothing_needs_no_right_to_change_it(nation: Registry) -> None:
    assert one(nation, "unit", unit(1), of_unit(1)).audit is None


@pytest.mark.parametrize("noun", ["instrument", "access_end_milestone"])
def test_a_unit_decides_its_instruments_and_its_milestones(nation: Registry, noun: str) -> None:
    assert one(nation, noun, CASES[noun].row, of_unit(1)).audit is not None


# ---- days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "column", "more"),
    [
        ("platform", "filed_on", {}),
        ("platform_milestone", "actual", {}),
        ("access_end_milestone", "actual", {}),
        ("quarterly_report", "submitted_on", {"state": "submitted"}),
    ],
)
def test_nothing_was_done_on_a_day_that_has_not_come(
    nation: Registry, noun: str, column: str, more: dict[str, Any]
) -> None:
    row = {**CASES[noun].row, **more}
    with pytest.raises(FaultyRows, match="no day after today, 2026-11-23") as raised:
        one(nation, noun, {**row, column: "2026-11-24"})
    assert kinds(raised.value) == [(0, column, InvalidInput)]
    assert one(nation, noun, {**row, column: "2026-11-23"}).audit is not None


def test_a_day_that_a_source_said_ahead_of_time_does_not_keep_the_rest_of_its_row(nation: Registry) -> None:
    row = CASES["access_end_milestone"].row
    nation.upsert("access_end_milestone", [{**row, "actual": "2026-12-24"}], WHO)
    later = {"unit": row["unit"], "stage": row["stage"], "planned": "2027-01-31"}
    assert one(nation, "access_end_milestone", later).changes.keys() == {"planned"}
