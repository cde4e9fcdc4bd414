"""A source that tells no digests: days of it are read again by chance, and what they come to is true with their share.

Each day is asked for as a run of the link would ask, and nothing of the link moves. A source that knows no days says all
it has once more, and the days it names are those that were read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from graph.errors import InvalidInput, SourceNotReady
from graph.model.period import Period, beijing_day
from graph.model.principal import Reach
from graph.model.reconciliation import Method
from graph.model.sync_run import Link
from graph.ports import DayPuller, DigestAsk, Puller
from hub.links import days_of, dialects
from hub.reconciling.done import READING, Reconciled, Sample, Tell, nothing_yet
from hub.reconciling.own_side import OwnSide
from hub.reconciling.reread import Piece, Tally
from hub.reconciling.said import EMPTY, said_of, unit_days
from hub.wiring import Hub
from national_sync.windows import Sampling
from provincial_adapters import Means


async def reconcile_window(
    hub: Hub, link: Link, period: Period, means: Means, tell: Tell, *, mend: bool, sampling: Sampling
) -> Reconciled:
    """Compare days of a link's source with what this hub holds of them. Raises what the source raises."""
    began, dialect = hub.clock.now(), dialects()[link.dialect]
    done = nothing_yet(link, began, DigestAsk(period, reach=Reach(region=link.region)), Method.WINDOW)
    tally, days = Tally(OwnSide(hub), done), days_of(dialect.settled(link.quirks))
    if dialect.day_again is not None and (days is not None or dialect.whole_again is None):
        over = _over(link, period, None if days is None else days.first, began)
        return await _by_day(tally, dialect.day_again(means), sampling.sown(), over, tell, mend=mend)
    if dialect.whole_again is None:
        raise InvalidInput(f"dialect {link.dialect!r} reads nothing again", "link")
    return await _whole(tally, dialect.whole_again(means), period, mend=mend)


def _over(link: Link, period: Period, since: dt.date | None, now: dt.datetime) -> Period:
    """The days of a period that are over and that the link asks for: of today more is to come. Raises InvalidInput."""
    first = max(filter(None, (period.first_day, since)))
    last = min(period.last_day, beijing_day(now) - dt.timedelta(days=1))
    if last < first:
        told = f"{period.first_day} to {period.last_day} holds no day that is over"
        raise InvalidInput(f"link {link.key}: {told}" + (f" since {since}" if since else ""), "from")
    return Period.of_days(first, last)


async def _by_day(
    tally: Tally, source: DayPuller, sampling: Sampling, over: Period, tell: Tell, *, mend: bool
) -> Reconciled:
    hub, link = tally.own.hub, tally.done.link
    chosen = sampling.days(over.first_day, over.last_day)
    named: dict[dt.date, set[str]] = {}
    for number, day in enumerate(chosen, 1):
        whole_day = Period.of_days(day, day)
        try:
            theirs, bytes_read = await said_of(hub, source.pull_day(link, day), whole_day, link.key)
        except SourceNotReady:
            continue
        named[day] = set(theirs["unit"].unique().to_pylist())
        tally.done = replace(tally.done, bytes_read=tally.done.bytes_read + bytes_read)
        await tally.add(Piece(theirs, whole_day, tuple(sorted(named[day]))), mend=mend)
        tell(READING, number, len(chosen))
    if not named:
        raise SourceNotReady(f"link {link.key}: none of {len(chosen)} days is published", place=link.address)
    everyone = set().union(*named.values())
    for day, units in named.items():
        silent = tuple(sorted(everyone - units))
        await tally.add(Piece(EMPTY, Period.of_days(day, day), silent), mend=mend)
        tally.note([day], sorted(everyone))
    length = (over.last_day - over.first_day).days + 1
    sample = Sample(days=length, read=len(named), seed=sampling.seed)
    return replace(tally.reconciled(), sample=sample)


async def _whole(tally: Tally, source: Puller, period: Period, *, mend: bool) -> Reconciled:
    hub, link = tally.own.hub, tally.done.link
    again = replace(link, cursor=None)
    theirs, bytes_read = await said_of(hub, source.pull(again), period, link.key)
    tally.done = replace(tally.done, bytes_read=bytes_read)
    units = tuple(sorted(theirs["unit"].unique().to_pylist()))
    await tally.add(Piece(theirs, period, units, every_day=False), mend=mend)
    for row in unit_days(theirs).to_pylist():
        tally.note([row["day"]], [row["unit"]])
    length = (period.last_day - period.first_day).days + 1
    return replace(tally.reconciled(), sample=Sample(days=length, read=len(tally.read)))
