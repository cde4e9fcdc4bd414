"""Who acts for an organisation (机构成员), machine or person: what both have of it, and how far both reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Join, Select, func, select

from graph.errors import Forbidden, InvalidInput, NotFound
from graph.model.credit_code import CreditCode
from graph.model.principal import OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.model.rights import GIVEN
from hub.stores.registry.access_tables import T
from hub.stores.registry.known import Known, Place
from hub.stores.registry.tables import KEY_MAX

_ORGANISATION, _UNIT = T["organisation"], T["unit"]
_OWNER = T["unit"].alias("owner")
_OF_ORGANISATION = {
    "organisation": _ORGANISATION.c.key,
    "organisation_name": _ORGANISATION.c.name,
    "kind": _ORGANISATION.c.kind,
    "parts": _ORGANISATION.c.parts,
    "enabled": _ORGANISATION.c.enabled,
    "organisation_region": _ORGANISATION.c.region,
    "organisation_unit": _OWNER.c.credit_code,
    "credit_code": _UNIT.c.credit_code,
}
_PLACES = ("place_province", "place_region", "place_unit")

Row: TypeAlias = Mapping[str, Any]  # of `members`


@dataclass(frozen=True)
class Employer:
    """An organisation as its members need it."""

    id: int
    key: str
    kind: OrganisationKind
    reach: Reach

    def check(self, roles: Collection[Role]) -> None:
        """Raise InvalidInput for no role, and for one that its kind does not give."""
        if not roles:
            raise InvalidInput("needs at least one role", "roles")
        if beyond := [role.value for role in Role if role in roles and role not in GIVEN[self.kind]]:
            given = ", ".join(role.value for role in Role if role in GIVEN[self.kind])
            why = f"a {self.kind.value.replace('_', ' ')} gives {given}"
            raise InvalidInput(f"came {', '.join(beyond)}; {why}", "roles")


def employer(connection: Connection, key: str) -> Employer:
    """The organisation of a key. Raises NotFound."""
    source = _ORGANISATION.outerjoin(_OWNER, _ORGANISATION.c.unit_id == _OWNER.c.id)
    wanted = select(_ORGANISATION, _OWNER.c.credit_code).select_from(source)
    row = connection.execute(wanted.where(_ORGANISATION.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"no organisation has the key {key[:KEY_MAX]!r}")
    return Employer(
        row["id"], row["key"], OrganisationKind(row["kind"]), reach_of(row["region"], row["credit_code"])
    )


@cache  # put together, a statement takes as long as to run it
def members(table: str) -> Select[Any]:
    """Machines or people with what is known of their organisation, under the names that `principal_of` reads."""
    own, of = T[table].c, _ORGANISATION.c
    places = (
        func.coalesce(own.province, of.province),
        func.coalesce(own.region, _UNIT.c.region, of.region, _OWNER.c.region),
        func.coalesce(_UNIT.c.credit_code, _OWNER.c.credit_code),
    )
    named = [column.label(name) for name, column in _OF_ORGANISATION.items()]
    named += [column.label(name) for name, column in zip(_PLACES, places, strict=True)]
    return select(T[table], *named).select_from(_joined(table))


def place_of(row: Row) -> Place:
    """Where a row of `members` lies, which decides who may read of it."""
    return Place(*(row[name] for name in _PLACES))


def _joined(table: str) -> Join:
    own = T[table]
    joined = own.join(_ORGANISATION).outerjoin(_UNIT, own.c.unit_id == _UNIT.c.id)
    return joined.outerjoin(_OWNER, _ORGANISATION.c.unit_id == _OWNER.c.id)


def principal_of(row: Row, called: str) -> Principal:
    """Whom a row of `members` stands for; of one that its organisation no longer reaches, see `is_within`."""
    of = reach_of(row["organisation_region"], row["organisation_unit"])
    return Principal(
        called,
        row["organisation"],
        seen_by(row) if is_within(row) else of,
        roles_of(row["roles"]) & GIVEN[OrganisationKind(row["kind"])],
        OrganisationKind(row["kind"]),
        frozenset(map(Part, row["parts"].split())),
        row["expires_at"],
    )


def is_within(row: Row) -> bool:
    """Whether its organisation still reaches where it was given to reach."""
    try:
        seen_by(row)
    except Forbidden:
        return False
    return True


def seen_by(row: Row) -> Reach:
    """How far a member reaches: as far as its organisation, or less."""
    of = reach_of(row["organisation_region"], row["organisation_unit"])
    return narrowed(reach_of(row["region"], row["credit_code"]), of)


def narrowed(own: Reach, of: Reach) -> Reach:
    """A member's own reach within its organisation's; NATION as its own means as far as that. Raises Forbidden."""
    if own.is_national or own == of:
        return of
    if of.unit is not None or (
        own.region is not None and of.region is not None and not of.region.holds(own.region)
    ):
        raise Forbidden(f"{own} lies outside {of}, which is as far as its organisation reaches")
    return Reach(own.region or of.region, own.unit)


def reach_of(region: str | None, unit: str | None) -> Reach:
    """A reach as the tables keep it."""
    return Reach(RegionCode(region) if region else None, CreditCode(unit) if unit else None)


def roles_of(words: str) -> frozenset[Role]:
    """Roles as the tables keep them."""
    return frozenset(map(Role, words.split()))


def written(roles: Iterable[Role]) -> str:
    """Roles as the tables keep them, in the order of the enumeration."""
    given = set(roles)
    return " ".join(role.value for role in Role if role in given)


def seat_of(known: Known, own: Reach, of: Reach) -> tuple[dict[str, Any], Place]:
    """A member's own reach as the table keeps it, and the place that decides who may read of the member.

    Raises InvalidInput for a reach of no region or unit registered, and for one that its organisation has not.
    """
    whole = _checked(known, own, of)
    seat: dict[str, Any] = {"region": None, "province": None, "unit_id": None}
    if not own.is_national and own != of:
        seat = _kept(known, own)
    if whole.unit is not None:
        unit = known.unit(whole.unit)
        return seat, Place(unit.province, unit.region, str(whole.unit))
    if whole.region is None:
        return seat, Place()
    return seat, Place(str(whole.region.province), known.division(whole.region))


def _checked(known: Known, own: Reach, of: Reach) -> Reach:
    try:
        whole = narrowed(own, of)
    except Forbidden as fault:
        raise InvalidInput(str(fault), "reach") from fault
    if own.unit is not None and of.region is not None:
        unit = known.unit(own.unit)
        if not of.region.holds(RegionCode(unit.region)):
            raise InvalidInput(f"{own.unit} lies outside {of}", "reach")
    return whole


def _kept(known: Known, own: Reach) -> dict[str, Any]:
    """A reach of a unit or a region."""
    if own.unit is not None:
        unit = known.unit(own.unit)
        return {"region": None, "province": unit.province, "unit_id": unit.id}
    region = own.region and known.division(own.region)
    return {"region": region, "province": own.region and str(own.region.province), "unit_id": None}
