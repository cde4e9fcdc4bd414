"""What a row of an account says, with its organisation's: who the person is, how far they reach, how they sign in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, select

from graph.model.credit_code import CreditCode
from graph.model.principal import OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionCode
from hub.stores.registry.access_tables import T
from hub.stores.registry.known import Place

ACCOUNT, ORGANISATION, UNIT = T["account"], T["organisation"], T["unit"]
_SEAT = UNIT.alias("organisation_unit")
_PERSON = "user:"  # before an account's key, in audit and ledger: no client can be called so
_TENURE = ("key", "name", "roles", "created_at", "revoked_at", "expires_at")


@dataclass(frozen=True)
class Invitation:
    """The digest of a one-time code, and until when it counts."""

    digest: str
    until: dt.datetime


@dataclass(frozen=True)
class OwnOrganisation:
    """The organisation that runs a hub, as it is made with its first administrator."""

    key: str
    name: str
    kind: OrganisationKind
    parts: frozenset[Part]
    reach: Reach


class Account:
    """An account as signing in needs it. What it signs in with shows in no text of it."""

    def __init__(self, row: RowMapping) -> None:
        self.key: str = row["key"]
        self.name: str = row["name"]
        self.organisation_name: str = row["organisation_name"]
        self.is_enabled: bool = row["organisation_enabled"]
        self.created_at: dt.datetime = row["created_at"]
        self.revoked_at: dt.datetime | None = row["revoked_at"]
        self.expires_at: dt.datetime | None = row["expires_at"]
        self.invited_until: dt.datetime | None = row["invited_until"]
        self.password: str | None = row["password"]
        self.totp: str | None = row["totp"]
        self.issuer: str | None = row["issuer"]
        self.subject: str | None = row["subject"]
        self.principal = _principal(row)
        self.place = _place(row)
        self.told = _told(row, self)

    def __repr__(self) -> str:
        return f"Account({self.key!r})"

    @property
    def signs_in(self) -> str | None:
        """How: by password, provider or, once, by invitation; None where there is no way yet."""
        if self.subject is not None:
            return "provider"
        if self.password is not None:
            return "password"
        return None if self.invited_until is None else "invitation"

    def counts(self, at: dt.datetime) -> bool:
        """Whether its person may be signed in at a moment."""
        return (
            self.is_enabled and self.revoked_at is None and (self.expires_at is None or at < self.expires_at)
        )


def person(key: str) -> str:
    """What the audit and the ledger call a person."""
    return f"{_PERSON}{key}"


def all_accounts() -> Select[Any]:
    """Every account with its organisation and both their units."""
    organisation = ORGANISATION.c
    source = (
        ACCOUNT.join(ORGANISATION, organisation.id == ACCOUNT.c.organisation_id)
        .outerjoin(UNIT, UNIT.c.id == ACCOUNT.c.unit_id)
        .outerjoin(_SEAT, _SEAT.c.id == organisation.unit_id)
    )
    return select(
        ACCOUNT,
        UNIT.c.credit_code.label("unit"),
        UNIT.c.region.label("unit_region"),
        organisation.key.label("organisation"),
        organisation.name.label("organisation_name"),
        organisation.kind,
        organisation.parts,
        organisation.enabled.label("organisation_enabled"),
        organisation.region.label("organisation_region"),
        organisation.province.label("organisation_province"),
        _SEAT.c.credit_code.label("organisation_unit"),
        _SEAT.c.region.label("organisation_unit_region"),
    ).select_from(source)


def _told(row: RowMapping, account: Account) -> dict[str, Any]:
    """What the audit says of an account: everything but what its person signs in with, of which only the kind."""
    return {name: row[name] for name in _TENURE} | {
        "organisation": account.principal.organisation,
        "reach": str(account.principal.reach),
        "signs_in": account.signs_in,
    }


def reach_of(region: str | None, unit: str | None) -> Reach:
    """A reach out of a row's columns."""
    return Reach(None if region is None else RegionCode(region), None if unit is None else CreditCode(unit))


def _principal(row: RowMapping) -> Principal:
    is_own = row["region"] is not None or row["unit"] is not None
    of = "" if is_own else "organisation_"
    return Principal(
        client=person(row["key"]),
        organisation=row["organisation"],
        reach=reach_of(row[f"{of}region"], row[f"{of}unit"]),
        roles=frozenset(Role(word) for word in row["roles"].split()),
        kind=OrganisationKind(row["kind"]),
        parts=frozenset(Part(word) for word in row["parts"].split()),
        until=row["expires_at"],
    )


def _place(row: RowMapping) -> Place:
    is_own = row["region"] is not None or row["unit"] is not None
    of = "" if is_own else "organisation_"
    return Place(row[f"{of}province"], row[f"{of}region"] or row[f"{of}unit_region"], row[f"{of}unit"])
