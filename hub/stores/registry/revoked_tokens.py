"""Access tokens that count no longer though their time is not over (吊销令牌); kept until it is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, delete, insert, select

from graph.ports import Clock
from hub.stores.registry import cells
from hub.stores.registry.access_tables import T
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.database import reading, writing
from hub.stores.registry.known import Place

NOUN = "revoked_token"
_TABLE = T[NOUN]


class RevokedTokens:
    """The revoked tokens of a registry, by what each is called (`jti`)."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def revoke(self, jti: str, until: dt.datetime, who: str) -> None:
        """From now on it does not count; revoked twice is revoked once. Those whose time is over are forgotten."""
        with writing(self._engine) as connection:
            author = Author(cells.words()(who), self._clock.now())
            connection.execute(delete(_TABLE).where(_TABLE.c.until <= author.at))
            if connection.execute(select(_TABLE.c.id).where(_TABLE.c.jti == jti)).first() is None:
                connection.execute(insert(_TABLE).values(jti=jti, until=until))
                record(connection, author, NOUN, [Change((jti,), None, {"until": until}, Place())])

    def all(self) -> frozenset[str]:
        """Those that were revoked and are not forgotten yet: of ten minutes, mostly none."""
        with reading(self._engine) as connection:
            return frozenset(connection.execute(select(_TABLE.c.jti)).scalars())
