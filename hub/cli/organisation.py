"""`nengshu organisation`: who has machines and people here."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from graph.model.organisation import AUTHORITIES
from graph.model.principal import OrganisationKind, Part
from graph.ports import Ask, Order
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.wiring import open_registry

app = command_app("Add, list, close and open organisations.")
WHO = "command line"

Key = Annotated[str, typer.Argument(help="Short name of the organisation: letters, digits, - and _.")]


@app.command()
def add(
    key: Key,
    name: Annotated[str, typer.Option(help="Its name (机构名称).")],
    kind: Annotated[OrganisationKind, typer.Option(help="What it is in the programme (机构类别).")],
    part: Annotated[
        list[Part] | None,
        typer.Option(
            help="What an authority decides: plans and reports, instruments, or both (given twice). [default: both]"
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="Six digits of the province, city or county it is of; none: the nation."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Credit code of the unit it is of.")] = None,
    data: DataDir = None,
) -> None:
    """Add an organisation, or change one: what is not given keeps what stands.

    What each kind may do is the table of docs/rights.md. A client or account of it reaches no further than it does.

    Example: nengshu organisation add yunmeng --name "Invented department" --kind provincial_department --region 970000
    """
    parts = part or (list(Part) if kind in AUTHORITIES else [])
    row = {"key": key, "name": name, "kind": kind, "parts": parts, "region": region, "unit": unit}
    registry = open_registry(load_settings(data_dir=data))
    try:
        done = registry.upsert("organisation", [row], WHO)
    finally:
        registry.close()
    typer.echo(f"{key} is {'added' if done.added else 'changed' if done.changed else 'as it was'}")


@app.command()
def close(key: Key, data: DataDir = None) -> None:
    """From now on none of its clients and people comes in, until it is opened again."""
    _enable(key, data, enabled=False)
    typer.echo(f"{key} is closed")


@app.command(name="open")
def reopen(key: Key, data: DataDir = None) -> None:
    """Let its clients and people in again."""
    _enable(key, data, enabled=True)
    typer.echo(f"{key} is open")


def _enable(key: str, data: DataDir, *, enabled: bool) -> None:
    registry = open_registry(load_settings(data_dir=data))
    try:
        registry.upsert("organisation", [{"key": key, "enabled": enabled}], WHO)
    finally:
        registry.close()


@app.command(name="list")
def show(data: DataDir = None) -> None:
    """List the organisations."""
    registry = open_registry(load_settings(data_dir=data))
    table = Table("organisation", "name", "kind", "parts", "reach", "")
    for row in registry.rows(Ask("organisation", order=Order("key"))).table.to_pylist():
        reach = row["unit"] or row["region"] or "nation"
        shown = map(cell, (row["key"], row["name"], row["kind"], row["parts"], reach))
        table.add_row(*shown, "" if row["enabled"] else "closed")
    registry.close()
    Console().print(table)
