"""Whose a decision is beyond its row's reach: who points links, what a unit leaves to its province."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import FaultyRows, Forbidden, InvalidInput
from graph.model.organisation import AUTHORITIES
from graph.model.principal import NATION, OrganisationKind, Part, Reach
from graph.ports import Decision
from hub.stores.registry.registry import Registry
from tests.hub.stores.deciding import CASES, decider, kinds, one, opened, told
from tests.hub.stores.registry_fakes import (
    WHO,
    link,
    listed,
    of_region,
    of_unit,
    unit,
)

PROVINCE = of_region("970000")
BODY = OrganisationKind.CONSTRUCTION_BODY
OF_THE_HUB = pytest.mark.parametrize(
    ("served", "reach"), [(NATION, NATION), (PROVINCE, PROVINCE), (PROVINCE, NATION)]
)


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
