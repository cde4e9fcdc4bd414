"""Which days of a link's source came (数据日), for links that are asked day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Engine, insert, select, update

from graph.model.sync_run import AskedDay, DayState, Link
from hub.stores.registry.database import reading, writing
from hub.stores.registry.link_tables import T
from hub.stores.registry.runs import id_of_link

_DAY, _LINK = T["link_day"], T["link"]


class LinkDays:
    """The days that were asked for. Implements graph.ports.DayLog."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def days(self, link: Link) -> Mapping[dt.date, AskedDay]:
        """Every day that was asked for, with what came of it last."""
        columns = (_DAY.c.day, _DAY.c.state, _DAY.c.asked_at, _DAY.c.said)
        asked = select(*columns).join(_LINK).where(_LINK.c.key == link.key)
        with reading(self._engine) as connection:
            return {
                day: AskedDay(DayState(state), at, tuple(keys.split("\n")) if keys else ())
                for day, state, at, keys in connection.execute(asked)
            }

    def mark(self, link: Link, day: dt.date, asked: AskedDay) -> None:
        """Keep what came of a day. Raises NotFound for a link nobody registered."""
        with writing(self._engine) as connection:
            link_id = id_of_link(connection, link.key)
            of_day = (_DAY.c.link_id == link_id) & (_DAY.c.day == day)
            keys = "\n".join(asked.keys)  # none of them holds a line's end
            values = {"state": asked.state.value, "asked_at": asked.asked_at, "said": keys}
            if connection.execute(update(_DAY).where(of_day).values(values)).rowcount == 0:
                connection.execute(insert(_DAY).values(link_id=link_id, day=day, **values))
