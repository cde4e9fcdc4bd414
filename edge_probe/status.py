"""How a probe stands, as tables: its meters, its platforms, what was amiss, what happened lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from rich.console import Console, Group
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from edge_probe.readings import Event
from edge_probe.standing import EVENTS_SHOWN, PointStanding, Standing, UplinkStanding
from graph.model.data_code import DataCode
from graph.model.period import BEIJING
from graph.model.probe_span import ProbeSpan

Shown: TypeAlias = Table | Text
WATCHED_EVERY_S = 2.0  # a person sees no more, and the board is written every five


def status_tables(stands: Standing) -> Iterator[Shown]:
    """Whether it runs, points, uplinks with backlog and comparison, what was amiss, the newest events."""
    yield _headline(stands)
    yield _points(stands.points)
    yield _uplinks(stands.uplinks)
    yield _comparisons(stands.uplinks)
    if stands.spans:
        yield _spans(stands.spans)
    yield _events(stands.events)


def watch(draw: Callable[[], Iterator[Shown]], console: Console, pause: Callable[[], bool]) -> None:
    """Show the tables, drawn anew after each pause, as long as that says to go on."""
    with Live(Group(*draw()), console=console, auto_refresh=False, vertical_overflow="visible") as live:
        while pause():
            live.update(Group(*draw()), refresh=True)


def _headline(stands: Standing) -> Text:
    now = stands.now
    if now is None:
        return Text("no probe runs on this spool 采集程序未运行", "bold")
    clock = "unknown 未知" if now.offset_s is None else f"{now.offset_s:+.1f} s ({now.offset_from})"
    running = f"running since {_shown(now.since)} 运行中; clock offset 时钟偏差 {clock}"
    return Text(f"{running}; next look 下次抄表 {_shown(stands.next_look)}")


def _table(title: str, *columns: Column | str) -> Table:
    """A table of which a narrow terminal cuts nothing off: what has no room goes on in the next line."""
    return Table(*(Column(c, overflow="fold") if isinstance(c, str) else c for c in columns), title=title)


def _points(points: Sequence[PointStanding]) -> Table:
    data_code = Column("data code", no_wrap=True, min_width=len("00-00-0000-000000-00"))
    columns = ("meter", data_code, "counter", "seen", "last energy", "of", "errors 1 h", "state")
    table = _table("Meters 表计", *columns)
    for point in points:
        counter, seen = (str(point.last.counter), _shown(point.last.at)) if point.last else ("-", "never")
        used = (f"{point.newest.value:f}", _shown(point.newest.start)) if point.newest else ("-", "-")
        errors = f"{point.now.error_rate:.0%} of {point.now.looks}" if point.now else "-"
        table.add_row(Text(point.meter), point.code, counter, seen, *used, errors, point.trouble or "ok")
    return table


def _uplinks(uplinks: Sequence[UplinkStanding]) -> Table:
    columns = ("platform", "handed over up to", "waiting", "oldest", "next slot", "failures", "last took")
    table = _table("Platforms 平台", *columns)
    for uplink in uplinks:
        now = uplink.now
        lately = (
            (_shown(now.opens) if now.opens else "at once", str(now.failures), _shown(now.took))
            if now
            else ("-",) * 3
        )
        known = (str(uplink.acknowledged), str(uplink.waiting), _shown(uplink.oldest))
        table.add_row(Text(uplink.name), *known, *lately)
    return table


def _comparisons(uplinks: Sequence[UplinkStanding]) -> Table:
    table = _table("Reconciled 对账", "platform", "compared", "days that differ", "state")
    for uplink in uplinks:
        found = uplink.compared
        if not uplink.tells:
            table.add_row(Text(uplink.name), "-", "-", "tells no digests")
        elif found is None:
            table.add_row(Text(uplink.name), "never", "-", "-")
        else:
            when = _shown(found.compared_at) if found.compared_at else "never"
            state = f"{_shown(found.at)} {found.fault}" if found.fault else "ok"
            table.add_row(Text(uplink.name), when, str(found.differing), Text(state))
    return table


def _spans(spans: Sequence[ProbeSpan]) -> Table:
    table = _table("Amiss in the last day 近一日异常", "what", "data code", "from", "to", "why")
    for span in spans:
        code = str(DataCode(span.data_code)) if span.data_code else "-"
        table.add_row(span.kind.value, code, _shown(span.begins), _shown(span.ends), Text(span.what))
    return table


def _events(events: Sequence[Event]) -> Table:
    table = _table(f"The newest {EVENTS_SHOWN} events 事件", "at", "where", "what", "particulars")
    for event in events:
        table.add_row(_shown(event.at), Text(event.source), event.kind, Text(event.detail))
    return table


def _shown(moment: dt.datetime | None) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if moment else "-"
