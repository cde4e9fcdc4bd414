"""People's accounts (账号): who they are and may do, and digests of what they sign in with; never a secret in the audit."""

from __future__ import annotations

import builtins
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from graph.errors import Conflict, NotFound
from graph.model.principal import NATION, Reach, Role
from graph.model.region import DivisionTree
from graph.ports import Clock
from hub.stores.registry import cells, members
from hub.stores.registry.account_rows import (
    ACCOUNT,
    Account,
    Invitation,
    OwnOrganisation,
    person,
)
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.known import load
from hub.stores.registry.members import Employer
from hub.stores.registry.own_organisation import add_own
from hub.stores.registry.tables import KEY_MAX
from hub.stores.registry.writes import add_divisions

NOUN = "account"
SIGNS_IN_WITH = frozenset({"password", "totp", "issuer", "subject"})  # no session outlives a change of these
FIRST_ROLES = frozenset(
    {Role.READ, Role.CONTACTS, Role.DECIDE, Role.AUDIT, Role.ADMINISTER, Role.EXPLORE}
)  # of the first administrator: what people do, and nothing machines do


class Accounts:
    """The accounts of a registry."""

    def __init__(self, engine: Engine, clock: Clock, tree: DivisionTree) -> None:
        self._engine, self._clock, self._tree = engine, clock, tree

    def is_empty(self) -> bool:
        """Whether there is no account at all, not even a revoked one."""
        with reading(self._engine) as connection:
            return connection.execute(select(ACCOUNT.c.id).limit(1)).first() is None

    def find(self, key: str) -> Account | None:
        """An account, revoked or not."""
        return self._one(ACCOUNT.c.key == key)

    def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account bound to an identity provider's name for a person."""
        return self._one(ACCOUNT.c.issuer == issuer, ACCOUNT.c.subject == subject)

    def invited(self, digest: str) -> Account | None:
        """The account that waits for a one-time code of this digest."""
        return self._one(*self._waiting(digest))

    def list(self) -> builtins.list[Account]:
        """All of them by their keys, revoked ones too."""
        with reading(self._engine) as connection:
            rows = connection.execute(members.members(NOUN).order_by(ACCOUNT.c.key)).mappings()
            return [Account(dict(row)) for row in rows]

    def add(
        self, key: str, name: str, organisation: str, roles: Iterable[Role], who: str,
        *, reach: Reach = NATION, lives: dt.timedelta | None = None, invitation: Invitation | None = None,
    ) -> None:  # fmt: skip
        """Add a person; without a reach of its own an account reaches as far as its organisation.

        Raises Conflict when the key is taken, NotFound without such an organisation, InvalidInput.
        """
        with writing(self._engine) as connection:
            author = self._author(who)
            self._insert(
                connection, author, key=key, name=name, organisation=organisation, roles=roles, reach=reach,
                expires_at=None if lives is None else author.at + lives, **_invited(invitation),
            )  # fmt: skip

    def add_first(
        self, key: str, name: str, organisation: OwnOrganisation, password: str, totp: str
    ) -> Account:
        """The first administrator with the organisation. Raises Conflict where there is any account, InvalidInput."""
        with writing(self._engine) as connection:
            if connection.execute(select(ACCOUNT.c.id).limit(1)).first() is not None:
                raise Conflict("there is an account already; its administrator invites others")
            author = self._author(person(cells.key(key)))
            add_own(connection, author, self._tree, organisation)
            self._insert(
                connection, author, key=key, name=name, organisation=organisation.key, roles=FIRST_ROLES,
                reach=NATION, expires_at=None, password=password, totp=totp,
            )  # fmt: skip
            return _must(connection, key)

    def invite(self, key: str, invitation: Invitation, who: str) -> None:
        """Let a person begin anew: from now on nothing they signed in with before counts. Raises NotFound, Conflict."""
        with writing(self._engine) as connection:
            account = _must(connection, key)
            if account.revoked_at is not None:
                raise Conflict(f"account {key!r} is revoked")
            anew = {"password": None, "totp": None, "issuer": None, "subject": None}
            self._write(connection, self._author(who), account, anew | _invited(invitation))

    def redeem(self, invitation: Invitation, password: str, totp: str) -> Account:
        """Set what the invited person signs in with. Raises Conflict where the invitation counts no longer."""
        with writing(self._engine) as connection:
            account = _found(connection, *self._waiting(invitation.digest))
            if account is None:
                raise Conflict("the one-time code counts no longer")
            values = {"password": password, "totp": totp, **_invited(None)}
            self._write(connection, self._author(person(account.key)), account, values)
            return _must(connection, account.key)

    def renew(self, key: str, *, password: str | None = None, totp: str | None = None) -> Account:
        """Replace what a person signs in with, as that person. Raises NotFound."""
        given = {"password": password, "totp": totp}
        values = {name: value for name, value in given.items() if value is not None}
        with writing(self._engine) as connection:
            self._write(connection, self._author(person(key)), _must(connection, key), values)
            return _must(connection, key)

    def rehash(self, key: str, before: str, after: str) -> None:
        """The same password in newer parameters: nobody decided anything, so the audit says nothing."""
        with writing(self._engine) as connection:
            where = (ACCOUNT.c.key == key, ACCOUNT.c.password == before)
            connection.execute(update(ACCOUNT).where(*where).values(password=after))

    def bind(self, key: str, issuer: str, subject: str) -> bool:
        """Bind an account that has neither password nor subject yet, which ends its invitation; else say no."""
        with writing(self._engine) as connection:
            account = _found(connection, ACCOUNT.c.key == key)
            if account is None or account.password is not None or account.subject is not None:
                return False
            values = {"issuer": issuer, "subject": subject, **_invited(None)}
            self._write(connection, self._author(person(key)), account, values)
            return True

    def change(
        self, key: str, who: str, *, roles: Iterable[Role] | None = None, reach: Reach | None = None
    ) -> None:
        """Give an account other roles or another reach. Raises NotFound, InvalidInput."""
        with writing(self._engine) as connection:
            account, author = _must(connection, key), self._author(who)
            of, values = members.employer(connection, account.principal.organisation), dict[str, Any]()
            if roles is not None:
                values["roles"] = _joined(of, roles)
            if reach is not None:
                values |= self._seat(connection, author, of, reach)
            self._write(connection, author, account, values)

    def revoke(self, key: str, who: str) -> None:
        """From now on the account counts no longer; revoked twice is revoked once. Raises NotFound."""
        with writing(self._engine) as connection:
            account, author = _must(connection, key), self._author(who)
            if account.revoked_at is None:
                self._write(connection, author, account, {"revoked_at": author.at, **_invited(None)})

    def _one(self, *where: Any) -> Account | None:
        with reading(self._engine) as connection:
            return _found(connection, *where)

    def _waiting(self, digest: str) -> tuple[Any, ...]:
        account = ACCOUNT.c
        return (
            account.invitation == digest,
            account.invited_until > self._clock.now(),
            account.revoked_at.is_(None),
        )

    def _author(self, who: str) -> Author:
        return Author(cells.words()(who), self._clock.now())

    def _insert(
        self, connection: Connection, author: Author, *, key: str, name: str, organisation: str,
        roles: Iterable[Role], reach: Reach, **more: Any,
    ) -> None:  # fmt: skip
        of = members.employer(connection, organisation)
        row = {
            "key": cells.key(key),
            "name": cells.words()(name),
            "organisation_id": of.id,
            "roles": _joined(of, roles),
            "created_at": author.at,
            **self._seat(connection, author, of, reach),
            **more,
        }
        if _found(connection, ACCOUNT.c.key == key) is not None:
            raise Conflict(f"an account with the key {key!r} is there already")
        connection.execute(insert(ACCOUNT).values(row))
        account = _must(connection, key)
        record(connection, author, NOUN, [Change((key,), None, account.told, account.place)])

    def _write(
        self, connection: Connection, author: Author, before: Account, values: Mapping[str, Any]
    ) -> None:
        counted = {"generation": ACCOUNT.c.generation + 1} if SIGNS_IN_WITH & values.keys() else {}
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.key == before.key).values(**values, **counted))
        after = _must(connection, before.key)
        renewed = [name for name in ("password", "totp") if values.get(name) is not None]
        said = after.told | ({"renewed": " ".join(renewed)} if renewed else {})
        record(connection, author, NOUN, [Change((before.key,), before.told, said, after.place)])

    def _seat(self, connection: Connection, author: Author, of: Employer, reach: Reach) -> dict[str, Any]:
        """A reach as the table keeps it. Raises InvalidInput where it is beyond the organisation's."""
        units = [str(each.unit) for each in (reach, of.reach) if each.unit]
        known = load(connection, self._tree, units)
        found, _ = members.seat_of(known, reach, of.reach)
        add_divisions(connection, author, known)
        return found


def _joined(of: Employer, roles: Iterable[Role]) -> str:
    """Roles as the table keeps them. Raises InvalidInput for one that the organisation does not give."""
    given = frozenset(roles)
    of.check(given)
    return members.written(given)


def _found(connection: Connection, *where: Any) -> Account | None:
    row = connection.execute(members.members(NOUN).where(*where)).mappings().first()
    return None if row is None else Account(dict(row))


def _must(connection: Connection, key: str) -> Account:
    """Raises NotFound."""
    account = _found(connection, ACCOUNT.c.key == key)
    if account is None:
        raise NotFound(f"no account has the key {key[:KEY_MAX]!r}")
    return account


def _invited(invitation: Invitation | None) -> dict[str, Any]:
    """The columns of an invitation, or of none."""
    if invitation is None:
        return {"invitation": None, "invited_until": None}
    return {"invitation": invitation.digest, "invited_until": invitation.until}
