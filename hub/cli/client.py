"""`nengshu client`: the tokens that clients ask with."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach, Role
from graph.model.region import RegionCode
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.wiring import open_registry

app = command_app("Add, list and revoke clients.")
WHO = "command line"
DAYS_MAX = 3_650  # ten years: a longer one is meant to have no end


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="Short name of the client: letters, digits, - and _.")],
    organisation: Annotated[str, typer.Option(help="Whose client it is.")],
    role: Annotated[list[Role], typer.Option(help="What it may do; may be given several times.")],
    region: Annotated[
        str | None, typer.Option(help="Six digits of the region it is bound to; none: the nation.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Credit code of the one unit it is bound to.")] = None,
    days: Annotated[
        int | None,
        typer.Option(help="Days its token lives; none: until it is revoked.", min=1, max=DAYS_MAX),
    ] = None,
    data: DataDir = None,
) -> None:
    """Add a client and print its token once; only a digest of it is kept.

    Example: nengshu client add zhejiang --organisation "Invented department" --role upload --region 970000
    """
    reach = Reach(RegionCode(region) if region else None, CreditCode.parse(unit) if unit else None)
    registry = open_registry(load_settings(data_dir=data))
    lives = dt.timedelta(days=days) if days else None
    typer.echo(registry.clients.add(key, organisation, reach, role, WHO, lives))
    registry.close()


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="The client's name.")], data: DataDir = None) -> None:
    """From now on the client's token counts no longer."""
    registry = open_registry(load_settings(data_dir=data))
    registry.clients.revoke(key, WHO)
    registry.close()
    typer.echo(f"{key} is revoked")


@app.command(name="list")
def show(data: DataDir = None) -> None:
    """List the clients; tokens cannot be shown again."""
    registry = open_registry(load_settings(data_dir=data))
    table = Table("client", "organisation", "reach", "roles", "since", "until", "revoked")
    for row in registry.clients.list().to_pylist():
        reach = row["unit"] or row["province"] or "nation"
        until, revoked = (
            f"{row[name]:%Y-%m-%d}" if row[name] else "" for name in ("expires_at", "revoked_at")
        )
        table.add_row(
            *map(cell, (row["key"], row["organisation"], reach, row["roles"])),
            f"{row['created_at']:%Y-%m-%d}",
            until,
            revoked,
        )
    registry.close()
    Console().print(table)
