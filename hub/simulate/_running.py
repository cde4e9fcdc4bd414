"""What all programs that simulate a meter begin and end with: their clock, and the signal that ends them."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import typer

from edge_probe.clock import ScaledClock
from edge_probe.moments import parse_moment
from edge_probe.stopping import when_told
from graph.model.period import UTC


def clock_told(start: str | None, speed: float, epoch: float | None) -> ScaledClock:
    """A clock that begins now or at `epoch`, at the moment told or at that one. Raises typer.BadParameter."""
    began = time.time() if epoch is None else epoch
    return ScaledClock(parse_moment(start) or _moment(began), speed, began)


def told_to_stop() -> asyncio.Event:
    """Set once somebody says to stop (Ctrl-C or SIGTERM)."""
    stop = asyncio.Event()
    when_told(stop.set)
    return stop


def _moment(seconds: float) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as fault:
        raise typer.BadParameter(f"{seconds}: expected seconds since 1970") from fault
