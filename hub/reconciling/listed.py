"""Files that lie there still, taken or not: each is read again, and what of it is not here is booked.

A later file may correct an earlier one, so a newer value here is no difference. Files that the ledger does not know are
told, and so are those it knows that are gone.
"""

from __future__ import annotations

from dataclasses import replace

from graph.errors import InvalidInput
from graph.model.period import Period
from graph.model.principal import Reach
from graph.model.reconciliation import Method
from graph.model.sync_run import Link
from graph.ports import Delivery, DigestAsk
from hub.links import dialects
from hub.reconciling.done import READING, Files, Reconciled, Sample, Tell, nothing_yet
from hub.reconciling.own_side import OwnSide
from hub.reconciling.reread import Piece, Tally
from hub.reconciling.said import judged, once_each, unit_days
from hub.running import beside
from hub.wiring import Hub
from national_sync.letting_go import letting_go
from provincial_adapters import Means


async def reconcile_listed(
    hub: Hub, link: Link, period: Period, means: Means, tell: Tell, *, mend: bool
) -> Reconciled:
    """Compare every file that a link's place still has with what this hub holds. Raises what reading them raises."""
    again = dialects()[link.dialect].whole_again
    if again is None:
        raise InvalidInput(f"dialect {link.dialect!r} lists nothing again", "link")
    ask = DigestAsk(period, reach=Reach(region=link.region))
    tally = Tally(OwnSide(hub), nothing_yet(link, hub.clock.now(), ask, Method.LISTING))
    listed: set[str] = set()
    known = await beside(hub, lambda: hub.store.digests_brought(link.source))
    async with letting_go(again(means).pull(link)) as coming:
        async for delivery in coming:
            if isinstance(delivery, Delivery):
                listed.add(delivery.digest)
                tell(READING, len(listed), max(len(listed), len(known)))
                await _add(hub, tally, delivery, period, mend=mend)
    files = Files(listed=len(listed), unknown=len(listed - known), gone=len(known - listed))
    return replace(tally.reconciled(), sample=Sample(1, 1), files=files)


async def _add(hub: Hub, tally: Tally, delivery: Delivery, period: Period, *, mend: bool) -> None:
    theirs = once_each([await judged(hub, delivery, period)])
    tally.done = replace(tally.done, bytes_read=tally.done.bytes_read + delivery.bytes_read)
    if not theirs.num_rows:
        return
    days = unit_days(theirs)
    units = tuple(sorted(days["unit"].unique().to_pylist()))
    covered = Period.of_days(min(days["day"].to_pylist()), max(days["day"].to_pylist()))
    await tally.add(Piece(theirs, covered, units, every_day=False, alone=False), mend=mend)
    for row in days.to_pylist():
        tally.note([row["day"]], [row["unit"]])
