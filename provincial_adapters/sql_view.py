"""A province opens a view of its database to the hub, which reads on by a watermark and looks back a little each time.

Source: the server's own protocol through SQLAlchemy: PostgreSQL, MySQL and MariaDB (read).
Time: a timestamp with a zone is an instant, MySQL's TIMESTAMP too; one without is Beijing's unless the link says
      UTC (assumed). A label that is text is read by the mapping's format.
Cadence: whenever the link is due; rows whose watermark appears late are found within the overlap (assumed). After
      more than a day without a run the newest day comes first, then older ones.
Quirks: which view, by which watermark, how far to look back, how columns become readings, how the line is encrypted
      (read). A row's version is its watermark where that is a timestamp and the mapping names none (assumed).

A reading's row is its row's place in the delivery, in the watermark's order, counted from 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing

import pyarrow as pa

from graph.model.period import UTC
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._sql_view.connection import USUAL, Patience, ReadOnly
from provincial_adapters._sql_view.declared import QUIRKS, Declared
from provincial_adapters._sql_view.deliveries import Run
from provincial_adapters._sql_view.place import Login, Place
from provincial_adapters._sql_view.refusals import Speaker
from provincial_adapters._sql_view.replays import reread_view
from provincial_adapters._sql_view.stepping import Steps
from provincial_adapters._toolkit.dialect import Dialect, Direction, Reread

__all__ = ["DIALECT", "ViewPuller"]

BEYOND_S = 15.0  # past what a driver may take: it gives up before


def _replayed(link: Link, raw: pa.Table) -> Reread:
    return reread_view(raw, Declared.of_quirks(DIALECT.settled(link.quirks)))


DIALECT = Dialect(
    name="sql_view",
    chinese="数据库视图",
    english="a view of a province's database, read",
    direction=Direction.PULL,
    quirks=QUIRKS,
    puller=lambda means: ViewPuller(means.token),
    day_again=lambda means: ViewPuller(means.token),
    retells=True,
    replays=_replayed,
)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(UTC)


class ViewPuller:
    """Reads a link's view on from where its cursor stands, or a day of it. Implements graph.ports.Puller and DayPuller.

    `login` gives a link's secret, which is user:password; it goes to the database and nowhere else.
    """

    def __init__(
        self,
        login: Callable[[Link], Awaitable[str]],
        now: Callable[[], dt.datetime] = _utc_now,
        patience: Patience = USUAL,
    ) -> None:
        self._login, self._now, self._patience = login, now, patience

    async def pull(self, link: Link) -> AsyncGenerator[Delivery | NounDelivery, None]:
        """The rows that are due, each piece with the cursor that holds once it is durable. Raises SourceError."""
        async with aclosing(self._read(link, lambda run: run.deliveries())) as deliveries:
            async for delivery in deliveries:
                yield delivery

    async def pull_day(self, link: Link, day: dt.date) -> AsyncGenerator[Delivery, None]:
        """The rows of a Beijing day and of the days beside it, without a cursor. Raises SourceError."""
        async with aclosing(self._read(link, lambda run: run.of_day(day))) as deliveries:
            async for delivery in deliveries:
                yield delivery

    async def _read(
        self, link: Link, asked: Callable[[Run], Generator[Delivery, None, None]]
    ) -> AsyncGenerator[Delivery, None]:
        declared = Declared.of_quirks(DIALECT.settled(link.quirks))
        place = Place.of_address(link.address, f"link {link.key}")
        login = Login.of_secret(await self._login(link), f"link {link.key}")
        shown = f"{place}: {declared.view}"
        connection = ReadOnly(place, login, declared.tls, Speaker(shown, login), self._patience)
        run = Run(link, declared, connection, self._now(), shown)
        steps = Steps(connection, shown, self._patience.read_s + BEYOND_S)
        async with aclosing(steps.each(asked(run))) as deliveries:
            async for delivery in deliveries:
                yield delivery
