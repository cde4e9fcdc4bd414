"""Compares what a platform holds with what the spool counts as its own, and offers again what it has not or not so.

Day by day first, and by data code where a day differs, or where its turn has come: a platform keeps a day's figures beside
its readings, and may have lost one without the other. What goes once more goes by the usual delivery and is judged as
anything the platform is sent: what it lacks is booked, what it has is a duplicate, what it was told newer stays. Where that
mends nothing the same goes a last time a microsecond newer, which replaces a value that was changed under the version it
was sent with. What differs after that is told: the platform was told something newer, or what the probe never had.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from edge_probe.ports import Clock
from edge_probe.readings import Event
from edge_probe.spool_comparing import Difference, Own, PointDay, SpoolComparing
from edge_probe.uplink_ports import Comparing
from graph.errors import SourceError, SourceUnreachable
from graph.model.digest import Digest, summed
from graph.model.period import beijing_day, runs_of

TICKS = (0, 1)  # microseconds by which what is offered is newer than it was written
OFFERED_EVERY = dt.timedelta(
    days=7
)  # what came to nothing: a refused row may be taken by then, and a newer one stays
LOOKED_INTO_EVERY = 30  # nights: of six months six days a night; by command all days are
TOLD_MAX = 20  # differences that are events of one comparison; the newest 10 000 events are kept
_ONE_DAY = dt.timedelta(days=1)
_NOTHING = Digest()
Days: TypeAlias = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Reconciled:
    """What a comparison came to: the days, what differed, what differs still, and how many readings went once more."""

    uplink: str
    days: Days | None = None
    found: tuple[Difference, ...] = ()
    left: tuple[Difference, ...] = ()
    rows: int = 0

    @property
    def agrees(self) -> bool:
        """Whether nothing differs any more."""
        return not self.left


class Reconciling:
    """One platform that tells digests, and the spool of a unit. One comparison at a time."""

    def __init__(
        self,
        name: str,
        unit: str,
        codes: Collection[str],
        platform: Comparing,
        push: Callable[[], Awaitable[float | None]],
        spool: SpoolComparing,
        clock: Clock,
        tell: Callable[[Event], None],
        add_events: Callable[[Sequence[Event]], object],
    ) -> None:
        self.name, self._unit, self._codes = name, unit, frozenset(codes)
        self._platform, self._push, self._spool, self._clock = platform, push, spool, clock
        self._tell, self._add_events = tell, add_events

    async def last(self) -> dt.datetime | None:
        """When it was compared whole the last time."""
        found = (await asyncio.to_thread(self._spool.comparisons)).get(self.name)
        return None if found is None else found.compared_at

    async def reconcile(
        self,
        first: dt.date | None = None,
        last: dt.date | None = None,
        *,
        mend: bool = True,
        anew: bool = False,
    ) -> Reconciled:
        """Compare days that are over, all that are kept whole unless told otherwise, and mend what differs.

        `anew` looks into every day, and offers again what came to nothing within a week. Raises SourceError and StoreError.
        """
        try:
            return await self._reconciled(await self._days(first, last), mend=mend, anew=anew)
        except SourceError as fault:
            if mend:
                why = f"{fault.code}: {fault}"
                await asyncio.to_thread(self._spool.keep_fault, self.name, why, self._clock.now())
            raise

    async def _days(self, first: dt.date | None, last: dt.date | None) -> Days | None:
        span = await asyncio.to_thread(self._spool.span, self._unit)
        if span is None:
            return None
        over = beijing_day(self._clock.now()) - _ONE_DAY
        begin, end = max(first or span[0], span[0]), min(last or over, over)
        return (begin, end) if begin <= end else None

    async def _reconciled(self, days: Days | None, *, mend: bool, anew: bool) -> Reconciled:
        if days is None:
            return Reconciled(self.name)
        found = await self._compared(days, _in_turn(days, 1 if anew else LOOKED_INTO_EVERY))
        done = Reconciled(self.name, days, found, found)
        if not mend:
            return done
        now = self._clock.now()
        known = await asyncio.to_thread(self._spool.offered, self.name, now - OFFERED_EVERY)
        wanted = {each.place for each in found if anew or known.get(each.place) != each.figures}
        for tick in TICKS:
            places = [each.place for each in done.left if each.place in wanted and each.here.readings]
            if places:
                done = await self._offered(done, places, tick)
        await asyncio.to_thread(self._spool.keep, self.name, days, done.left, wanted, now)
        await self._tell_of(done, wanted)
        return done

    async def _offered(self, done: Reconciled, places: Sequence[PointDay], tick: int) -> Reconciled:
        """Hand readings over once more, and compare their days anew."""
        rows = await asyncio.to_thread(self._spool.offer, self.name, self._unit, places, tick)
        if await self._push() is not None:
            raise SourceUnreachable(f"{self.name}: {rows} readings wait to go there once more")
        days = [day for day, _ in places]
        left = await self._compared((min(days), max(days)), days)
        within = {each.place: each for each in left}
        still = (within.get(each.place) if each.place in places else each for each in done.left)
        return replace(done, left=tuple(each for each in still if each), rows=done.rows + rows)

    async def _compared(self, days: Days, into: Collection[dt.date]) -> tuple[Difference, ...]:
        """What differs; some days are looked into in any case.

        What the spool changed meanwhile, or has still to hand over, is not compared.
        """
        before = await self._own(days)
        theirs = await self._platform.days(self._unit, *days)
        points = dict[PointDay, Digest]()
        codes = self._codes | {code for _, code in before.digests}
        suspicious = {*_apart(before, theirs), *into}
        for first, last in runs_of(sorted(suspicious)):
            points |= await self._platform.points(self._unit, first, last, len(codes))
        after = await self._own(days)
        moving = {*before.unsettled, *after.unsettled}
        places = {place for place in (*before.digests, *points) if place[0] in suspicious}
        return tuple(
            Difference(*place, here, there)
            for place in sorted(places)
            if place[1] in codes and place not in moving
            if (here := before.digests.get(place, _NOTHING)) == after.digests.get(place, _NOTHING)
            if here != (there := points.get(place, _NOTHING))
        )

    async def _own(self, days: Days) -> Own:
        return await asyncio.to_thread(self._spool.own, self.name, self._unit, *days)

    async def _tell_of(self, done: Reconciled, wanted: Collection[PointDay]) -> None:
        """Only what is news: what came to nothing before was told before."""
        now = self._clock.now()
        left = [each for each in done.left if each.place in wanted]
        events = [Event(now, self.name, kind_of(each), _told(each)) for each in left[:TOLD_MAX]]
        if wanted:
            found, still = len(done.found), len(done.left)
            summary = f"{found} days of data codes differed, {done.rows} readings went once more, {still} differ still"
            events.append(Event(now, self.name, "reconciled", summary))
        await asyncio.to_thread(self._add_events, events)
        for event in events:
            self._tell(event)


def kind_of(difference: Difference) -> str:
    """What a platform holds that differs still, by the number of readings on both ends."""
    if difference.there.readings > difference.here.readings:
        return "platform-holds-more"
    return (
        "platform-holds-newer"
        if difference.there.readings == difference.here.readings
        else "platform-takes-not-all"
    )


def _in_turn(days: Days, every: int) -> list[dt.date]:
    """The days that are so many nights old, or twice as many, and so on."""
    first, last = (day.toordinal() for day in days)
    return [dt.date.fromordinal(day) for day in range(last - every + 1, first - 1, -every)]


def _apart(own: Own, theirs: Mapping[dt.date, Digest]) -> list[dt.date]:
    """Days of which both ends tell different digests."""
    by_day = dict[dt.date, list[Digest]]()
    for (day, _), digest in own.digests.items():
        by_day.setdefault(day, []).append(digest)
    return [day for day in {*by_day, *theirs} if summed(by_day.get(day, ())) != theirs.get(day, _NOTHING)]


def _told(difference: Difference) -> str:
    here, there = (
        f"{end.readings} readings, sum {amount(end)}" for end in (difference.here, difference.there)
    )
    return f"{difference.day} {difference.data_code}: here {here}; there {there}"


def amount(digest: Digest) -> str:
    """A digest's exact sum, as people write it."""
    whole, rest = divmod(abs(digest.total), 10_000)
    return f"{'-' if digest.total < 0 else ''}{whole}.{rest:04d}"
