"""Laws of those who act: agencies, units, principals, rules and the runs of links."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Forbidden, InvalidInput, MalformedCode
from graph.model.platform import Agency, AgencyRole
from graph.model.principal import NATION, OrganisationKind, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.model.sync_run import Link, RunState, SyncRun
from graph.model.unit import SECTIONS, Industry, Tier, Unit
from graph.model.verdict import Outcome, RuleText
from tests.graph.model.values import UNIT

PROVINCE = RegionCode("910000")


@given(st.frozensets(st.sampled_from(Role)), st.sampled_from(Role))
def test_a_role_is_had_only_when_given(roles: frozenset[Role], wanted: Role) -> None:
    principal = Principal(
        "cl-1", "云梦省节能中心", Reach(PROVINCE), roles, OrganisationKind.PROVINCIAL_DEPARTMENT
    )
    if wanted in roles:
        principal.require(wanted)
        return
    with pytest.raises(Forbidden, match=f"cl-1 has no role '{wanted.value}'"):
        principal.require(wanted)


@pytest.mark.parametrize(
    ("reach", "text"), [(NATION, "nation"), (Reach(PROVINCE), "910000"), (Reach(PROVINCE, UNIT), str(UNIT))]
)
def test_only_a_reach_without_region_and_unit_is_national(reach: Reach, text: str) -> None:
    assert reach.is_national == (reach == NATION)
    assert str(reach) == text


@pytest.mark.parametrize("role", AgencyRole)
def test_a_provinces_agency_belongs_to_a_region(role: AgencyRole) -> None:
    assert Agency("a", "机构", role, PROVINCE).region == PROVINCE
    if role in {AgencyRole.LEAD, AgencyRole.CONSTRUCTION}:
        with pytest.raises(InvalidInput, match="of no region"):
            Agency("a", "机构", role)
    else:
        assert Agency("a", "机构", role).region is None


@given(st.sampled_from(sorted(SECTIONS)), st.integers(2, 4), st.integers(0, 9999))
def test_an_industry_is_a_section_letter_and_two_to_four_digits(
    section: str, length: int, number: int
) -> None:
    industry = Industry(f"{section}{number:04d}"[: 1 + length])
    assert industry.section == section
    assert industry.section_names == SECTIONS[section]


@pytest.mark.parametrize("code", ["", "U", "c31", "C3", "C31100", "31", "C３１"])
def test_another_form_of_an_industry_is_refused(code: str) -> None:
    with pytest.raises(MalformedCode, match="industry code"):
        Industry(code)


def test_sections_are_the_letters_a_to_t() -> None:
    assert "".join(sorted(SECTIONS)) == "ABCDEFGHIJKLMNOPQRST"
    assert Industry("C").section_names == ("制造业", "manufacturing")


@pytest.mark.parametrize(("name", "batch", "place"), [(" ", 1, "name"), ("云梦钢铁", 0, "rosterBatch")])
def test_a_unit_has_a_name_and_came_in_some_batch(name: str, batch: int, place: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        Unit(UNIT, name, PROVINCE, Industry("C31"), Tier.HUNDRED, batch)
    assert fault.value.place == place


def test_a_value_cannot_be_changed_after_it_was_checked() -> None:
    unit = Unit(UNIT, "云梦钢铁", PROVINCE, Industry("C31"), Tier.HUNDRED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        unit.name = ""  # type: ignore[misc]  # the wrong side


@pytest.mark.parametrize("code", ["", "-", "two words", "späte_werte"])
def test_a_rule_code_is_words_joined_by_hyphens(code: str) -> None:
    assert RuleText("off-grid", Outcome.REJECT, "时标不齐", "off the grid", "assumed").version == 1
    with pytest.raises(InvalidInput, match="not a rule code"):
        RuleText(code, Outcome.REJECT, "", "", "assumed")


def test_a_run_is_running_and_a_link_enabled_until_said_otherwise() -> None:
    run = SyncRun("link-1", dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    assert run.state is RunState.RUNNING
    assert run.ended_at is None
    link = Link("link-1", "file_drop", PROVINCE, "/drop")
    assert link.enabled
    assert link.cursor is None
