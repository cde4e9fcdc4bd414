"""A province's hub that is pulled from: what it says is booked here; what it lost is given back where its link says so."""

from __future__ import annotations

from dataclasses import replace

from graph.errors import InvalidInput
from graph.model.period import Period
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import AsOf, DigestAsk
from hub.links import dialects
from hub.reconciling.done import MENDING, Reconciled, Tell
from hub.reconciling.other_hub import OtherHub
from hub.reconciling.own_side import OwnSide
from hub.wiring import Hub
from national_sync.comparing import compare, stretches
from national_sync.mending import mend_of
from provincial_adapters import Means
from provincial_adapters.hub_graphql import GIVES_BACK, HubSide, Place


async def reconcile_pulled(
    hub: Hub, link: Link, period: Period, means: Means, tell: Tell, *, mend: bool
) -> Reconciled:
    """Compare what this hub holds of a link's province with what its source holds, as of where the link has come.

    Raises InvalidInput while a backlog is worked off, and what the source raises.
    """
    here, began = OwnSide(hub), hub.clock.now()
    there = HubSide(means.client, link, {"Authorization": f"Bearer {await means.token(link)}"})
    ask = DigestAsk(period, reach=Reach(region=link.region), as_of=AsOf(batch=_came_to(link)))
    done = Reconciled(link, began, ask, await compare(here, there, ask))
    if mend and not done.found.agrees:
        done = await _mended(here, there, done, tell)
        if dialects()[link.dialect].settled(link.quirks)[GIVES_BACK.key]:
            done = await _given_back(done, OtherHub(link, means))
        is_mended = bool(done.receipts or done.given_back)
        done = replace(done, left=await compare(here, there, done.ask) if is_mended else done.found)
    return replace(done, bytes_read=there.bytes_read)


def _came_to(link: Link) -> int:
    """The last batch of the source that the link has taken whole. Raises InvalidInput."""
    place = Place.parse(link.cursor)
    if place.day is not None or not place.after.isdigit():
        raise InvalidInput(f"link {link.key} works off a backlog; reconcile once it is done", "link")
    return int(place.after)


async def _mended(here: OwnSide, there: HubSide, done: Reconciled, tell: Tell) -> Reconciled:
    """The readings behind what differs, booked where they are the source's to say."""
    wanted = list(stretches(done.found.days))
    for number, stretch in enumerate(wanted, 1):
        ours = await here.readings(stretch.units, stretch.period)
        theirs = await there.readings(stretch.units, stretch.period, done.ask)
        mend = mend_of(ours, theirs)
        if mend.gone_there.num_rows:
            mend = mend_of(ours, theirs, await there.taken_back(stretch.units, stretch.period, done.ask))
        done = replace(done, mends=(*done.mends, mend), rows_read=done.rows_read + theirs.num_rows)
        done = await here.book(done, mend.booked)
        done = await here.book(done, mend.taken_back, withdraws=True)
        tell(MENDING, number, len(wanted))
    return done


async def _given_back(done: Reconciled, other: OtherHub) -> Reconciled:
    """What the source lost, handed to it again; what is left is asked as of the batch by which it has that."""
    for mend in done.mends:
        if mend.gone_there.num_rows:
            receipt = await other.give(mend.gone_there, done.began)
            given = done.given_back + receipt.accepted + receipt.duplicate
            done = replace(done, given_back=given, ask=replace(done.ask, as_of=AsOf(batch=receipt.batch)))
    return done
