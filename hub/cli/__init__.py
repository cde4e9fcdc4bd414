"""The command line: one module a command, loaded when it is called, so that the probe's box loads no hub."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from graph import __version__
from graph.errors import NengshuError

# name -> where its typer app `app` lives, and what it is for
COMMANDS = {
    "demo": ("hub.cli.demo", "A small invented nation on this machine: start, sync, print, serve."),
    "serve": ("hub.cli.serve", "Run a hub: GraphQL, batch protocol, access devices, dashboard."),
    "client": ("hub.cli.client", "Add, list and revoke the tokens that clients ask with."),
    "registry": (
        "hub.cli.registry",
        "Load units, points, plans, links from a TOML file; list what is there.",
    ),
    "import": ("hub.cli.importing", "Read CSV or Parquet files by a declared mapping."),
    "sync": ("hub.cli.sync", "Run the links that the hub pulls from, with progress."),
    "query": ("hub.cli.query", "Ask GraphQL, of this machine's stores or of a hub."),
    "schema": ("hub.cli.schema", "Print or write the GraphQL schema."),
    "simulate": ("hub.cli.simulate", "Meters and devices that speak the true protocols."),
    "probe": ("edge_probe.cli", "The access end of a unit: read meters, keep, upload."),
}
EXTRA_OF = {"pymodbus": "edge"}  # whose absence wants which extra; any other is the hub's

_console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> None:
    """Run `nengshu <command> …`; exit 1 with a sentence where something of ours refuses."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help"):
        _overview()
        return
    name, *rest = words
    if name in ("--version", "-V"):
        typer.echo(f"nengshu {__version__}")
        return
    if name not in COMMANDS:
        _console.print(
            f"[red]nengshu has no command {escape(repr(name))}[/red]; there are: {', '.join(COMMANDS)}"
        )
        raise SystemExit(2)
    _run(name, rest)


def _run(name: str, rest: list[str]) -> None:
    try:
        app: typer.Typer = import_module(COMMANDS[name][0]).app
    except ModuleNotFoundError as fault:
        _console.print(escape(missing(fault.name or "a package")), style="red")
        raise SystemExit(1) from fault
    try:
        app(args=rest, prog_name=f"nengshu {name}")
    except NengshuError as fault:
        _console.print(f"[red]{fault.code}[/red] {escape(str(fault))}", highlight=False)
        raise SystemExit(1) from fault


def missing(module: str) -> str:
    """What to do where a package is not installed."""
    extra = EXTRA_OF.get(module.partition(".")[0], "hub")
    return f"{module} is not installed: pip install 'nengshu[{extra}]'"


def _overview() -> None:
    table = Table("command", "what it does", box=None, header_style="bold")
    for name, (_, purpose) in COMMANDS.items():
        table.add_row(name, purpose)
    out = Console()
    out.print(
        "[bold]nengshu[/bold] (能枢): the hub linking national and provincial platforms of energy data\n"
    )
    out.print(table)
    out.print("\nStart with [bold]nengshu demo[/bold]. Each command tells more with --help.", highlight=False)
