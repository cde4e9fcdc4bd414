"""Clients of organisations: what the registry keeps of them, how far they reach, which roles they can be given."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.errors import Conflict, InvalidInput, NotFound
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.model.rights import GIVEN
from hub.stores.registry.clients import KnownClient
from hub.stores.registry.registry import Registry
from tests.hub.members import add_client, organisation
from tests.hub.stores.registry_fakes import (
    NOON,
    WHO,
    audited,
    code_of,
    invented_registry,
    listed,
    of_region,
    of_unit,
    unit,
)

JIA, CITY, YI = of_region("970000"), of_region("970100"), of_region("980000")
JWKS = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "of-2026", "x": "AA", "y": "AA"}]}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A registry with three units in a county and one in another province."""
    for made in invented_registry(tmp_path):
        made.upsert("unit", [unit(1), unit(2, "970100"), unit(3, "980200")], WHO)
        yield made


def known(registry: Registry, key: str) -> KnownClient:
    """A client."""
    client = registry.clients.find(key)
    assert client is not None
    return client


def found(registry: Registry, key: str) -> Principal:
    """Whom a client stands for."""
    return known(registry, key).principal


def test_a_client_acts_for_its_organisation_and_reaches_as_far(registry: Registry) -> None:
    add_client(registry, "office", JIA, [Role.READ, Role.SYNC])
    of, roles = "provincial_department-970000", frozenset({Role.READ, Role.SYNC})
    kind, parts = OrganisationKind.PROVINCIAL_DEPARTMENT, frozenset(Part)
    assert found(registry, "office") == Principal("office", of, JIA, roles, kind, parts)


@pytest.mark.parametrize(
    ("of", "own", "reaches"),
    [
        (NATION, NATION, NATION),
        (NATION, JIA, JIA),
        (NATION, of_unit(1), of_unit(1)),
        (JIA, NATION, JIA),
        (JIA, JIA, JIA),
        (JIA, CITY, CITY),
        (JIA, of_unit(1), Reach(JIA.region, of_unit(1).unit)),
        (of_unit(1), NATION, of_unit(1)),
        (of_unit(1), of_unit(1), of_unit(1)),
    ],
)
def test_a_client_may_reach_less_far(registry: Registry, of: Reach, own: Reach, reaches: Reach) -> None:
    registry.clients.add("office", organisation(registry, of), [Role.READ], WHO, reach=own)
    assert found(registry, "office").reach == reaches
    assert [row["key"] for row in listed(registry, "client", reaches)] == ["office"]
    assert listed(registry, "client", YI) == []


@pytest.mark.parametrize(
    ("of", "own"),
    [
        (JIA, YI),
        (CITY, JIA),
        (JIA, of_unit(3)),
        (CITY, of_unit(3)),
        (of_unit(1), of_unit(2)),
        (of_unit(1), JIA),
    ],
)
def test_no_client_reaches_further_than_its_organisation(registry: Registry, of: Reach, own: Reach) -> None:
    with pytest.raises(InvalidInput, match="outside"):
        registry.clients.add("office", organisation(registry, of), [Role.READ], WHO, reach=own)
    assert listed(registry, "client") == []


def test_a_client_whose_organisation_moved_away_is_refused_and_not_taken_along(registry: Registry) -> None:
    of = organisation(registry, JIA)
    registry.clients.add("office", of, [Role.READ], WHO, reach=CITY)
    registry.upsert("organisation", [{"key": of, "region": "980000"}], WHO)
    assert registry.clients.find("office") is None


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("role", Role)
def test_a_kind_of_organisation_gives_its_roles_and_no_other(
    registry: Registry, kind: OrganisationKind, role: Role
) -> None:
    row: dict[str, Any] = {"key": "of", "name": "试", "kind": kind.value}
    row |= {"parts": "plans"} if "agency" in kind.value or "department" in kind.value else {}
    row |= {"region": "970000"} if "department" in kind.value else {}
    row |= {"unit": code_of(1)} if kind is OrganisationKind.UNIT else {}
    registry.upsert("organisation", [row], WHO)
    if role in GIVEN[kind]:
        registry.clients.add("any", "of", [role], WHO)
        assert found(registry, "any").roles == {role}
    else:
        with pytest.raises(InvalidInput, match=f"came {role.value}; a {kind.value.replace('_', ' ')} gives"):
            registry.clients.add("any", "of", [role], WHO)


