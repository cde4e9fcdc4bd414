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
from graph.model.period import BEIJING, beijing_day
from graph.model.probe_span import ProbeSpan

Shown: TypeAlias = Table | Text
WATCHED_EVERY_S = 2.0  # a person sees no more, and the board is written every five


def status_tables(stands: Standing) -> Iterator[Shown]:
    """Whether it runs, points, uplinks with backlog and comparison, what was amiss, the newest events."""
    said = _Said(beijing_day(stands.at))
    yield said.headline(stands)
    yield said.points(stands.points)
    yield said.uplinks(stands.uplinks)
    yield said.comparisons(stands.uplinks)
    if stands.spans:
        yield said.spans(stands.spans)
    yield said.events(stands.events)


def watch(draw: Callable[[], Iterator[Shown]], console: Console, pause: Callable[[], bool]) -> None:
    """Show the tables, drawn anew after each pause, as long as that says to go on."""
    with Live(Group(*draw()), console=console, auto_refresh=False, vertical_overflow="visible") as live:
        while pause():
            live.update(Group(*draw()), refresh=True)


class _Said:
    """The tables of one day, of which only other days' moments bear a date; two facts a cell keep within 80 columns."""

    def __init__(self, today: dt.date) -> None:
        self._today = today

    def headline(self, stands: Standing) -> Text:
        now = stands.now
        if now is None:
            return Text("no probe runs on this spool 采集程序未运行", "bold")
        clock = "unknown 未知" if now.offset_s is None else f"{now.offset_s:+.1f} s ({now.offset_from})"
        running = f"running since {self._moment(now.since)} 运行中; clock offset 时钟偏差 {clock}"
        return Text(f"{running}; next look 下次抄表 {self._moment(stands.next_look)}")

    def points(self, points: Sequence[PointStanding]) -> Table:
        data_code = Column("data code", no_wrap=True, min_width=len("00-00-0000-000000-00"))
        columns = ("meter", data_code, "counter\nseen", "last energy\nof", "errors 1 h\nstate")
        table = _table("Meters 表计", *columns)
        for point in points:
            last, newest = point.last, point.newest
            counter = (str(last.counter), self._moment(last.at)) if last else ("never",)
            used = (f"{newest.value:f} {point.unit}", self._moment(newest.start)) if newest else ("-",)
            errors = f"{point.now.error_rate:.0%} of {point.now.looks}" if point.now else "-"
            cells = ((point.meter,), (point.code,), counter, used, (errors, point.trouble or "ok"))
            table.add_row(*map(_cell, cells))
        return table

    def uplinks(self, uplinks: Sequence[UplinkStanding]) -> Table:
        columns = ("platform", "waiting\noldest", "next slot\nlast took", "failures", "handed over\nup to")
        table = _table("Platforms 平台", *columns)
        for uplink in uplinks:
            now = uplink.now
            opens = self._moment(now.opens) if now and now.opens else "at once" if now else "-"
            waiting = (str(uplink.waiting), self._moment(uplink.oldest))
            lately = (opens, self._moment(now.took) if now else "-")
            failures = str(now.failures) if now else "-"
            cells = ((uplink.name,), waiting, lately, (failures,), (str(uplink.acknowledged),))
            table.add_row(*map(_cell, cells))
        return table

    def comparisons(self, uplinks: Sequence[UplinkStanding]) -> Table:
        table = _table("Reconciled 对账", "platform", "compared", "days that differ", "state")
        for uplink in uplinks:
            found = uplink.compared
            if not uplink.tells:
                said = ("-", "-", "tells no digests")
            elif found is None:
                said = ("never", "-", "-")
            else:
                when = self._moment(found.compared_at) if found.compared_at else "never"
                state = f"{self._moment(found.at)} {found.fault}" if found.fault else "ok"
                said = (when, str(found.differing), state)
            table.add_row(*map(Text, (uplink.name, *said)))
        return table

    def spans(self, spans: Sequence[ProbeSpan]) -> Table:
        table = _table("Amiss in the last day 近一日异常", "what", "data code", "from", "to", "why")
        for span in spans:
            code = str(DataCode(span.data_code)) if span.data_code else "-"
            when = (self._moment(span.begins), self._moment(span.ends))
            table.add_row(*map(Text, (span.kind.value, code, *when, span.what)))
        return table

    def events(self, events: Sequence[Event]) -> Table:
        table = _table(f"The newest {EVENTS_SHOWN} events 事件", "at", "where", "what", "particulars")
        for event in events:
            table.add_row(*map(Text, (self._moment(event.at), event.source, event.kind, event.detail)))
        if not events:
            table.add_row("-", "-", "none 无")
        return table

    def _moment(self, moment: dt.datetime | None) -> str:
        if moment is None:
            return "-"
        local = moment.astimezone(BEIJING)
        return local.strftime("%H:%M:%S" if local.date() == self._today else "%Y-%m-%d %H:%M:%S")


def _table(title: str, *columns: Column | str) -> Table:
    """A table of which a narrow terminal cuts nothing off: what has no room goes on in the next line."""
    return Table(*(Column(c, overflow="fold") if isinstance(c, str) else c for c in columns), title=title)


def _cell(facts: Sequence[str]) -> Text:
    return Text("\n".join(facts))
