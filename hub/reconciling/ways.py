"""Which way a link is reconciled, by its dialect; what it came to is kept, and so is why it broke off."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from graph.errors import ConfigurationError, NengshuError
from graph.model.period import Period
from graph.model.reconciliation import Reconciliation
from graph.model.sync_run import Link
from hub.reconciling.done import Reconciled, Tell, in_silence
from hub.reconciling.pulled import reconcile_pulled
from hub.reconciling.pushed import reconcile_pushed
from hub.running import beside
from hub.wiring import Hub
from provincial_adapters import Means


class Way(Protocol):
    """How links of a dialect are reconciled."""

    def __call__(
        self, hub: Hub, link: Link, period: Period, means: Means, tell: Tell, /, *, mend: bool
    ) -> Awaitable[Reconciled]:
        """Compare both ends over a period, and mend them where that is wished."""
        ...


WAYS: Mapping[str, Way] = {"hub_graphql": reconcile_pulled, "hub_push": reconcile_pushed}


def is_comparable(link: Link) -> bool:
    """Whether there is a way to compare a link's two ends."""
    return link.dialect in WAYS


async def reconcile(
    hub: Hub, link: Link, period: Period, means: Means, *, mend: bool = True, tell: Tell = in_silence
) -> Reconciled:
    """Compare a link's two ends over a period; what differs is mended, unless `mend` is not wished.

    Raises ConfigurationError for a dialect that tells no digests, and what its way raises.
    """
    if not is_comparable(link):
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} tells no digests"])
    return await WAYS[link.dialect](hub, link, period, means, tell, mend=mend)


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
    await beside(hub, partial(hub.registry.reconciliations.keep, done.kept(whole, hub.clock.now())))
    return done
