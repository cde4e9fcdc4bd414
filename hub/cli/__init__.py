"""The command line: one module a command, loaded when it is called, so that the probe's box loads no hub."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from graph import __version__
from graph.errors import NengshuError

if TYPE_CHECKING:
    import typer

# name -> where its typer app `app` lives, and what it is for
COMMANDS = {
    "demo": ("hub.cli.demo", "A small invented nation on this machine: start, sync, print, serve."),
    "serve": ("hub.cli.serve", "Run a hub: GraphQL, batch protocol, access devices, dashboard."),
    "organisation": (
        "hub.cli.organisation",
        "Add, change, list, close and open who has machines and people here.",
    ),
    "client": ("hub.cli.client", "Add, list and revoke machines; get tokens as one of them."),
    "key": ("hub.cli.key", "Rotate and list the keys that tokens are signed with."),
    "user": ("hub.cli.user", "Add, invite, list and revoke the people who sign in."),
    "documents": (
        "hub.cli.documents",
        "Register, list and withdraw the documents that may be asked by their id.",
    ),
    "registry": (
        "hub.cli.registry",
        "Load units, points, plans, links from a TOML file; list what is there.",
    ),
    "link": ("hub.cli.link", "Add, list, show, pause, resume and check the ways readings come in."),
    "device": ("hub.cli.device", "Access devices: list, approve, refuse, map their points, check one."),
    "import": ("hub.cli.importing", "Read CSV or Parquet files by a declared mapping."),
    "try": (
        "hub.cli.trying",
        "Look at a link's source and show what would become of it; nothing is written.",
    ),
    "sync": ("hub.cli.sync", "Run the links: pull from provinces and folders, push to the hub above."),
    "reconcile": ("hub.cli.reconcile", "Compare a link's two ends by their digests, and mend what differs."),
    "monthly": (
        "hub.cli.monthly",
        "Compare months that units report with the sums of their days, and show what differs.",
    ),
    "completeness": (
        "hub.cli.completeness",
        "Where a unit's missing values were lost, and how that is known.",
    ),
    "replay": ("hub.cli.replay", "Book rows that wait in quarantine, once their mapping was mended."),
    "duties": ("hub.cli.duties", "Derive what provinces and units owe by a day."),
    "query": ("hub.cli.query", "Ask GraphQL, of this machine's stores or of a hub."),
    "subscribe": ("hub.cli.subscribe", "Print what happens in a hub as it happens, a line each."),
    "audit": ("hub.cli.audit", "List who did what, and what was denied; as JSON lines for archives."),
    "ledger": ("hub.cli.ledger", "Check that the ledger of batches is as it was written."),
    "store": ("hub.cli.store", "Back up, restore, export and measure the readings."),
    "schema": ("hub.cli.schema", "Print or write the GraphQL schema."),
    "simulate": ("hub.cli.simulate", "Meters and devices that speak the true protocols."),
    "probe": ("edge_probe.cli", "The access end of a unit: read meters, keep, upload."),
}
EXTRA_OF = {"pymodbus": "edge"}  # whose absence wants which extra; any other is the hub's
INTERRUPTED = 128 + signal.SIGINT  # the exit code of what Ctrl-C ended


def main(arguments: list[str] | None = None) -> None:
    """Run `nengshu <command> …`; exit 1 with a sentence where something of ours refuses, 130 after Ctrl-C."""
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack the letters of a name
    try:
        _main(words)
    except Exception as fault:
        if not _interrupted(fault):
            raise
        raise SystemExit(INTERRUPTED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _main(words: list[str]) -> None:
    if not words or words[0] in ("-h", "--help"):
        _overview()
        return
    name, *rest = words
    if name in ("--version", "-V"):
        sys.stdout.write(f"nengshu {__version__}\n")
        return
    if name not in COMMANDS:
        _complain(f"nengshu has no command {name!r}", f"; there are: {', '.join(COMMANDS)}")
        raise SystemExit(2)
    _run(_app(name), name, rest)


def _app(name: str) -> typer.Typer:
    try:
        with _nothing_open(), _what_is_loaded_stays(COMMANDS[name][0]):
            app: typer.Typer = import_module(COMMANDS[name][0]).app
    except ModuleNotFoundError as fault:
        _complain(missing(fault.name or "a package"))
        raise SystemExit(1) from fault
    return app


def _run(app: typer.Typer, name: str, rest: list[str]) -> None:
    try:
        app(args=rest, prog_name=f"nengshu {name}")
    except (NengshuError, OSError) as fault:
        if _interrupted(fault):
            raise
        if isinstance(fault, NengshuError):
            _complain(fault.code, f" {fault}")
        else:
            _complain(f"nengshu {name}", f": this machine refused: {fault}")
        raise SystemExit(1) from fault


@contextmanager
def _nothing_open() -> Iterator[None]:
    """While modules are loaded Ctrl-C ends the process at once: there is nothing to close yet, and an exception
    raised inside an import comes out of it in many shapes."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _what_is_loaded_stays(module: str) -> Iterator[None]:
    """While a command's modules are loaded, and of what they made ever after, nobody looks for garbage: all of it stays,
    and looking through it again and again is a fifth of the time a command needs to begin."""
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _interrupted(fault: BaseException | None) -> bool:
    """Whether Ctrl-C stands behind a fault: DuckDB makes a RuntimeError of it."""
    while fault is not None and not isinstance(fault, KeyboardInterrupt):
        fault = fault.__cause__ or fault.__context__
    return fault is not None


def _complain(first: str, rest: str = "") -> None:
    """One sentence on standard error, its beginning in red."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text.assemble((first, "red"), rest))


def missing(module: str) -> str:
    """What to do where a package is not installed."""
    extra = EXTRA_OF.get(module.partition(".")[0], "hub")
    return f"{module} is not installed: pip install 'nengshu[{extra}]'"


def _overview() -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("command", "what it does", box=None, header_style="bold")
    for name, (_, purpose) in COMMANDS.items():
        table.add_row(name, purpose)
    out = Console()
    out.print(
        "[bold]nengshu[/bold] (能枢): the hub linking national and provincial platforms of energy data\n"
    )
    out.print(table)
    out.print("\nStart with [bold]nengshu demo[/bold]. Each command tells more with --help.", highlight=False)
