"""Clients and their tokens (客户端、令牌): a token is shown once, and only a digest of its secret is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import Engine, RowMapping, insert, select, update

from graph.errors import Conflict, InvalidInput, NotFound
from graph.model.credit_code import CreditCode
from graph.model.principal import Principal, Reach, Role
from graph.model.region import DivisionTree, RegionCode
from graph.ports import Ask, Clock, Order
from hub.stores.registry import cells
from hub.stores.registry.access_tables import T
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.known import Known, Place, load
from hub.stores.registry.rows import page
from hub.stores.registry.tables import KEY_MAX
from hub.stores.registry.writes import add_divisions

RESERVED = frozenset({"import"})  # sources of the ledger that are no clients; links carry a colon
SECRET_BYTES = 32  # as many as the digest has: nobody guesses one
_CLIENT, _UNIT = T["client"], T["unit"]


def secret_hash(secret: str) -> str:
    """SHA-256 of a secret, in hexadecimal.

    A slow hash protects words that people choose; 32 random bytes cannot be tried out, so a fast one is right.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


class Found(NamedTuple):
    """A client as access checking needs it; a moment in `revoked_at` means that its token counts no longer."""

    secret_hash: str
    principal: Principal
    revoked_at: dt.datetime | None


class Clients:
    """The clients of a registry."""

    def __init__(self, engine: Engine, clock: Clock, tree: DivisionTree) -> None:
        self._engine, self._clock, self._tree = engine, clock, tree

    def add(
        self,
        key: str,
        organisation: str,
        reach: Reach,
        roles: Iterable[Role],
        who: str,
        lives: dt.timedelta | None = None,
    ) -> str:
        """Make a client and return its token `<key>.<secret>`, which nobody can show again and which `lives` so long.

        Raises Conflict when the key is taken, InvalidInput when the reach is of no region or unit registered.
        """
        if key in RESERVED:
            raise Conflict(f"{key!r} is what the ledger calls something else")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        said = {
            "key": cells.key(key),
            "organisation": cells.words()(organisation),
            "roles": _joined(roles),
            "revoked_at": None,
        }
        with writing(self._engine) as connection:
            author = self._author(who)  # its turn may have been long in coming
            expires_at = None if lives is None else author.at + lives
            row = {**said, "created_at": author.at, "expires_at": expires_at}
            if connection.execute(select(_CLIENT.c.id).where(_CLIENT.c.key == key)).first():
                raise Conflict(f"a client with the key {key!r} is there already")
            known = load(connection, self._tree, [str(reach.unit)] if reach.unit else [])
            seat, place = _seat(known, reach)
            add_divisions(connection, author, known)
            connection.execute(insert(_CLIENT).values(row | seat | {"secret_hash": secret_hash(secret)}))
            record(connection, author, "client", [Change((key,), None, _told(row, place), place)])
        return f"{key}.{secret}"

    def find(self, key: str) -> Found | None:
        """The digest of a client's secret, who it is, and since when it is revoked; None for an unknown key."""
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{KEY_MAX}}}", key):
            return None
        source = _CLIENT.outerjoin(_UNIT)
        wanted = select(_CLIENT, _UNIT.c.credit_code).select_from(source).where(_CLIENT.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else Found(row["secret_hash"], _principal(row), row["revoked_at"])

    def revoke(self, key: str, who: str) -> None:
        """From now on the client's token counts no longer; revoked twice is revoked once. Raises NotFound."""
        with writing(self._engine) as connection:
            author = self._author(who)
            wanted = select(_CLIENT, _UNIT.c.credit_code).select_from(_CLIENT.outerjoin(_UNIT))
            row = connection.execute(wanted.where(_CLIENT.c.key == key)).mappings().first()
            if row is None:
                raise NotFound(f"no client has the key {key[:KEY_MAX]!r}")
            if row["revoked_at"] is None:
                place = Place(row["province"], row["region"], row["credit_code"])
                after = {**row, "revoked_at": author.at}
                connection.execute(update(_CLIENT).where(_CLIENT.c.key == key).values(revoked_at=author.at))
                change = Change((key,), _told(dict(row), place), _told(after, place), place)
                record(connection, author, "client", [change])

    def list(self) -> pa.Table:
        """All clients by their keys, without anything of their secrets."""
        with reading(self._engine) as connection:
            return page(connection, Ask("client", order=Order("key"))).table

    def _author(self, who: str) -> Author:
        return Author(cells.words()(who), self._clock.now())


def _joined(roles: Iterable[Role]) -> str:
    given = set(roles)
    if not given:
        raise InvalidInput("a client needs at least one role", "roles")
    return " ".join(role.value for role in Role if role in given)


def _seat(known: Known, reach: Reach) -> tuple[dict[str, Any], Place]:
    """A reach as the table keeps it, and the place that decides who may read of the client."""
    unit = None if reach.unit is None else known.unit(reach.unit)
    region = None if reach.region is None else known.division(reach.region)
    if unit is not None:
        province: str | None = unit.province
    else:
        province = None if reach.region is None else str(reach.region.province)
    seat = {"region": region, "province": province, "unit_id": None if unit is None else unit.id}
    code = None if reach.unit is None else str(reach.unit)
    return seat, Place(province, region if unit is None else unit.region, code)


def _told(row: dict[str, Any], place: Place) -> dict[str, Any]:
    """What the audit says of a client: everything but the secret's digest."""
    names = ("key", "organisation", "roles", "created_at", "revoked_at", "expires_at")
    return {name: row[name] for name in names} | {"reach": place.unit or place.region or "nation"}


def _principal(row: RowMapping) -> Principal:
    region = None if row["region"] is None else RegionCode(row["region"])
    unit = None if row["credit_code"] is None else CreditCode(row["credit_code"])
    roles = frozenset(Role(word) for word in row["roles"].split())
    return Principal(row["key"], row["organisation"], Reach(region, unit), roles, row["expires_at"])
