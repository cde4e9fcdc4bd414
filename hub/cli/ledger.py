"""`nengshu ledger`: what an operator asks of the chained ledger of batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import typer
from rich.console import Console
from rich.progress import Progress

from graph.errors import NotFound
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.stores.readings.contents import ledger_rows, walked
from hub.stores.readings.database import Database

app = command_app("Check the ledger of batches 批次台账.")


@app.callback()
def ledger() -> None:
    """Makes `verify` a word of its own while it is the only one."""


@app.command()
def verify(data: DataDir = None) -> None:
    """Recompute the chain of heads over every batch, in order. Exit 1 at the first batch that does not fit.

    A batch fits when its head is the SHA-256 over the head before it and its own row. Compare the head printed here
    with that of the last receipt anybody got: a ledger cut short still fits in itself. No hub may be running on it.
    """
    path = load_settings(data_dir=data).readings_path
    if not path.is_file():
        raise NotFound(f"there is no ledger {path}")
    with closing(Database(path)) as database, database.reading() as cursor:
        walk = walked(_told(cursor))
    typer.echo(f"{walk.batches:,} batches fit, head {walk.head}")
    if walk.misfit is not None:
        typer.echo(
            f"batch {walk.misfit} does not: its row or the one before is not what was written", err=True
        )
        raise typer.Exit(1)


def _told(cursor: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Every batch's row, with a bar."""
    count = cursor.execute("SELECT count(*) FROM batch").fetchall()[0][0]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("batches", total=count)
        yield from ledger_rows(cursor, lambda more: progress.advance(bar, more))
