"""`nengshu organisation`: who has machines and people here."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console

from graph.errors import Conflict, NotFound
from graph.model.organisation import AUTHORITIES
from graph.model.principal import OrganisationKind, Part
from graph.ports import Ask, Condition, Order
from hub.cli._cells import cell, folded
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.stores.registry.tables import KEY_MAX
from hub.wiring import open_registry

app = command_app("Add, change, list, close and open organisations.")
WHO = "command line"

Key = Annotated[str, typer.Argument(help="Short name of the organisation: letters, digits, - and _.")]


Region = Annotated[
    str | None, typer.Option(help="Six digits of the province, city or county it is of; none: the nation.")
]
Unit = Annotated[str | None, typer.Option(help="Credit code of the unit it is of.")]
Parts = Annotated[
    list[Part] | None,
    typer.Option(help="What an authority decides: plans and reports, instruments, or both (given twice)."),
]


@app.command()
def add(
    key: Key,
    name: Annotated[str, typer.Option(help="Its name (机构名称).")],
    kind: Annotated[OrganisationKind, typer.Option(help="What it is in the programme (机构类别).")],
    part: Parts = None,
    region: Region = None,
    unit: Unit = None,
    data: DataDir = None,
) -> None:
    """Add an organisation. An authority decides both parts unless told otherwise.

    What each kind may do is the table of docs/rights.md. A client or account of it reaches no further than it does.

    Example: nengshu organisation add yunmeng --name "Invented department" --kind provincial_department --region 970000
    """
    parts = part or (list(Part) if kind in AUTHORITIES else [])
    row = {"key": key, "name": name, "kind": kind, "parts": parts, "region": region, "unit": unit}
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        if registry.rows(Ask("organisation", where=(Condition("key", key),))).table.num_rows:
            raise Conflict(
                f"an organisation with the key {key!r} is there already: `nengshu organisation change`"
            )
        registry.upsert("organisation", [row], WHO)
    typer.echo(f"{key} is added")


@app.command()
def change(
    key: Key,
    name: Annotated[str | None, typer.Option(help="Its name (机构名称).")] = None,
    kind: Annotated[
        OrganisationKind | None, typer.Option(help="What it is in the programme (机构类别).")
    ] = None,
    part: Parts = None,
    region: Region = None,
    unit: Unit = None,
    data: DataDir = None,
) -> None:
    """Change what is given of an organisation; the rest stays. What its members may no longer do ends at once.

    Example: nengshu organisation change yunmeng --part plans
    """
    if kind is not None and not part and kind not in AUTHORITIES:
        part = []  # it decides nothing any more
    said = {"name": name, "kind": kind, "parts": part, "region": region, "unit": unit}
    given = {column: value for column, value in said.items() if value is not None}
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        if not registry.rows(Ask("organisation", where=(Condition("key", key),))).table.num_rows:
            raise NotFound(f"no organisation has the key {key[:KEY_MAX]!r}")
        done = registry.upsert("organisation", [{"key": key, **given}], WHO)
    typer.echo(f"{key} is {'changed' if done.changed else 'as it was'}")


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
    table = folded("organisation", "name", "kind", "parts", "reach", "")
    for row in registry.rows(Ask("organisation", order=Order("key"))).table.to_pylist():
        reach = row["unit"] or row["region"] or "nation"
        shown = map(cell, (row["key"], row["name"], row["kind"], row["parts"], reach))
        table.add_row(*shown, "" if row["enabled"] else "closed")
    registry.close()
    Console().print(table)
