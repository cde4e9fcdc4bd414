"""`nengshu key`: the keys that this hub signs its access tokens with."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from hub.cli._cells import folded, moment_of
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.wiring import SystemClock, keyring_of, open_registry

app = command_app("Rotate and list the keys that access tokens are signed with.")
WHO = "command line"


@app.command()
def rotate(
    leaked: Annotated[
        bool,
        typer.Option(
            "--leaked", help="The present key may be known to others: every token signed with it ends now."
        ),
    ] = False,
    data: DataDir = None,
) -> None:
    """Sign with a new key from now on. Tokens of the one before count until they end by themselves, in ten minutes.

    A hub that runs takes the new key at once. Rotate at times, and with --leaked after a theft of the data folder.
    """
    settings = load_settings(data_dir=data)
    registry = open_registry(settings)
    try:
        kid = keyring_of(settings, registry, SystemClock()).rotate(WHO, leaked=leaked)
    finally:
        registry.close()
    typer.echo(f"tokens are signed with {kid}")


@app.command(name="list")
def show(data: DataDir = None) -> None:
    """List the keys, the current one first; what is secret of them is never shown."""
    registry = open_registry(load_settings(data_dir=data))
    table = folded("key", "since", "retired")
    for key in registry.signing_keys.list():
        table.add_row(
            key.kid,
            moment_of(key.created_at),
            moment_of(key.retired_at) if key.retired_at else "",
        )
    registry.close()
    Console().print(table)
