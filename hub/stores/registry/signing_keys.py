"""Keys access tokens are signed with (签名密钥): sealed; one is the current, the others wait for their tokens to end."""

from __future__ import annotations

import builtins
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from graph.ports import Clock
from hub.stores.registry import cells
from hub.stores.registry.access_tables import T
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.known import Place

NOUN = "signing_key"
_TABLE = T[NOUN]
_EVERYWHERE = Place(None, None, None)


@dataclass(frozen=True)
class KeptKey:
    """A key as it is kept; without `retired_at` it is the current one."""

    kid: str
    sealed: str = field(repr=False)
    created_at: dt.datetime
    retired_at: dt.datetime | None


class SigningKeys:
    """The signing keys of a registry."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def list(self) -> builtins.list[KeptKey]:
        """All of them, the current one first, then those retired last."""
        with reading(self._engine) as connection:
            return _all(connection)

    def begin(self, kid: str, sealed: str, who: str) -> None:
        """Make this the current key where there is none yet: of processes that start together, one's key counts."""
        with writing(self._engine) as connection:
            if all(key.retired_at is not None for key in _all(connection)):
                self._insert(connection, self._author(who), kid, sealed)

    def rotate(self, kid: str, sealed: str, who: str, keep: dt.timedelta) -> None:
        """Make this the current key and retire the one before; what was retired for as long as `keep` is dropped.

        With no time at all nothing that was signed before counts any longer.
        """
        with writing(self._engine) as connection:
            author = self._author(who)
            for key in _all(connection):
                retired_at = key.retired_at or author.at
                if author.at - retired_at >= keep:
                    self._drop(connection, author, key, retired_at)
                elif key.retired_at is None:
                    self._retire(connection, author, key)
            self._insert(connection, author, kid, sealed)

    def _author(self, who: str) -> Author:
        return Author(cells.words()(who), self._clock.now())

    def _insert(self, connection: Connection, author: Author, kid: str, sealed: str) -> None:
        key = KeptKey(kid, sealed, author.at, None)
        connection.execute(insert(_TABLE).values(_told(key) | {"sealed": sealed}))
        _record(connection, author, None, _told(key))

    def _retire(self, connection: Connection, author: Author, key: KeptKey) -> None:
        connection.execute(update(_TABLE).where(_TABLE.c.kid == key.kid).values(retired_at=author.at))
        _record(connection, author, _told(key), _told(key) | {"retired_at": author.at})

    def _drop(self, connection: Connection, author: Author, key: KeptKey, retired_at: dt.datetime) -> None:
        connection.execute(delete(_TABLE).where(_TABLE.c.kid == key.kid))
        _record(
            connection, author, _told(key), _told(key) | {"retired_at": retired_at, "dropped_at": author.at}
        )


def _all(connection: Connection) -> builtins.list[KeptKey]:
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.id.desc())).mappings()
    return [_kept(row) for row in rows]


def _kept(row: RowMapping) -> KeptKey:
    return KeptKey(row["kid"], row["sealed"], row["created_at"], row["retired_at"])


def _told(key: KeptKey) -> dict[str, Any]:
    """What the audit says of a key: when it counted, and nothing of what it is."""
    return {"kid": key.kid, "created_at": key.created_at, "retired_at": key.retired_at}


def _record(
    connection: Connection, author: Author, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record(connection, author, NOUN, [Change((after["kid"],), before, after, _EVERYWHERE)])
