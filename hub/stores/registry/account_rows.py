"""What a row of an account says, with its organisation's: who the person is, how far they reach, how they sign in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from graph.model.principal import OrganisationKind, Part, Reach
from hub.stores.registry import members
from hub.stores.registry.access_tables import T
from hub.stores.registry.members import Row

ACCOUNT, ORGANISATION = T["account"], T["organisation"]
PERSON = "user:"  # before an account's key, in audit and ledger: no client can be called so
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

    def __init__(self, row: Row) -> None:
        self.key: str = row["key"]
        self.name: str = row["name"]
        self.organisation_name: str = row["organisation_name"]
        self.is_enabled: bool = bool(row["enabled"]) and members.is_within(row)
        self.created_at: dt.datetime = row["created_at"]
        self.revoked_at: dt.datetime | None = row["revoked_at"]
        self.expires_at: dt.datetime | None = row["expires_at"]
        self.invited_until: dt.datetime | None = row["invited_until"]
        self.password: str | None = row["password"]
        self.totp: str | None = row["totp"]
        self.issuer: str | None = row["issuer"]
        self.subject: str | None = row["subject"]
        self.generation: int = row["generation"]
        self.principal = members.principal_of(row, person(row["key"]))
        self.place = members.place_of(row)
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
    return f"{PERSON}{key}"


def _told(row: Row, account: Account) -> dict[str, Any]:
    """What the audit says of an account: everything but what its person signs in with, of which only the kind."""
    return {name: row[name] for name in _TENURE} | {
        "organisation": account.principal.organisation,
        "reach": str(account.principal.reach),
        "signs_in": account.signs_in,
    }
