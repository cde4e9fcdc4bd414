"""`nengshu link`: the ways readings come in, added by question and answer or from a file, listed, paused, checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from graph.errors import ConfigurationError, Conflict, InvalidInput
from graph.model.address import without_secrets
from graph.model.sync_run import Link
from graph.ports import Ask, Condition
from hub.cli._asking import ask, ask_quirk
from hub.cli._cells import cell, folded
from hub.cli._link_files import link_in, row_in, toml_of
from hub.cli._link_state import moment, state_of
from hub.cli._options import DataDir, command_app
from hub.links import check_links, dialects, waiting
from hub.settings import load_settings, variable_of
from hub.stores.registry import cells
from hub.stores.registry.registry import Registry
from hub.wiring import SystemClock, open_registry, open_to_look
from provincial_adapters import Dialect, Direction

app = command_app("Add, list, show, pause, resume and check links.")
WHO = "command line"
Key = Annotated[str, typer.Argument(help="Key of the link.")]


@app.command()
def add(
    file: Annotated[
        Path | None, typer.Option("--from", help="TOML file with one [[link]]; none: you are asked.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Add a link: you are asked for what it needs, each answer is checked at once, and shown as TOML before it is kept.

    A secret is never asked for: a link names it, and NENGSHU_SECRET_<NAME> holds it where the hub runs.

    Example: nengshu link add --from docs/examples/link.toml
    """
    with _registry(data) as registry:
        row = _asked(registry) if file is None else row_in(file)
        _check_is_new(registry, row["key"])
        if file is None:
            Console().print(Text(f"\n{toml_of(row)}"), soft_wrap=True)
            if not typer.confirm("Keep it", default=True):
                typer.echo("nothing was kept")
                return
        registry.upsert("link", [row], WHO)
    typer.echo(f"{row['key']} is added; `nengshu try {row['key']}` looks at its source")


def _asked(registry: Registry) -> dict[str, Any]:
    """A link's row, question by question."""
    known = dialects()
    row: dict[str, Any] = {
        "key": ask("key", "Short name of the link: letters, digits, - and _", _new(registry))
    }
    out = Console()
    for name, dialect in known.items():
        out.print(cell(f"  {name}: {dialect.english} ({dialect.chinese})"))
    dialect = ask("dialect", "How readings come in, one of these", lambda said: _dialect(said, known))
    row["dialect"] = dialect.name
    row["province"] = ask("province", "Six digits of the province it brings readings of", _province(registry))
    row["address"] = ask("address", _address_of(dialect), cells.address, _address_default(dialect))
    name = ask("credential", _CREDENTIAL, _credential, "")
    if name:
        row["credential"] = name
        out.print(cell(_said_of(name)))
    quirks = {quirk.key: ask_quirk(quirk) for quirk in dialect.quirks}
    if given := {key: value for key, value in quirks.items() if value is not None}:
        row["quirks"] = given
    check_links([row])
    return row


_CREDENTIAL = (
    "Name of the secret its source asks for, never the secret itself; Enter where it asks for none. "
    "NENGSHU_SECRET_<NAME> holds it where the hub runs"
)


def _new(registry: Registry) -> Callable[[str], str]:
    def read(said: str) -> str:
        key = cells.key(said)
        if _is_there(registry, key):
            raise InvalidInput(f"a link {key!r} is there already")
        return key

    return read


def _dialect(said: str, known: Mapping[str, Dialect]) -> Dialect:
    if said not in known:
        raise InvalidInput(f"came {said[:64]!r}, expected one of {', '.join(known)}")
    return known[said]


def _province(registry: Registry) -> Callable[[str], str]:
    def read(said: str) -> str:
        code = str(cells.province(said))
        if registry.rows(Ask("region", where=(Condition("code", code),))).table.num_rows == 0:
            raise InvalidInput(f"no region {code} is registered")
        return code

    return read


def _credential(said: str) -> str:
    return cells.secret_name(said) if said else ""


def _address_of(dialect: Dialect) -> str:
    if dialect.direction is Direction.FILES:
        return "Folder in which files are laid down, as the hub sees it"
    return "Address of its source, without a user or password"


def _address_default(dialect: Dialect) -> str | None:
    return "devices call" if dialect.direction is Direction.RECEIVE else None


