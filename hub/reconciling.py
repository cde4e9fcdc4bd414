"""A link's two ends are reconciled: compared by their digests, mended where they differ, and what is left is told."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import ConfigurationError, InvalidInput, NengshuError
from graph.model.period import Granularity, Period
from graph.model.principal import Reach
from graph.model.reading import EXCHANGED, Arrived, no_rejections
from graph.model.reconciliation import Reconciliation, UnitDay
from graph.model.sync_run import Link, Receipt
from graph.ports import AsOf, Delivery, DigestAsk
from hub.giving_back import OtherHub, moment, packed
from hub.links import dialects
from hub.running import beside
from hub.wiring import Hub
from national_sync.comparing import Compared, compare, stretches
from national_sync.mending import Mend, mend_of
from provincial_adapters import Means
from provincial_adapters.hub_graphql import DIALECT, GIVES_BACK, HubSide, Place

_KEY_DIGITS = 16  # of a digest
Tell = Callable[[int, int], None]


def in_silence(_done: int, _of: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class Reconciled:
    """What a reconciliation came to: what differed, which readings were booked or left, and what differs still.

    `rows_read` readings came from the other end, of `rows_there` that it holds; `bytes_read` are all that came.
    """

    link: Link
    began: dt.datetime
    ask: DigestAsk
    found: Compared
    mends: tuple[Mend, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    left: Compared | None = None
    given_back: int = 0
    rows_read: int = 0
    bytes_read: int = 0

    @property
    def agrees(self) -> bool:
        """Whether both ends hold the same now."""
        return (self.left or self.found).agrees

    def rows(self, of: Callable[[Mend], pa.Table]) -> int:
        """How many readings of a kind there were."""
        return sum(of(mend).num_rows for mend in self.mends)


async def reconcile_and_keep(
    hub: Hub, link: Link, period: Period, means: Means, tell: Tell = in_silence
) -> Reconciled:
    """`reconcile`, and keep in the registry what it came to, or why it broke off. Raises as `reconcile` does."""
    started = hub.clock.now()
    whole = Reconciliation(link.key, started, started, period.first_day, period.last_day)
    try:
        done = await reconcile(hub, link, period, means, tell=tell)
    except NengshuError as fault:
        broken = replace(whole, ended_at=hub.clock.now(), fault=f"{fault.code}: {fault}")
        await beside(hub, partial(hub.registry.reconciliations.keep, broken))
        raise
    left = done.left or done.found
    kept = replace(
        whole,
        ended_at=hub.clock.now(),
        as_of=done.ask.as_of.batch,
        buckets=done.found.buckets,
        bytes_read=done.bytes_read,
        rows_read=done.rows_read,
        taken_back=done.rows(attrgetter("taken_back")),
        missing=done.rows(attrgetter("missing")),
        changed=done.rows(attrgetter("changed")),
        newer_here=done.rows(attrgetter("newer_here")),
        gone_there=done.rows(attrgetter("gone_there")),
        given_back=done.given_back,
        left=tuple(_unit_day(row) for row in left.days.to_pylist()),
    )
    await beside(hub, partial(hub.registry.reconciliations.keep, kept))
    return done


def _unit_day(row: Mapping[str, Any]) -> UnitDay:
    names = ("unit", "day", "here_readings", "here_total", "there_readings", "there_total")
    return UnitDay(**{name: row[name] for name in names}, granularity=Granularity(row["granularity"]))


@dataclass(frozen=True)
class OwnSide:
    """This hub's end. Implements national_sync.comparing.Side."""

    hub: Hub

    async def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of a level, of what holds now."""
        return await beside(self.hub, lambda: self.hub.store.digests(replace(ask, as_of=AsOf())))

    async def readings(self, units: tuple[str, ...], period: Period) -> pa.Table:
        """What holds of some units in a period, with the columns of EXCHANGED."""
        ask = DigestAsk(period, units=units)
        return await beside(self.hub, lambda: pa.Table.from_batches(self.hub.store.held(ask), EXCHANGED))


def is_comparable(link: Link) -> bool:
    """Whether the source of a link tells digests."""
    return link.dialect == DIALECT.name


async def reconcile(
    hub: Hub, link: Link, period: Period, means: Means, *, mend: bool = True, tell: Tell = in_silence
) -> Reconciled:
    """Compare what this hub holds of a link's province with what its source holds, as of where the link has come.

    What differs is mended here, unless `mend` is not wished. Raises ConfigurationError for a dialect that tells no digests,
    InvalidInput while a backlog is worked off, and what the source raises.
    """
    if not is_comparable(link):
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} tells no digests"])
    here, began = OwnSide(hub), hub.clock.now()
    there = HubSide(means.client, link, {"Authorization": f"Bearer {await means.token(link)}"})
    ask = DigestAsk(period, reach=Reach(region=link.region), as_of=AsOf(batch=_came_to(link)))
    found = await compare(here, there, ask)
    done = Reconciled(link, began, ask, found, bytes_read=there.bytes_read)
    if found.agrees or not mend:
        return done
    done = await _mended(hub, here, there, done, tell)
    if dialects()[link.dialect].settled(link.quirks)[GIVES_BACK.key]:
        done = await _given_back(done, OtherHub(link, means))
    left = await compare(here, there, done.ask) if done.receipts or done.given_back else found
    return replace(done, left=left, bytes_read=there.bytes_read)


async def _given_back(done: Reconciled, other: OtherHub) -> Reconciled:
    """What the source lost, handed to it again; what is left is asked as of the batch by which it has that."""
    for mend in done.mends:
        if mend.gone_there.num_rows:
            receipt = await other.give(mend.gone_there, done.began)
            given = done.given_back + receipt.accepted + receipt.duplicate
            done = replace(done, given_back=given, ask=replace(done.ask, as_of=AsOf(batch=receipt.batch)))
    return done


def _came_to(link: Link) -> int:
    """The last batch of the source that the link has taken whole. Raises InvalidInput."""
    place = Place.parse(link.cursor)
    if place.day is not None or not place.after.isdigit():
        raise InvalidInput(f"link {link.key} works off a backlog; reconcile once it is done", "link")
    return int(place.after)


async def _mended(hub: Hub, here: OwnSide, there: HubSide, done: Reconciled, tell: Tell) -> Reconciled:
    """The readings behind what differs, booked where they are the source's to say."""
    wanted = list(stretches(done.found.days))
    for number, stretch in enumerate(wanted, 1):
        ours = await here.readings(stretch.units, stretch.period)
        theirs = await there.readings(stretch.units, stretch.period, done.ask)
        mend = mend_of(ours, theirs)
        if mend.gone_there.num_rows:
            mend = mend_of(ours, theirs, await there.taken_back(stretch.units, stretch.period, done.ask))
        done = replace(done, mends=(*done.mends, mend), rows_read=done.rows_read + theirs.num_rows)
        for rows, withdraws in ((mend.booked, False), (mend.taken_back, True)):
            if rows.num_rows:
                delivery = _delivery(done, rows, withdraws=withdraws)
                receipt = await beside(hub, partial(hub.intake.take, delivery))
                done = replace(done, receipts=(*done.receipts, receipt))
        tell(number, len(wanted))
    return done


def _delivery(done: Reconciled, rows: pa.Table, *, withdraws: bool) -> Delivery:
    """Readings that reconciling brought or takes back. Its key names the moment: what was lost once may be lost again."""
    digest = hashlib.sha256(packed(rows)).hexdigest()
    numbers = pa.array(range(1, rows.num_rows + 1), pa.int32())
    arrived = Arrived(rows.add_column(0, "row", numbers), no_rejections())
    return Delivery(
        done.link.source,
        f"{done.link.key}:reconcile:{moment(done.began)}:{digest[:_KEY_DIGITS]}",
        digest,
        arrived,
        Reach(region=done.link.region),
        withdraws=withdraws,
    )


def units_that_differ(found: Compared) -> int:
    """How many units do."""
    return int(pc.count_distinct(found.days["unit"]).as_py())
