"""Access tokens that count no longer though their time is not over (吊销令牌); kept until it is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, delete, insert, select

from graph.ports import Clock
from hub.stores.registry.access_tables import T
from hub.stores.registry.database import reading, writing

_TABLE = T["revoked_token"]


class RevokedTokens:
    """The revoked tokens of a registry, by what each is called (`jti`)."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def revoke(self, jti: str, until: dt.datetime) -> None:
        """From now on it does not count; revoked twice is revoked once. Those whose time is over are forgotten."""
        with writing(self._engine) as connection:
            connection.execute(delete(_TABLE).where(_TABLE.c.until <= self._clock.now()))
            if connection.execute(select(_TABLE.c.id).where(_TABLE.c.jti == jti)).first() is None:
                connection.execute(insert(_TABLE).values(jti=jti, until=until))

    def holds(self, jti: str) -> bool:
        """Whether it was revoked."""
        with reading(self._engine) as connection:
            return connection.execute(select(_TABLE.c.id).where(_TABLE.c.jti == jti)).first() is not None
