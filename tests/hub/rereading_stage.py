"""A hub that is made to lose, or to hold otherwise, what a source without digests said."""

from __future__ import annotations

import datetime as dt

from graph.model.period import Period, midnight
from graph.model.sync_run import Link
from graph.ports import Ask, DigestAsk, DigestLevel
from hub.link_tokens import means_of
from hub.reconciling import Reconciled, Wish, reconcile_and_keep
from hub.wiring import Hub
from national_sync.windows import Sampling
from provincial_adapters import open_client


def lose(hub: Hub, day: dt.date, hours: int = 24) -> None:
    """Rows of the first hours of a day are deleted, and the day's figures with them."""
    until = midnight(day) + dt.timedelta(hours=hours)
    with hub.store._database.writing() as cursor:
        cursor.execute(
            "DELETE FROM reading WHERE day = ? AND start < ?",
            [day, until.astimezone(dt.UTC).replace(tzinfo=None)],
        )
        cursor.execute("DELETE FROM card WHERE day = ?", [day])


def change(hub: Hub, day: dt.date) -> None:
    """Somebody writes other values into the file."""
    with hub.store._database.writing() as cursor:
        cursor.execute("UPDATE reading SET value = value + 1 WHERE day = ?", [day])


def held(hub: Hub, period: Period) -> list[tuple[object, ...]]:
    """What a hub holds of a period, by its own digests, counted anew."""
    hub.store.recount(DigestAsk(period), lambda _done, _of: None, mend=True)
    found = hub.store.digests(DigestAsk(period, DigestLevel.DAY)).to_pylist()
    return [tuple(row.values()) for row in found]


async def reconciled(
    hub: Hub, link: Link, period: Period, share: float = 1, seed: int | None = 7, *, mend: bool = True
) -> Reconciled:
    """A reconciliation of some days, with this hub's own counted anew first, as the command does it."""
    async with open_client() as client:
        wish = Wish(period, mend=mend, sampling=Sampling(share, seed))
        return await reconcile_and_keep(hub, link, period, means_of(client), wish)


def open_days(hub: Hub) -> list[int]:
    """Days of the differences that are unresolved."""
    rows = hub.registry.rows(Ask("difference")).table.to_pylist()
    return sorted({row["day"].day for row in rows if row["settled_at"] is None})


def last(hub: Hub) -> dict[str, object]:
    """What was kept of the last reconciliation."""
    rows: list[dict[str, object]] = hub.registry.rows(Ask("reconciliation")).table.sort_by("id").to_pylist()
    return rows[-1]