def test_a_role_that_the_organisation_gives_no_longer_is_gone_with_it(registry: Registry) -> None:
    add_client(registry, "office", NATION, [Role.READ, Role.ADMINISTER])
    row = {"key": "national_agency-nation", "kind": "auditor", "parts": ""}
    registry.upsert("organisation", [row], WHO)
    assert found(registry, "office").roles == {Role.READ}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"kind": "national_agency", "parts": "", "region": None}, "an authority decides"),
        ({"kind": "national_agency", "parts": "plans", "region": "970000"}, "is of no region"),
        ({"kind": "provincial_department", "parts": "plans", "region": None}, "is of a region"),
        ({"kind": "unit", "region": None}, "names its unit"),
        ({"kind": "auditor", "unit": code_of(1)}, "names its unit"),
        ({"kind": "auditor", "parts": "plans"}, "no other kind has a part"),
        ({"kind": "auditor", "parts": "everything"}, "expected one of plans, instruments"),
        ({"kind": "ministry"}, "expected one of"),
        ({"kind": "auditor", "region": "960000"}, "no region of this registry"),
    ],
)
def test_what_is_no_organisation_is_refused(registry: Registry, row: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        registry.upsert("organisation", [{"key": "of", "name": "试", **row}], WHO)


def test_only_public_keys_are_kept_and_of_them_the_audit_tells_the_names(registry: Registry) -> None:
    add_client(registry, "office", JIA, jwks=JWKS)
    client = known(registry, "office")
    assert (client.jwks, client.proves) == (JWKS, False)
    assert '"x"' not in repr(client)
    registry.clients.change_keys("office", {"keys": []}, WHO)
    registry.clients.change_keys("office", {"keys": []}, WHO)
    (_, _, _, first), (_, _, before, after) = audited(registry, "client")
    assert (first["keys"], before["keys"], after["keys"]) == (["of-2026"], ["of-2026"], [])
    assert '"x"' not in json.dumps(listed(registry, "audit"), default=str)
    with pytest.raises(NotFound):
        registry.clients.change_keys("nobody", JWKS, WHO)


def test_a_revoked_client_is_nobody(registry: Registry) -> None:
    add_client(registry, "office")
    registry.clients.revoke("office", WHO)
    registry.clients.revoke("office", WHO)
    assert not known(registry, "office").counts(NOON)
    assert [row["revoked_at"] for row in listed(registry, "client")] == [NOON]
    assert [action for action, *_ in audited(registry, "client")] == ["insert", "update"]
    with pytest.raises(NotFound):
        registry.clients.revoke("nobody", WHO)


def test_a_client_of_a_closed_organisation_is_nobody_until_it_opens(registry: Registry) -> None:
    add_client(registry, "office")
    for enabled in (False, True):
        registry.upsert("organisation", [{"key": "national_agency-nation", "enabled": enabled}], WHO)
        assert known(registry, "office").counts(NOON) is enabled


def test_a_client_whose_days_are_over_is_nobody(registry: Registry) -> None:
    day = dt.timedelta(days=1)
    add_client(registry, "office", lives=day)
    assert found(registry, "office").until == NOON + day
    assert known(registry, "office").counts(NOON + day - dt.timedelta(microseconds=1))
    assert not known(registry, "office").counts(NOON + day)


def test_a_taken_key_is_a_conflict_even_when_it_is_revoked(registry: Registry) -> None:
    add_client(registry, "office")
    registry.clients.revoke("office", WHO)
    with pytest.raises(Conflict):
        add_client(registry, "office")
    with pytest.raises(Conflict):
        add_client(registry, "import")


@pytest.mark.parametrize(("key", "roles"), [("a.b", [Role.READ]), ("", [Role.READ]), ("office", [])])
def test_a_client_without_a_name_or_a_role_is_refused(
    registry: Registry, key: str, roles: list[Role]
) -> None:
    with pytest.raises(InvalidInput):
        add_client(registry, key, NATION, roles)
    with pytest.raises(NotFound):
        registry.clients.add("office", "nobody", [Role.READ], WHO)
    assert registry.clients.list().num_rows == 0


@pytest.mark.parametrize("reach", [of_unit(9), of_region("960000")], ids=str)
def test_a_client_of_nothing_registered_is_refused(registry: Registry, reach: Reach) -> None:
    with pytest.raises(InvalidInput):
        registry.clients.add("office", organisation(registry), [Role.READ], WHO, reach=reach)


@pytest.mark.parametrize("key", ["", "nobody", "a\x00b", "\ud800", "x" * 1_000])
def test_an_unknown_key_finds_nobody(registry: Registry, key: str) -> None:
    assert registry.clients.find(key) is None
