"""The commands for what happened to meters: type it in, see it, confirm what the probe noticed by itself."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge_probe import wiring
from edge_probe.config import Point, ProbeConfig
from edge_probe.counters import CounterState
from edge_probe.entering import typed_moment, typed_number
from edge_probe.meter_events import Kind, MeterEvent, State
from edge_probe.spool import Spool
from edge_probe.told import told
from graph.errors import InvalidInput
from graph.model.period import BEIJING, UTC

events = typer.Typer(
    name="event",
    help="What happened to meters 计量器具变更: replaced, reset, rolled over, other transformers, calibrated.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NOTICED_WITHIN = dt.timedelta(days=1)  # people remember the day, and seldom the hour

ConfigFile = Annotated[Path, typer.Argument(metavar="PROBE.TOML", help="The probe's configuration.")]
Closing = Annotated[
    str | None, typer.Option(help="What the meter showed at last 止码, without transformers' ratio.")
]
Opening = Annotated[str | None, typer.Option(help="What is shown from then on 起码, likewise.")]
Note = Annotated[str, typer.Option(help="Who did it, a certificate's number: one line.")]


@events.command()
def add(
    file: ConfigFile,
    kind: Annotated[Kind, typer.Argument(help="What happened.")],
    point: Annotated[str, typer.Argument(metavar="METER/QUANTITY", help="As in the configuration.")],
    at: Annotated[str, typer.Option(help="When, 2026-11-23T10:00; without an offset, Beijing time.")],
    closing: Closing = None,
    opening: Opening = None,
    note: Note = "",
) -> None:
    """Type in what happened, before it or after: a probe that runs goes by it from its next look on.

    A meter that was replaced has a closing and an opening reading. One that was reset or rolled over has an opening one of 0
    unless given; the closing one of a roll-over is where the register begins again. A calibration has them where its bench
    turned the counter. Other transformers are written into the configuration (ct_pt): the probe notices them when it starts,
    and what it noticed is confirmed.

    Example: nengshu probe event add probe.toml replaced "main incomer/import_energy" --at 2026-11-23T10:05:00+08:00
    --closing 20417.3 --opening 0.6
    """
    with told():
        config, moment = wiring.plain(file), typed_moment(at)
        if kind is Kind.CT_CHANGED:
            raise InvalidInput(
                "change ct_pt in the configuration, and confirm what the probe notices", "kind"
            )
        shown, now = (_number("closing", closing), _number("opening", opening)), dt.datetime.now(UTC)
        with _spool_of(config) as spool:
            states, known, sound = spool.counters(), spool.meters.all(), list[MeterEvent]()
            for found in _points(config, point):
                state = states.get(found.key, CounterState())
                figures = _figures(kind, state, found.ct_pt, *shown)
                said = MeterEvent(found.place, kind, moment, *figures, State.CONFIRMED, note, now)
                _check(said, state)
                _check_known(said, known)
                sound.append(said)
            for said in sound:
                typer.echo(f"event {spool.meters.add(said)}: {kind} of {said.point}")


@events.command()
def confirm(
    file: ConfigFile,
    number: Annotated[int, typer.Argument(help="As `nengshu probe event list` shows it.")],
    closing: Closing = None,
    opening: Opening = None,
    note: Note = "",
) -> None:
    """Confirm what the probe noticed, with the true readings where they are known: the total goes by them then.

    What they add is put into the quarter-hour in which it happened. Of other transformers one reading is enough.

    Example: nengshu probe event confirm probe.toml 3 --closing 20417.3 --opening 0.6
    """
    with told():
        config = wiring.plain(file)
        with _spool_of(config) as spool:
            found = spool.meters.one(number)
            if found.state is State.WITHDRAWN:
                raise InvalidInput("the counter came back, so that nothing happened", f"event {number}")
            ratio = next((p.ct_pt for p in _all_points(config) if p.place == found.point), Decimal(1))
            said = _confirmed(found, ratio, _number("closing", closing), _number("opening", opening))
            _check_confirmed(said)
            spool.meters.confirm(replace(said, state=State.CONFIRMED, note=note or found.note))
        typer.echo(f"event {number} is confirmed: {found.kind} of {found.point}")


@events.command("list")
def show(file: ConfigFile) -> None:
    """List what happened to meters, the newest first; figures have the transformers' ratio applied.

    Example: nengshu probe event list probe.toml
    """
    with told():
        with _spool_of(wiring.plain(file)) as spool:
            known = spool.meters.all()
        table = Table("event", "meter", "what", "at", "closing", "opening", "state", "note")
        for each in known:
            when = each.at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
            shown = ["-" if figure is None else f"{figure:f}" for figure in (each.closing, each.opening)]
            said = (str(each.number), each.point, each.kind, when, *shown, each.state, each.note)
            table.add_row(*map(Text, said))
        Console().print(table)


def _spool_of(config: ProbeConfig) -> AbstractContextManager[Spool]:
    return contextlib.closing(Spool(config.spool, create=False))


def _all_points(config: ProbeConfig) -> list[Point]:
    return [point for device in config.devices for point in (*device.points, *device.parts)]


def _points(config: ProbeConfig, name: str) -> list[Point]:
    points = _all_points(config)
    found = [point for point in points if name in (point.place, f"{point.device}/{point.quantity}")]
    if not found:
        known = ", ".join(sorted({f"{point.device}/{point.quantity}" for point in points}))
        raise InvalidInput(f"came {name[:64]!r}, expected one of {known}", "point")
    return found


def _figures(
    kind: Kind, state: CounterState, ratio: Decimal, closing: Decimal | None, opening: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    if kind is Kind.ROLLED_OVER and closing is None:
        raise InvalidInput("came none, expected where it begins at 0 again, such as 1000000", "closing")
    if kind in (Kind.RESET, Kind.ROLLED_OVER):
        opening = Decimal(0) if opening is None else opening
        if closing is None and state.shown:
            return state.shown.counter, opening * ratio
    return None if closing is None else closing * ratio, None if opening is None else opening * ratio


def _confirmed(
    found: MeterEvent, ratio: Decimal, closing: Decimal | None, opening: Decimal | None
) -> MeterEvent:
    """One reading of other transformers is both, each by its ratio; of what else is not said the noticed one stands."""
    if found.kind is Kind.CT_CHANGED and found.used_opening and closing is not None:
        after = closing * ratio
        return replace(found, closing=after * (found.used_closing or 0) / found.used_opening, opening=after)
    return replace(
        found,
        closing=found.closing if closing is None else closing * ratio,
        opening=found.opening if opening is None else opening * ratio,
    )


def _check(said: MeterEvent, state: CounterState) -> None:
    """A closing reading below what was seen before it happened is a typing error."""
    seen = state.shown
    if said.closing is not None and seen and seen.at < said.at and said.closing < seen.counter:
        when = seen.at.astimezone(BEIJING).isoformat(timespec="seconds")
        raise InvalidInput(
            f"came {said.closing}, expected at least {seen.counter}, seen at {when}", "closing"
        )


def _check_confirmed(said: MeterEvent) -> None:
    """What a meter was seen to show before and after it was replaced bounds its last figure and its successor's first."""
    closing, opening = said.used_closing, said.used_opening
    if said.kind is not Kind.REPLACED or closing is None or opening is None:
        return
    if said.closing is not None and said.closing < closing:
        raise InvalidInput(f"came {said.closing}, expected at least {closing}, seen before it", "closing")
    if said.opening is not None and said.opening > opening:
        raise InvalidInput(f"came {said.opening}, expected at most {opening}, seen after it", "opening")


def _check_known(said: MeterEvent, known: Sequence[MeterEvent]) -> None:
    """What is typed in beside a record of the same would count twice."""
    for each in known:
        if each.point != said.point or said.closing is None or each.closing is None:
            continue
        if each.state is State.DETECTED and abs(each.at - said.at) <= NOTICED_WITHIN:
            when = each.at.astimezone(BEIJING).isoformat(timespec="seconds")
            why = f"the probe noticed {each.kind} at {when} as event {each.number}: confirm that"
            raise InvalidInput(why, said.point)
        if (each.kind, each.at, each.state) == (said.kind, said.at, State.CONFIRMED):
            raise InvalidInput(f"event {each.number} says that already", said.point)


def _number(name: str, text: str | None) -> Decimal | None:
    return None if text is None else typed_number(text, name)
