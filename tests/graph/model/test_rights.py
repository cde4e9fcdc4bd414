"""Laws of rights: what has no line is denied, and who may do something may because of a role its kind can give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Forbidden
from graph.model.organisation import AUTHORITIES
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Role
from graph.model.rights import (
    DECIDING,
    GIVEN,
    PERSONAL,
    READING,
    hidden_from,
    require_decision,
    require_sight,
    rule_of,
)

KINDS, ROLES = st.sampled_from(OrganisationKind), st.frozensets(st.sampled_from(Role))
PARTS = st.frozensets(st.sampled_from(Part))


def asker(kind: OrganisationKind, roles: frozenset[Role], parts: frozenset[Part] = frozenset()) -> Principal:
    """Somebody of an invented organisation."""
    return Principal("某", "of", NATION, roles, kind, parts)


def may(question: object, *given: object) -> bool:
    """Whether something is not forbidden."""
    try:
        question(*given)  # type: ignore[operator]  # one of the two requirements
    except Forbidden:
        return False
    return True


@given(KINDS, ROLES, st.sampled_from(sorted(READING)))
def test_a_noun_is_read_by_its_kinds_with_one_of_its_roles(
    kind: OrganisationKind, roles: frozenset[Role], noun: str
) -> None:
    rule = READING[noun]
    assert may(require_sight, asker(kind, roles), noun) is (
        kind in rule.kinds and bool(rule.roles & roles & GIVEN[kind])
    )


@given(KINDS, ROLES, PARTS, st.text())
def test_what_has_no_line_is_denied(
    kind: OrganisationKind, roles: frozenset[Role], parts: frozenset[Part], noun: str
) -> None:
    if noun not in READING:
        assert not may(require_sight, asker(kind, roles), noun)
    if noun not in DECIDING:
        assert not may(require_decision, asker(kind, roles, parts), noun)


@given(KINDS, ROLES, PARTS, st.sampled_from(sorted(DECIDING)))
def test_nobody_decides_without_the_role_and_no_authority_anothers_part(
    kind: OrganisationKind, roles: frozenset[Role], parts: frozenset[Part], noun: str
) -> None:
    decides = may(require_decision, asker(kind, roles, parts), noun)
    wanted = DECIDING[noun].get(kind)
    assert decides is (
        Role.DECIDE in roles & GIVEN[kind] and kind in DECIDING[noun] and (wanted is None or wanted in parts)
    )


@pytest.mark.parametrize("noun", sorted(DECIDING))
def test_each_authority_decides_by_its_part(noun: str) -> None:
    decided = {kind: part for kind, part in DECIDING[noun].items() if kind in AUTHORITIES}
    assert set(decided) == set(AUTHORITIES)
    assert set(decided.values()) == {Part.INSTRUMENTS if noun == "instrument" else Part.PLANS}
    assert {part for kind, part in DECIDING[noun].items() if kind not in AUTHORITIES} <= {None}


def test_an_auditor_decides_nothing_and_hands_nothing_in() -> None:
    assert not any(OrganisationKind.AUDITOR in deciders for deciders in DECIDING.values())
    assert not GIVEN[OrganisationKind.AUDITOR] & {Role.DECIDE, Role.UPLOAD, Role.SYNC, Role.ADMINISTER}


@pytest.mark.parametrize("noun", sorted(READING))
def test_every_noun_is_somebodys_to_read(noun: str) -> None:
    rule = READING[noun]
    assert any(rule.roles & GIVEN[kind] for kind in rule.kinds)


@pytest.mark.parametrize("role", Role)
def test_every_role_can_be_given(role: Role) -> None:
    assert any(role in roles for roles in GIVEN.values())


@given(KINDS, ROLES)
def test_columns_about_persons_are_hidden_without_the_one_role(
    kind: OrganisationKind, roles: frozenset[Role]
) -> None:
    for noun in READING:
        hidden = hidden_from(asker(kind, roles), noun)
        assert hidden == (
            frozenset() if Role.CONTACTS in roles & GIVEN[kind] else PERSONAL.get(noun, frozenset())
        )


def test_a_column_about_persons_has_a_rule_of_its_own() -> None:
    assert rule_of("person.phone").roles == {Role.CONTACTS}
    assert rule_of("person").roles == {Role.READ}
    assert rule_of("person.name").roles == {Role.READ}
