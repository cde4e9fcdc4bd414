"""`nengshu probe maps`: the meters the probe knows, and whether a map is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_probe.meter_map import MeterMap, load_map, map_names
from edge_probe.told import told
from graph.errors import ConfigurationError

maps_app = typer.Typer(name="maps", add_completion=False, rich_markup_mode=None, invoke_without_command=True)


@maps_app.callback()
def maps(context: typer.Context) -> None:
    """List the meters the probe knows, with what each counts; or check maps."""
    if context.invoked_subcommand is not None:
        return
    with told():
        for name in map_names():
            meter_map = load_map(name)
            counters = ", ".join(key for key, entry in meter_map.entries.items() if entry.counter)
            typer.echo(f"{name:26}{meter_map.model:48}{counters}")


@maps_app.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Maps of your own (.toml), or shipped ones; none: all of those."
        ),
    ] = None,
) -> None:
    """Tell every fault of a map at once: file, point and reason. Nothing is read from a meter.

    Example: nengshu probe maps check my_meter.toml
    """
    faults: list[str] = []
    with told():
        for name in files or map_names():
            try:
                typer.echo(_sound(load_map(name, Path())))
            except ConfigurationError as fault:
                faults += [why if name in why else f"{name}: {why}" for why in fault.faults]
        if faults:
            raise ConfigurationError("maps", faults)


def _sound(meter_map: MeterMap) -> str:
    entries, reads = meter_map.entries.values(), len(meter_map.reads(meter_map.quantities.values()))
    sound = (
        f"{meter_map.name} is sound: points {len(entries)}, counters {sum(each.counter for each in entries)}"
    )
    return f"{sound}, reads of a whole pass {reads}" if reads else sound
