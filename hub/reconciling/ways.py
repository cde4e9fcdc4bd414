"""Which way a link is reconciled, by its dialect; what it came to is kept, and so is why it broke off."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from graph.errors import ConfigurationError, NengshuError
from graph.model.period import Period
from graph.model.principal import Reach
from graph.model.reconciliation import Reconciliation
from graph.model.sync_run import Link
from graph.ports import DigestAsk
from hub.links import dialects
from hub.reconciling.done import COUNTING, Reconciled, Tell, in_silence
from hub.reconciling.listed import reconcile_listed
from hub.reconciling.own_side import OwnSide
from hub.reconciling.pulled import reconcile_pulled
from hub.reconciling.pushed import reconcile_pushed
from hub.reconciling.windows import reconcile_window
from hub.running import beside
from hub.wiring import Hub
from national_sync.comparing import stretches
from national_sync.windows import USUAL, Sampling
from provincial_adapters import Direction, Means


class Way(Protocol):
    """How links of a dialect are reconciled."""

    def __call__(
        self, hub: Hub, link: Link, period: Period, means: Means, tell: Tell, /, *, mend: bool
    ) -> Awaitable[Reconciled]:
        """Compare both ends over a period, and mend them where that is wished."""
        ...


def is_comparable(link: Link) -> bool:
    """Whether there is a way to compare a link's two ends."""
    return way_of(link, USUAL) is not None


def way_of(link: Link, sampling: Sampling) -> Way | None:
    """How a link is reconciled, by what its dialect says of itself; None where its other end cannot be asked."""
    dialect = dialects().get(link.dialect)
    if dialect is None:
        return None
    if dialect.tells_digests:
        return reconcile_pushed if dialect.direction is Direction.PUSH else reconcile_pulled
    if dialect.direction is Direction.FILES and dialect.whole_again is not None:
        return reconcile_listed
    if dialect.day_again is not None or dialect.whole_again is not None:
        return partial(reconcile_window, sampling=sampling)
    return None


@dataclass(frozen=True)
class Wish:
    """How a link is reconciled: which days of this hub are counted anew first, and whether anything is mended.

    `sampling` says how much is read again of a source that tells no digests.
    """

    recount: Period | None = None
    mend: bool = True
    sampling: Sampling = USUAL


AS_IT_IS = Wish()


async def reconcile(
    hub: Hub, link: Link, period: Period, means: Means, wish: Wish = AS_IT_IS, tell: Tell = in_silence
) -> Reconciled:
    """Compare a link's two ends over a period; what differs is mended, where that is wished.

    This hub's own figures are counted anew for the days of the wish, and wherever something differs still.
    Raises ConfigurationError for a dialect whose other end cannot be asked, and what its way raises.
    """
    way = way_of(link, wish.sampling.sown())
    if way is None:
        raise ConfigurationError(f"link {link.key}", [_why_not(link)])
    own = _Own(hub, link, tell, mend=wish.mend)
    recounted = 0 if wish.recount is None else await own.recount(wish.recount)
    done = await way(hub, link, period, means, tell, mend=wish.mend)
    if wish.mend and not done.agrees and (again := await own.recount_differing(done)):
        recounted += again
        done = done.followed_by(await way(hub, link, period, means, tell, mend=True))
    return replace(done, recounted=recounted)


def _why_not(link: Link) -> str:
    dialect = dialects().get(link.dialect)
    why = (
        "is none this hub knows"
        if dialect is None
        else _NOT_ASKED.get(dialect.direction, "reads nothing again")
    )
    return f"dialect {link.dialect!r} {why}, so its other end cannot be compared"


_NOT_ASKED = {
    Direction.RECEIVE: "is not asked: the other side calls",
    Direction.PUSH: "only hands over: what came of it cannot be asked",
}


@dataclass(frozen=True)
class _Own:
    """This hub's figures of a link's province."""

    hub: Hub
    link: Link
    tell: Tell
    mend: bool

    async def recount(self, period: Period, units: tuple[str, ...] = ()) -> int:
        """Count them anew; how many units' days were wrong."""
        ask = DigestAsk(period, reach=Reach(region=self.link.region), units=units)
        return await OwnSide(self.hub).recount(ask, partial(self.tell, COUNTING), mend=self.mend)

    async def recount_differing(self, done: Reconciled) -> int:
        """Those of the days that differ still."""
        found = 0
        for stretch in stretches((done.left or done.found).days):
            found += await self.recount(stretch.period, stretch.units)
        return found


async def reconcile_and_keep(
    hub: Hub, link: Link, period: Period, means: Means, wish: Wish = AS_IT_IS, tell: Tell = in_silence
) -> Reconciled:
    """`reconcile`, and keep in the registry what it came to, or why it broke off. Raises as `reconcile` does."""
    started = hub.clock.now()
    whole = Reconciliation(link.key, started, started, period.first_day, period.last_day)
    try:
        done = await reconcile(hub, link, period, means, wish, tell)
    except NengshuError as fault:
        broken = replace(whole, ended_at=hub.clock.now(), fault=f"{fault.code}: {fault}")
        await beside(hub, partial(hub.registry.reconciliations.keep, broken))
        raise
    await beside(hub, partial(hub.registry.reconciliations.keep, done.kept(whole, hub.clock.now())))
    return done
