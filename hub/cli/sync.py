"""`nengshu sync`: run links once, with progress."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from graph.model.sync_run import Link, RunState, SyncRun
from hub.cadence import run_links
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app
from hub.links import Way, chosen
from hub.settings import load_settings
from hub.wiring import Hub, open_hub

app = command_app()


@app.command()
def sync(
    links: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[pull|push] [LINKS]...",
            help="Links to run; none: all that are enabled, or all that go this way.",
            show_default=False,
        ),
    ] = None,
    data: DataDir = None,
) -> None:
    """Pull what is new from provincial hubs and watched folders, and push what this hub holds to the hub above it.

    `nengshu sync pull` and `nengshu sync push` go one way only. Exit 1 when a run failed.
    """
    way, keys = _read(links or [])
    with open_hub(load_settings(data_dir=data)) as hub:
        runs = asyncio.run(sync_links(hub, chosen(hub.registry.links(), keys, way)))
    show(runs)
    if any(run.state is RunState.FAILED for run in runs):
        raise typer.Exit(1)


def _read(words: list[str]) -> tuple[Way | None, list[str]]:
    """Which way, where the first word says one, and which links."""
    if words and words[0] in set(Way):
        return Way(words[0]), words[1:]
    return None, words


async def sync_links(hub: Hub, links: list[Link]) -> list[SyncRun]:
    """Run these links side by side, each with its own line of progress."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<24}", markup=False),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars = {link.key: progress.add_task(link.key, told="starting") for link in links}

        def tell(link: Link, run: SyncRun) -> None:
            done = 0 if run.state is RunState.RUNNING else 1
            progress.update(bars[link.key], told=_told(run), completed=done, total=1)

        return await run_links(hub, links, tell)


def _told(run: SyncRun) -> str:
    return f"{run.rows:,} readings, {run.accepted:,} new, {run.rejected:,} rejected · {run.state.value}"


def show(runs: list[SyncRun]) -> None:
    """Print the runs as a table, and what went wrong below it."""
    table = Table("link", "state", box=box.SIMPLE_HEAD)
    for heading in ("readings", "new", "duplicate", "corrected", "rejected"):
        table.add_column(heading, justify="right")
    for run in runs:
        counts = (run.rows, run.accepted, run.duplicate, run.corrected, run.rejected)
        table.add_row(cell(run.link), run.state.value, *(f"{n:,}" for n in counts))
    out = Console()
    out.print(table)
    for run in runs:
        if run.drift or run.quarantined:
            told = run.drift or f"{run.quarantined:,} rows wait in quarantine"
            out.print(Text.assemble(cell(run.link, "yellow"), " ", cell(told)))
        if run.error:
            out.print(Text.assemble(cell(run.link, "red"), " ", cell(run.error)))
