"""A hub above that is pushed to: what this hub says is handed over again; what this hub lost comes back if its link says so.

It is compared as of where the link has come on this side, and as it stands on the other.
"""

from __future__ import annotations

from dataclasses import replace

from graph.model.period import Period
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import AsOf, DigestAsk
from hub.links import dialects
from hub.pushing import Progress
from hub.reconciling.done import MENDING, Reconciled, Tell
from hub.reconciling.other_hub import OtherHub
from hub.reconciling.own_side import OwnSide
from hub.wiring import Hub
from national_sync.comparing import compare, stretches
from national_sync.mending import mend_of
from provincial_adapters import Means
from provincial_adapters.hub_graphql import GIVES_BACK, HubSide


async def reconcile_pushed(
    hub: Hub, link: Link, period: Period, means: Means, tell: Tell, *, mend: bool
) -> Reconciled:
    """Compare what this hub has handed over with what the hub above holds of it. Raises what the hub above raises."""
    began, came_to = hub.clock.now(), AsOf(batch=Progress.parse(link.cursor).ledger)
    here = OwnSide(hub, came_to)
    there = HubSide(means.client, link, {"Authorization": f"Bearer {await means.token(link)}"})
    ask = DigestAsk(period, reach=Reach(region=link.region))
    done = Reconciled(link, began, ask, await compare(here, there, ask))
    if mend and not done.found.agrees:
        gives_back = dialects()[link.dialect].settled(link.quirks)[GIVES_BACK.key]
        done = await _mended(here, there, done, OtherHub(link, means), tell, gives_back=gives_back)
        if done.given_back:
            here = OwnSide(hub)  # what came back is newer than what was handed over
        is_mended = bool(done.handed_over or done.given_back)
        done = replace(done, left=await compare(here, there, ask) if is_mended else done.found)
    return replace(done, bytes_read=there.bytes_read)


async def _mended(
    here: OwnSide, there: HubSide, done: Reconciled, above: OtherHub, tell: Tell, *, gives_back: bool
) -> Reconciled:
    """The readings behind what differs, handed over where they are ours to say."""
    wanted = list(stretches(done.found.days))
    for number, stretch in enumerate(wanted, 1):
        theirs = await there.readings(stretch.units, stretch.period, done.ask)
        ours = await here.readings(stretch.units, stretch.period)
        mend = mend_of(theirs, ours, await here.taken_back(stretch.units, stretch.period))
        done = replace(done, mends=(*done.mends, mend), rows_read=done.rows_read + theirs.num_rows)
        if mend.booked.num_rows:
            receipt = await above.give(mend.booked, done.began)
            done = replace(done, handed_over=done.handed_over + receipt.rows - receipt.rejected_count)
        if gives_back and mend.gone_there.num_rows:
            done = await here.book(done, mend.gone_there)
            back = done.receipts[-1]
            done = replace(done, given_back=done.given_back + back.accepted + back.duplicate)
        tell(MENDING, number, len(wanted))
    return done
