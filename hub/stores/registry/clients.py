"""Clients (客户端): machines that get tokens by what they sign. Their public keys stand here, and nothing secret."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Engine, insert, select, update

from graph.errors import Conflict, NotFound
from graph.model.principal import NATION, Principal, Reach, Role
from graph.model.region import DivisionTree
from graph.ports import Ask, Clock, Order
from hub.stores.registry import cells, members
from hub.stores.registry.access_tables import T
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.known import Place, load
from hub.stores.registry.rows import page
from hub.stores.registry.tables import KEY_MAX
from hub.stores.registry.writes import add_divisions

RESERVED = frozenset({"import"})  # sources of the ledger that are no clients; links and people carry a colon
KEYLESS = '{"keys":[]}'  # of a client that has not told its key yet
_CLIENT = T["client"]


@dataclass(frozen=True)
class KnownClient:
    """A client as access needs it: whom its tokens stand for, its public keys (RFC 7517), whether it proves them (DPoP).

    It counts while its organisation is `enabled`, it is not revoked, and its principal's time is not over.
    """

    principal: Principal
    jwks: Mapping[str, Any] = field(repr=False)
    proves: bool = False
    enabled: bool = True
    revoked_at: dt.datetime | None = None
    place: Place = field(default_factory=Place)

    def counts(self, now: dt.datetime) -> bool:
        """Whether it may have tokens, and those it has are worth anything."""
        until = self.principal.until
        return self.enabled and self.revoked_at is None and (until is None or now < until)


class Clients:
    """The clients of a registry."""

    def __init__(self, engine: Engine, clock: Clock, tree: DivisionTree) -> None:
        self._engine, self._clock, self._tree = engine, clock, tree

    def add(
        self,
        key: str,
        organisation: str,
        roles: Collection[Role],
        who: str,
        *,
        jwks: Mapping[str, Any] | None = None,
        reach: Reach = NATION,
        proves: bool = False,
        lives: dt.timedelta | None = None,
    ) -> None:
        """Make a client of an organisation, which reaches as far as that or as far as said, and `lives` so long.

        Raises Conflict when the key is taken, NotFound for an unknown organisation, InvalidInput for a role or a reach
        that the organisation does not give.
        """
        if key in RESERVED:
            raise Conflict(f"{key!r} is what the ledger calls something else")
        said = {
            "key": cells.key(key),
            "roles": members.written(roles),
            "jwks": KEYLESS if jwks is None else json.dumps(jwks),
            "proves": proves,
            "revoked_at": None,
        }
        with writing(self._engine) as connection:
            author = self._author(who)  # its turn may have been long in coming
            of = members.employer(connection, organisation)
            of.check(roles)
            if connection.execute(select(_CLIENT.c.id).where(_CLIENT.c.key == key)).first():
                raise Conflict(f"a client with the key {key!r} is there already")
            units = [str(each.unit) for each in (reach, of.reach) if each.unit]
            known = load(connection, self._tree, units)
            seat, place = members.seat_of(known, reach, of.reach)
            add_divisions(connection, author, known)
            row = said | seat | {"organisation_id": of.id, "created_at": author.at}
            row["expires_at"] = None if lives is None else author.at + lives
            connection.execute(insert(_CLIENT).values(row))
            _record(connection, author, None, row | {"organisation": of.key}, place)

    def find(self, key: str) -> KnownClient | None:
        """A client of any state; None for an unknown key, and for a client that its organisation no longer reaches."""
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{KEY_MAX}}}", key):
            return None
        with reading(self._engine) as connection:
            row = _row(connection, key)
        if row is None or not members.is_within(row):
            return None
        return KnownClient(
            members.principal_of(row, key),
            json.loads(row["jwks"]),
            row["proves"],
            bool(row["enabled"]),
            row["revoked_at"],
            members.place_of(row),
        )

    def change_keys(self, key: str, jwks: Mapping[str, Any], who: str) -> None:
        """From now on its signatures are checked with these public keys. Raises NotFound, and Conflict of a revoked one."""
        told = json.dumps(jwks)

        def keys(row: Mapping[str, Any], _: Author) -> Mapping[str, Any]:
            if row["revoked_at"] is not None:
                raise Conflict(f"client {key!r} is revoked for good: add another one")
            return {"jwks": told}

        self._change(key, who, keys)

    def revoke(self, key: str, who: str) -> None:
        """From now on the client gets no token, and those it has count no longer; twice is once. Raises NotFound."""
        self._change(key, who, lambda row, author: {"revoked_at": row["revoked_at"] or author.at})

    def list(self) -> pa.Table:
        """All clients by their keys."""
        with reading(self._engine) as connection:
            return page(connection, Ask("client", order=Order("key"))).table

    def _change(
        self, key: str, who: str, of: Callable[[Mapping[str, Any], Author], Mapping[str, Any]]
    ) -> None:
        with writing(self._engine) as connection:
            author = self._author(who)
            before = _row(connection, key)
            if before is None:
                raise NotFound(f"no client has the key {key[:KEY_MAX]!r}")
            values = of(before, author)
            if any(before[name] != value for name, value in values.items()):
                connection.execute(update(_CLIENT).where(_CLIENT.c.key == key).values(values))
                _record(connection, author, before, {**before, **values}, members.place_of(before))

    def _author(self, who: str) -> Author:
        return Author(cells.words()(who), self._clock.now())


def _row(connection: Connection, key: str) -> dict[str, Any] | None:
    row = connection.execute(members.members("client").where(_CLIENT.c.key == key)).mappings().first()
    return None if row is None else dict(row)


def _record(
    connection: Connection,
    author: Author,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    place: Place,
) -> None:
    told = None if before is None else _told(before, place)
    record(connection, author, "client", [Change((after["key"],), told, _told(after, place), place)])


def _told(row: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the audit says of a client; of its keys their names, by which a change is seen."""
    names = ("key", "organisation", "roles", "proves", "created_at", "revoked_at", "expires_at")
    keys = [each.get("kid") for each in json.loads(row["jwks"])["keys"]]
    return {name: row[name] for name in names} | {
        "keys": keys,
        "reach": place.unit or place.region or "nation",
    }
