"""What signing in asks of the world beside what all of access does: where accounts, sessions and attempts are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from hub.stores.door.sessions import Session
from hub.stores.registry.account_rows import Account, Invitation, OwnOrganisation


class Attempts(Protocol):
    """Counts what failed, by whom it was tried on or from where."""

    def failed(self, subject: str) -> int:
        """Count one more, and say how many."""
        ...

    def count(self, subject: str) -> tuple[int, dt.datetime | None]:
        """How many failed, and when the last one did."""
        ...

    def forget(self, subject: str) -> None:
        """Begin at nought."""
        ...


class Sessions(Protocol):
    """Keeps sessions by the digest of a secret that only a browser has."""

    def begin(self, account: str, how: str, until: dt.datetime, generation: int) -> str:
        """A new session's secret; it rests on this generation of what the account signs in with."""
        ...

    def find(self, secret: str) -> Session | None:
        """The session of a secret; None where there is none or it has ended."""
        ...

    def seen(self, secret: str, at: dt.datetime) -> None:
        """Somebody did something in it."""
        ...

    def end(self, secret: str) -> None:
        """It counts no longer."""
        ...

    def end_all(self, account: str) -> None:
        """None of this account's counts any longer."""
        ...


class Pending(Protocol):
    """Keeps what a browser comes back with a secret for, once."""

    def put(self, kind: str, data: Mapping[str, Any], until: dt.datetime) -> str:
        """The secret it is taken with."""
        ...

    def take(self, kind: str, secret: str) -> dict[str, Any] | None:
        """What was put, the first time it is asked for before its end; else None."""
        ...


class Accounts(Protocol):
    """Where accounts are kept; all that changes one is audited there."""

    def is_empty(self) -> bool:
        """Whether there is no account at all."""
        ...

    def find(self, key: str) -> Account | None:
        """An account, revoked or not."""
        ...

    def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account that an identity provider's name for a person is bound to."""
        ...

    def invited(self, digest: str) -> Account | None:
        """The account that waits for a one-time code of this digest."""
        ...

    def add_first(
        self, key: str, name: str, organisation: OwnOrganisation, password: str, totp: str
    ) -> Account:
        """The first administrator. Raises Conflict where there is an account already."""
        ...

    def redeem(self, invitation: Invitation, password: str, totp: str) -> Account:
        """Set what an invited person signs in with. Raises Conflict where the invitation counts no longer."""
        ...

    def renew(self, key: str, *, password: str | None = None, totp: str | None = None) -> Account:
        """Replace what a person signs in with, as that person; the account as it is then."""
        ...

    def rehash(self, key: str, before: str, after: str) -> None:
        """The same password in newer parameters, unless it was changed meanwhile."""
        ...

    def bind(self, key: str, issuer: str, subject: str) -> bool:
        """Bind an account that has neither a password nor a subject yet, and say whether that could be."""
        ...