def _said_of(name: str) -> str:
    variable = variable_of(name)
    return f"{variable} is {'set' if os.environ.get(variable) else 'not set'} here"


@app.command(name="list")
def show_all(data: DataDir = None) -> None:
    """List the links: how each stands, how far its readings reach, what drifts and what waits; times are Beijing's."""
    with _looking(data) as registry:
        rows = registry.rows(Ask("link")).table.to_pylist()
    headings = ("link", "dialect", "province", "address", "state", "last success", "readings up to", "drift")
    table = folded(*headings, "rows waiting")
    for row in sorted(rows, key=lambda row: str(row["key"])):
        shown = (row["key"], row["dialect"], row["province"], without_secrets(row["address"]))
        stands = (state_of(row, waiting()), moment(row["last_success_at"]), moment(row["newest"]))
        table.add_row(*map(cell, (*shown, *stands, row["open_drift"] or "", row["rows_waiting"] or "")))
    Console().print(table)


@app.command()
def show(key: Key, data: DataDir = None) -> None:
    """Print a link as the TOML that says it, and what its source is known to have changed."""
    with _looking(data) as registry:
        link = registry.link(key)
        (row,) = registry.rows(Ask("link", where=(Condition("key", key),))).table.to_pylist()
        drift = registry.waiting_rows.open_drift(link)
        files = registry.waiting_rows.waiting(link)
    typer.echo(toml_of({**row, "quirks": link.quirks}).rstrip())
    typer.echo(f"# {state_of(row, waiting())}")
    for each in drift:
        typer.echo(f"# column {each.column} is {each.kind}")
    if files:
        typer.echo(f"# {sum(file.waiting for file in files):,} rows wait: nengshu replay {link.key}")


@app.command()
def pause(
    key: Key,
    why: Annotated[str, typer.Option(help="Why, for whoever wonders later.")],
    data: DataDir = None,
) -> None:
    """Have a link not run until somebody resumes it. A running hub hears of it by itself."""
    with _registry(data) as registry:
        registry.pause(key, why, WHO)
    typer.echo(f"{key} is paused")


@app.command()
def resume(key: Key, data: DataDir = None) -> None:
    """Have a link run again when it is due."""
    with _registry(data) as registry:
        registry.resume(key, WHO)
    typer.echo(f"{key} runs again")


@app.command()
def check(
    link: Annotated[
        str, typer.Argument(help="Link to check, or a TOML file of one that is not registered yet.")
    ],
    data: DataDir = None,
) -> None:
    """Check what a link declares, without asking its source: every fault at once, exit 1 where there is one.

    Its dialect and quirks, its province, its secret and, for files, its folder. `nengshu try` asks the source.
    """
    with _looking(data) as registry:
        found = link_in(Path(link)) if link.endswith(".toml") else registry.link(link)
        faults = list(_faults(found, registry))
    if faults:
        raise ConfigurationError(f"link {found.key}", faults)
    typer.echo(f"{found.key} declares all it needs")


def _faults(link: Link, registry: Registry) -> Iterator[str]:
    try:
        check_links([{"key": link.key, "dialect": link.dialect, "quirks": link.quirks}])
    except ConfigurationError as fault:
        yield from fault.faults
    try:
        _province(registry)(str(link.region))
    except InvalidInput as fault:
        yield f"province: {fault}"
    if link.credential is not None and not os.environ.get(variable_of(link.credential)):
        yield f"credential: {variable_of(link.credential)} is not set here"
    dialect = dialects().get(link.dialect)
    is_folder = dialect is not None and dialect.direction is Direction.FILES and "://" not in link.address
    if is_folder and not Path(link.address).is_dir():
        yield f"address: {link.address} is no folder here"


def _check_is_new(registry: Registry, key: str) -> None:
    if _is_there(registry, key):
        raise Conflict(f"a link with the key {key!r} is there already: `nengshu registry load` changes it")


def _is_there(registry: Registry, key: str) -> bool:
    return any(link.key == key for link in registry.links())


@contextmanager
def _registry(data: Path | None) -> Iterator[Registry]:
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        yield registry


@contextmanager
def _looking(data: Path | None) -> Iterator[Registry]:
    with closing(open_to_look(load_settings(data_dir=data), SystemClock())) as registry:
        yield registry
