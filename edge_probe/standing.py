"""How a probe stands at one moment: what its spool keeps and what its board tells, put side by side for all who show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.board import MeterNow, Now, UplinkNow
from edge_probe.clock import next_multiple
from edge_probe.config import Point, ProbeConfig
from edge_probe.counters import CounterState, Sample
from edge_probe.readings import Event, Reading, Spooled
from edge_probe.spool import Spool
from edge_probe.spool_comparing import Comparison, SpoolComparing
from edge_probe.virtual import VirtualPoint
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.probe_span import ProbeSpan

LATELY = dt.timedelta(days=1)  # of which spans are shown
SPANS_SHOWN, EVENTS_SHOWN = 20, 10


@dataclass(frozen=True)
class PointStanding:
    """A data code: of which meter or formula, what was counted and used last. `held` is why a counter is not believed."""

    meter: str
    data_code: str
    last: Sample | None = None
    newest: Reading | None = None
    held: str | None = None
    now: MeterNow | None = None

    @property
    def code(self) -> str:
        """The data code with its hyphens."""
        return str(DataCode(self.data_code))

    @property
    def unit(self) -> str:
        """What it is counted in."""
        variety = VARIETIES.get(DataCode(self.data_code).variety)
        return variety.unit if variety else ""

    @property
    def trouble(self) -> str:
        """Why it gives nothing at present; empty: it does."""
        return self.held or (self.now.fault if self.now else "")


@dataclass(frozen=True)
class UplinkStanding:
    """A platform: what waits for it, since when, how it fares, and how it was compared; `tells` whether it can be."""

    name: str
    kind: str
    acknowledged: int = 0
    waiting: int = 0
    oldest: dt.datetime | None = None
    now: UplinkNow | None = None
    tells: bool = False
    compared: Comparison | None = None


@dataclass(frozen=True)
class Standing:
    """All of it. `now` is None where no probe runs on this spool."""

    at: dt.datetime
    unit: str
    points: tuple[PointStanding, ...]
    uplinks: tuple[UplinkStanding, ...]
    spans: tuple[ProbeSpan, ...]
    events: tuple[Event, ...]
    next_look: dt.datetime | None
    now: Now | None

    @property
    def waiting(self) -> int:
        """What the slowest platform still waits for."""
        return max((uplink.waiting for uplink in self.uplinks), default=0)


def standing(
    config: ProbeConfig, spool: Spool, now: Now | None, at: dt.datetime, comparable: Collection[str] = ()
) -> Standing:
    """How it stands; `comparable` platforms tell digests of what they hold. Raises StoreError."""
    latest = spool.latest()
    points = _points(
        [point for device in config.devices for point in device.points], spool.counters(), latest, now
    )
    made = tuple(_made(point, latest) for point in config.virtual)
    return Standing(
        at,
        str(config.unit),
        (*points, *made),
        _uplinks(config, spool, now, comparable),
        spool.spans.lately(at - LATELY, SPANS_SHOWN),
        spool.events(EVENTS_SHOWN),
        next_multiple(at, dt.timedelta(seconds=config.cycle_s)) if now else None,
        now,
    )


def _points(
    points: Sequence[Point],
    states: Mapping[str, CounterState],
    latest: Mapping[str, Spooled],
    now: Now | None,
) -> list[PointStanding]:
    found = []
    for point in points:
        state, newest = states.get(point.key, CounterState()), latest.get(point.data_code)
        meter = now.meters.get(point.device) if now else None
        reading = newest.reading if newest else None
        found.append(PointStanding(point.device, point.data_code, state.shown, reading, state.held, meter))
    return found


def _made(point: VirtualPoint, latest: Mapping[str, Spooled]) -> PointStanding:
    newest = latest.get(point.data_code)
    return PointStanding(str(point.formula), point.data_code, newest=newest.reading if newest else None)


def _uplinks(
    config: ProbeConfig, spool: Spool, now: Now | None, comparable: Collection[str]
) -> tuple[UplinkStanding, ...]:
    backlogs = {backlog.uplink: backlog for backlog in spool.backlogs()}
    compared, found = SpoolComparing(spool).comparisons(), []
    for plan in config.uplinks:
        backlog, lately = backlogs.get(plan.name), now.uplinks.get(plan.name) if now else None
        said = (backlog.acknowledged, backlog.waiting, backlog.oldest) if backlog else (0, 0, None)
        how = (plan.name in comparable, compared.get(plan.name))
        found.append(UplinkStanding(plan.name, plan.kind, *said, lately, *how))
    return tuple(found)


def day_total(readings: Sequence[Spooled]) -> Decimal | None:
    """What a day used so far; None where nothing is known of it, which is no nought."""
    return sum((row.reading.value for row in readings), Decimal(0)) if readings else None
