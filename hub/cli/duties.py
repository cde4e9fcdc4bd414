"""`nengshu duties`: what provinces and units owe by a day, derived from what the registry knows."""

from __future__ import annotations

import typer

from hub.cli._options import DataDir, command_app
from hub.duties import derive as derive_duties
from hub.settings import load_settings
from hub.wiring import SystemClock, open_registry

app = command_app("Derive what provinces and units owe by a day 任务时限.")


@app.callback()
def duties() -> None:
    """Makes `derive` a word of its own while it is the only one."""


@app.command()
def derive(data: DataDir = None) -> None:
    """Derive the duties from plans, filings, reports and orders, and close those that are done.

    A hub does it by itself each time it has run its links. Doing it again changes nothing; a hub may be running.
    """
    settings, clock = load_settings(data_dir=data), SystemClock()
    registry = open_registry(settings, clock)
    try:
        done = derive_duties(registry, settings, clock)
    finally:
        registry.close()
    typer.echo(f"{done.added:,} duties added, {done.changed:,} changed, {done.same:,} as they were")
