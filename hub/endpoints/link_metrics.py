"""How links stand, for `GET /metrics`: counts for everybody who reads it, each link by its key for who reads all links.

The counts name nothing. A link's key often names a province, and which link to look at is what an operator needs: so the
figures of each are for who may read the noun link all over the hub's part of the country, and for nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest

from graph.model.principal import Principal
from graph.model.rights import READING
from graph.model.sync_run import Breaker, lag_s
from hub.links import waiting
from hub.running import pace_of
from hub.stores.registry.leases import Standing
from hub.wiring import Hub
from national_sync.cadence import is_due


async def links_page(hub: Hub, asker: Principal) -> bytes:
    """The figures of a hub's links as they now stand, as far as they are the asker's to see."""
    found = await hub.leasing.standing()
    run = [each for each in found if each.link.enabled and each.link.dialect not in waiting()]
    collected = CollectorRegistry()
    sees_each = READING["link"].has(asker) and asker.reach == hub.settings.reach
    collected.register(_Links(hub, run, hub.clock.now(), sees_each=sees_each))
    return bytes(generate_latest(collected))


@dataclass(frozen=True, eq=False)  # the client keeps what it collects from in a dictionary
class _Links:
    """The links a hub runs at a moment, as prometheus_client collects them."""

    hub: Hub
    run: Sequence[Standing]
    now: dt.datetime
    sees_each: bool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each figure."""
        yield from self._counts()
        if self.sees_each:
            yield from self._each()

    def _counts(self) -> Iterator[GaugeMetricFamily]:
        by_breaker = Counter(each.state.breaker for each in self.run)
        rows = [((breaker.value,), float(by_breaker[breaker])) for breaker in Breaker]
        yield _gauge("nengshu_links", "Enabled links, by their breaker.", ["breaker"], rows)
        for name, told, count in (
            ("paused", "Enabled links that somebody paused.", sum(not each.link.is_run for each in self.run)),
            ("running", "Links that a hub runs now.", sum(each.lease is not None for each in self.run)),
            ("due", "Links that are due and wait for their turn.", sum(map(self._waits, self.run))),
        ):
            yield GaugeMetricFamily(f"nengshu_links_{name}", told, count)
        lags = [lag for each in self.run if (lag := lag_s(each.newest, self.now)) is not None]
        told = (
            "Age of the newest reading of the link that is furthest behind; of those that ever brought one."
        )
        yield GaugeMetricFamily("nengshu_links_lag_seconds_max", told, max(lags, default=0))

    def _waits(self, each: Standing) -> bool:
        patience = self.hub.settings.patience
        is_free = each.link.is_run and each.lease is None
        return is_free and is_due(each.state, pace_of(self.hub, each.link), patience, self.now)

    def _each(self) -> Iterator[GaugeMetricFamily]:
        by_key = [((each.link.key,), each) for each in self.run]
        failures = [(key, float(each.state.failures)) for key, each in by_key]
        yield _gauge("nengshu_link_failures", "Failures of a link in a row.", ["link"], failures)
        lags = [(key, lag_s(each.newest, self.now)) for key, each in by_key]
        known = [(key, float(lag)) for key, lag in lags if lag is not None]
        yield _gauge("nengshu_link_lag_seconds", "Age of the newest reading of a link.", ["link"], known)
        states = [
            ((*key, breaker.value), float(each.state.breaker is breaker))
            for key, each in by_key
            for breaker in Breaker
        ]
        told = "How the breaker of a link stands: 1 for its state, else 0."
        yield _gauge("nengshu_link_breaker", told, ["link", "breaker"], states)


def _gauge(
    name: str, told: str, labels: Sequence[str], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family
