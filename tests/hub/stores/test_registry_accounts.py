"""People's accounts in the registry: who they are and may do, one way to sign in each, and no secret in the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from graph.errors import Conflict, InvalidInput, NotFound
from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, OrganisationKind, Part, Reach, Role
from graph.model.region import RegionCode
from graph.model.rights import GIVEN
from hub.stores.registry.access_tables import T
from hub.stores.registry.account_rows import Invitation, OwnOrganisation
from hub.stores.registry.accounts import FIRST_ROLES
from hub.stores.registry.database import reading
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import NOON, WHO, code_of, invented_registry, unit

PROVINCE = Reach(RegionCode("970000"))
LATER = NOON + dt.timedelta(hours=24)
SECRETS = ("the-password-digest", "the-sealed-telephone", "the-code-digest", "another-digest")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A registry with two invented provinces, a unit and a first account of each kind of reach."""
    for found in invented_registry(tmp_path):
        found.upsert("unit", [unit(1)], WHO)
        own = OwnOrganisation(
            "own", "试省发改委", OrganisationKind.PROVINCIAL_DEPARTMENT, frozenset(Part), PROVINCE
        )
        found.accounts.add_first("zhang", " 张三 ", own, *SECRETS[:2])
        yield found


def add(registry: Registry, key: str = "li", **more: object) -> None:
    """One more account."""
    given = {"reach": NATION, "invitation": Invitation("the-code-digest", LATER)} | more
    registry.accounts.add(key, "李四", "own", [Role.READ, Role.AUDIT], WHO, **given)  # type: ignore[arg-type] # by name


def audited(registry: Registry, noun: str = "account") -> list[tuple[str, str, str, str]]:
    """Who did what to whom, and what the audit says of it."""
    audit = T["audit"].c
    wanted = select(audit.who, audit.action, audit.subject, audit.after).where(audit.noun == noun)
    with reading(registry._engine) as connection:
        return [tuple(row) for row in connection.execute(wanted.order_by(audit.id))]


def test_an_account_reaches_as_far_as_its_organisation_unless_told_otherwise(registry: Registry) -> None:
    add(registry)
    add(registry, "wang", reach=Reach(RegionCode("970101")))
    add(registry, "zhao", reach=Reach(unit=CreditCode.parse(code_of(1))))
    found = {account.key: account for account in registry.accounts.list()}
    assert list(found) == ["li", "wang", "zhang", "zhao"]
    assert found["li"].principal.reach == found["zhang"].principal.reach == PROVINCE
    assert str(found["wang"].principal.reach) == "970101"
    assert str(found["zhao"].principal.reach) == code_of(1)
    assert found["li"].principal.client == "user:li"
    assert found["zhang"].name == "张三"


@pytest.mark.parametrize("reach", [Reach(RegionCode("980000")), Reach(RegionCode("980200"))])
def test_an_account_reaches_no_further_than_its_organisation(registry: Registry, reach: Reach) -> None:
    with pytest.raises(InvalidInput):
        add(registry, reach=reach)
    add(registry)
    with pytest.raises(InvalidInput):
        registry.accounts.change("li", WHO, reach=reach)


@pytest.mark.parametrize(
    ("key", "error"), [("zhang", Conflict), ("two words", InvalidInput), ("", InvalidInput)]
)
def test_an_account_that_cannot_be_is_refused(registry: Registry, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        add(registry, key)


def test_an_account_has_roles_its_organisation_may_give(registry: Registry) -> None:
    accounts = registry.accounts
    body = {"key": "builder", "name": "某建设单位", "kind": "construction_body", "region": "970000"}
    registry.upsert("organisation", [body], WHO)
    accounts.add("li", "李四", "builder", [Role.READ], WHO)
    for roles in ([Role.ADMINISTER], []):
        with pytest.raises(InvalidInput):
            accounts.change("li", WHO, roles=roles)
    registry.upsert("organisation", [{"key": "own", "kind": "auditor", "parts": ""}], WHO)
    zhang = accounts.find("zhang")
    assert zhang is not None
    assert zhang.principal.roles == GIVEN[OrganisationKind.AUDITOR] & FIRST_ROLES
    with pytest.raises(NotFound):
        accounts.add("wang", "王五", "nobodys", [Role.READ], WHO)


def test_each_account_signs_in_one_way_at_a_time(registry: Registry) -> None:
    accounts = registry.accounts
    add(registry)
    assert _ways(registry) == {"zhang": "password", "li": "invitation"}
    assert accounts.bind("li", "https://id.example", "subject-1")
    assert accounts.invited("the-code-digest") is None
    assert _ways(registry)["li"] == "provider"
    assert not accounts.bind("li", "https://id.example", "subject-2")
    assert not accounts.bind("zhang", "https://id.example", "subject-2")
    assert not accounts.bind("nobody", "https://id.example", "subject-2")
    bound = accounts.by_subject("https://id.example", "subject-1")
    assert bound is not None
    assert bound.key == "li"
    assert accounts.by_subject("https://other.example", "subject-1") is None
    accounts.invite("li", Invitation("another-digest", LATER), WHO)
    assert accounts.by_subject("https://id.example", "subject-1") is None
    accounts.redeem(Invitation("another-digest", LATER), *SECRETS[:2])
    assert _ways(registry)["li"] == "password"
    with pytest.raises(Conflict):
        accounts.redeem(Invitation("another-digest", LATER), *SECRETS[:2])


def _ways(registry: Registry) -> dict[str, str | None]:
    return {account.key: account.signs_in for account in registry.accounts.list()}


def test_who_is_revoked_stays_so_and_is_not_invited(registry: Registry) -> None:
    add(registry)
    registry.accounts.revoke("li", WHO)
    registry.accounts.revoke("li", WHO)
    assert registry.accounts.invited("the-code-digest") is None
    with pytest.raises(Conflict):
        registry.accounts.invite("li", Invitation("another-digest", LATER), WHO)
    with pytest.raises(NotFound):
        registry.accounts.revoke("nobody", WHO)
    assert [row[1] for row in audited(registry) if row[2] == "li"] == ["insert", "update"]


def test_the_audit_tells_every_change_with_its_author_and_nothing_secret(registry: Registry) -> None:
    accounts = registry.accounts
    add(registry)
    accounts.redeem(Invitation("the-code-digest", LATER), *SECRETS[:2])
    accounts.renew("li", password="another-digest")
    accounts.change("li", WHO, roles=[Role.READ])
    accounts.rehash("li", "another-digest", "the-password-digest")
    told = audited(registry)
    assert [row[:3] for row in told] == [
        ("user:zhang", "insert", "zhang"),
        (WHO, "insert", "li"),
        ("user:li", "update", "li"),
        ("user:li", "update", "li"),
        (WHO, "update", "li"),
    ]
    assert '"renewed":"password totp"' in told[2][3]
    assert not any(secret in str(told) for secret in SECRETS)
    assert [row[:3] for row in audited(registry, "organisation")] == [("user:zhang", "insert", "own")]


def test_a_digest_that_was_changed_meanwhile_is_not_put_back(registry: Registry) -> None:
    registry.accounts.renew("zhang", password="another-digest")
    registry.accounts.rehash("zhang", "the-password-digest", "made anew")
    account = registry.accounts.find("zhang")
    assert account is not None
    assert account.password == "another-digest"
