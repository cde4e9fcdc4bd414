"""`nengshu probe enter`: a meter's reading that a person types in."""

from __future__ import annotations

import datetime as dt
import getpass
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from edge_probe import wiring
from edge_probe.entering import Entry, typed_moment, typed_number
from edge_probe.entering import enter as enter_reading
from edge_probe.spool import Spool
from edge_probe.told import told
from graph.model.period import UTC


def enter(
    file: Annotated[Path, typer.Argument(metavar="PROBE.TOML", help="The probe's configuration.")],
    device: Annotated[str, typer.Argument(help='A device of protocol = "manual", by its name.')],
    value: Annotated[str, typer.Argument(help="What its counter shows.")],
    at: Annotated[
        str | None,
        typer.Option(help="When it was read, 2026-11-23T08:00; unless given, now.", metavar="MOMENT"),
    ] = None,
    quantity: Annotated[str | None, typer.Option(help="Which of its counters, where it has several.")] = None,
    by: Annotated[str | None, typer.Option(help="Who read it; unless given, who is logged in here.")] = None,
) -> None:
    """Type in what a meter shows that nobody can reach 人工录入: checked, booked as any counter's, sent likewise.

    It is booked as of the nearest quarter-hour that is past; a moment without an offset is Beijing time. What lies between
    two readings is shared out evenly, marked as estimated. Refused is what the meter cannot show, what is less than before,
    and what is more than `most_per_hour` allows. A probe that runs sends it at its next look.

    Example: nengshu probe enter probe.toml "boiler water" 10482.5 --at 2026-11-23T08:00 --by "Li Na"
    """
    with told():
        config = wiring.without_secrets(file)
        now = dt.datetime.now(UTC)
        read_at = now if at is None else typed_moment(at)
        entry = Entry(device, typed_number(value), read_at, by or getpass.getuser(), quantity)
        with closing(Spool(config.spool)) as spool:
            booked = enter_reading(config, spool, entry, now)
        typer.echo(
            f"{device}: {value} is entered; quarter-hours booked since the reading before: {len(booked)}"
        )
