"""How a probe stands, as tables: its meters, its platforms, what happened lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from rich.table import Column, Table
from rich.text import Text

from edge_probe.config import Point, ProbeConfig
from edge_probe.counters import CounterState
from edge_probe.readings import Spooled
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from graph.model.data_code import DataCode
from graph.model.period import BEIJING

EVENTS_SHOWN = 10


def status_tables(config: ProbeConfig, spool: Spool, comparable: Collection[str]) -> Iterator[Table]:
    """Points with their last counter and energy, uplinks with their backlog and comparison, the newest events."""
    yield _points(config, spool)
    yield _uplinks(spool)
    yield _comparisons(config, spool, comparable)
    yield _events(spool)


def _points(config: ProbeConfig, spool: Spool) -> Table:
    data_code = Column("data code", no_wrap=True, min_width=len("00-00-0000-000000-00"))
    table = Table("meter", data_code, "counter", "seen", "last energy", "of", "state", title="Meters")
    states, latest = spool.counters(), spool.latest()
    for device in config.devices:
        for point in device.points:
            state = states.get(point.key, CounterState())
            table.add_row(device.name, *_point(point, state, latest.get(point.data_code)))
    for made in config.virtual:
        code = str(DataCode(made.data_code))
        table.add_row(str(made.formula), code, "-", "-", *_energy(latest.get(made.data_code)), "ok")
    return table


def _point(point: Point, state: CounterState, newest: Spooled | None) -> tuple[str, ...]:
    counter, seen = (str(state.shown.counter), _shown(state.shown.at)) if state.shown else ("-", "never")
    return (str(DataCode(point.data_code)), counter, seen, *_energy(newest), state.held or "ok")


def _energy(newest: Spooled | None) -> tuple[str, str]:
    return (f"{newest.reading.value:f}", _shown(newest.reading.start)) if newest else ("-", "-")


def _uplinks(spool: Spool) -> Table:
    table = Table("platform", "handed over up to", "waiting", "oldest", title="Platforms")
    for backlog in spool.backlogs():
        waits = _shown(backlog.oldest) if backlog.oldest else "-"
        table.add_row(backlog.uplink, str(backlog.acknowledged), str(backlog.waiting), waits)
    return table


def _comparisons(config: ProbeConfig, spool: Spool, comparable: Collection[str]) -> Table:
    table = Table("platform", "compared", "days that differ", "state", title="Reconciled 对账")
    known = SpoolComparing(spool).comparisons()
    for plan in config.uplinks:
        found = known.get(plan.name)
        if plan.name not in comparable:
            table.add_row(plan.name, "-", "-", "tells no digests")
        elif found is None:
            table.add_row(plan.name, "never", "-", "-")
        else:
            when = _shown(found.compared_at) if found.compared_at else "never"
            state = f"{_shown(found.at)} {found.fault}" if found.fault else "ok"
            table.add_row(plan.name, when, str(found.differing), Text(state))
    return table


def _events(spool: Spool) -> Table:
    table = Table("at", "where", "what", "particulars", title=f"The newest {EVENTS_SHOWN} events")
    for event in spool.events(EVENTS_SHOWN):
        table.add_row(_shown(event.at), event.source, event.kind, event.detail)
    return table


def _shown(moment: dt.datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
