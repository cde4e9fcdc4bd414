"""`nengshu import`: files read by a declared mapping, with a progress bar and a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from graph.model.principal import NATION
from graph.model.sync_run import Receipt
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.wiring import Hub, open_hub
from provincial_adapters import file_drop

app = command_app()
REJECTED_SHOWN = 20
SOURCE = "import"


@app.command(name="import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="CSV, workbooks (.xlsx), JSON or Parquet files.")],
    mapping: Annotated[
        Path, typer.Option("--mapping", "-m", help="TOML file that says what the columns mean.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Who says so; the ledger will call it import:NAME, or import.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Read files into this machine's stores; no hub may be running on them.

    The same file read again changes nothing: its readings are counted as duplicates. A file with changed values
    supersedes just those, and what was said before can still be asked as of its batch.

    Example: nengshu import steel_2018.csv --mapping docs/examples/steel_plant.toml
    """
    declared = file_drop.FileMapping.load(mapping)
    receipts: list[Receipt] = []
    try:
        with open_hub(load_settings(data_dir=data)) as hub:
            for path in files:
                receipts.extend(
                    _read(hub, path.resolve(), declared, f"{SOURCE}:{source}" if source else SOURCE)
                )
    finally:
        if receipts:  # what was stored before a file that cannot be read stays stored
            show(receipts)
    if any(receipt.rejected_count for receipt in receipts):
        raise typer.Exit(3)


def _read(hub: Hub, path: Path, mapping: file_drop.FileMapping, source: str) -> Iterator[Receipt]:
    """One file, told on a bar. Every run is its own batch, so that its receipt speaks of this run."""
    moment = f"{hub.clock.now():%Y%m%dT%H%M%S%f}"
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(path.name, total=None)
        told = lambda done, total: progress.update(bar, completed=done, total=total)  # noqa: E731 - one call's ear
        for delivery in file_drop.read(path, mapping, source=source, reach=NATION, told=told, strict=True):
            own = f"{delivery.key}:{moment}"
            yield hub.intake.take(replace(delivery, key=own))


def show(receipts: list[Receipt]) -> None:
    """Print what became of the rows: counts, then the first rejected rows with their reasons."""
    counts: Counter[str] = Counter()
    for receipt in receipts:
        counts.update(
            rows=receipt.rows, accepted=receipt.accepted, duplicate=receipt.duplicate, corrected=receipt.corrected,
            superseded=receipt.superseded, suspect=receipt.suspect, rejected=receipt.rejected_count,
        )  # fmt: skip
    batches = [receipt.batch for receipt in receipts]
    table = Table(box=None, show_header=False)
    table.add_row("batch" if len(batches) == 1 else "batches", ", ".join(map(str, batches)) or "none")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    out = Console()
    out.print(table)
    rejected = [entry for receipt in receipts for entry in receipt.rejected]
    for entry in rejected[:REJECTED_SHOWN]:
        out.print(Text.assemble(f"row {entry.row}: ", (entry.code, "red"), " ", cell(entry.why)))
    if counts["rejected"] > REJECTED_SHOWN:
        out.print(f"… and {counts['rejected'] - REJECTED_SHOWN} more; ask GraphQL for the batch's rejections")
