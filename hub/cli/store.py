"""`nengshu store`: what an operator does with the readings file: back it up, restore it, export it, measure it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from graph.model.period import Day
from hub.cli._options import DataDir, command_app
from hub.cli._readings_file import bar, opened
from hub.cli._store_truth import check, compact, trace
from hub.settings import load_settings
from hub.stores.readings import backups, restoring
from hub.stores.readings.export import DESCRIPTION, Chosen
from hub.stores.readings.export import export as export_readings
from hub.stores.readings.manifests import Manifest
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.opening import key_of_environment
from hub.stores.readings.stats import Stats
from hub.stores.readings.stats import stats as measured
from hub.wiring import SystemClock, open_registry

app = command_app(
    "Check, back up, restore, export, compact and measure the readings 读数库的核对、备份、恢复、导出、压实与统计."
)
for command in (check, compact, trace):
    app.command()(command)
Backups = Annotated[
    Path | None, typer.Argument(help="Folder of backups. [default: backups in the data folder]")
]


@app.command()
def backup(
    folder: Backups = None,
    keep: Annotated[
        int, typer.Option(min=1, help="How many backups to keep there; older ones go.")
    ] = backups.KEEP,
    data: DataDir = None,
) -> None:
    """Copy the readings 备份, read the copy back, and keep the newest few.

    A backup counts once it was opened again: every table has as many rows, the ledger ends with the same head, and
    its chain was recomputed. Beside it lies a manifest with its SHA-256. It is encrypted as the store is. The
    registry is not in it. No hub may be running on the store.

    Example: nengshu store backup --keep 30
    """
    settings = load_settings(data_dir=data)
    where = folder or backups.default_folder(settings.readings_path)
    with opened(settings) as database, bar() as told:
        manifest = backups.backup(database, where, SystemClock().now(), keep, told)
    typer.echo(f"{where / manifest.file}: {_held(manifest)}")


@app.command()
def restore(
    name: Annotated[
        str | None, typer.Argument(help="Name or path of a backup. [default: the last good one]")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="Folder of backups. [default: backups in the data folder]")
    ] = None,
    data: DataDir = None,
) -> None:
    """Put a backup 恢复 in the place of the readings file; stop the hub first.

    The backup must be what its manifest says, to the byte. The file that was there is put aside beside it as
    readings.duckdb.broken-MOMENT, with its log, and never deleted. What came after the backup has to be sent again.
    An unencrypted backup becomes encrypted when NENGSHU_READINGS_KEY is set.

    Example: nengshu store restore readings-20261126T030000Z.duckdb
    """
    path = load_settings(data_dir=data).readings_path
    source = restoring.chosen(folder or backups.default_folder(path), name)
    with bar() as told:
        restored = restoring.restore(path, source, SystemClock().now(), key_of_environment(), told)
    typer.echo(f"{path} is {source.name} now: {_held(restored.manifest)}")
    if restored.aside:
        typer.echo(f"what was there before is {restored.aside}")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder for the files.")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First Beijing day, as 2026-01-01.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last Beijing day.")] = None,
    as_of_batch: Annotated[
        int | None,
        typer.Option("--as-of-batch", min=1, help="As it was said up to this batch. [default: the newest]"),
    ] = None,
    units: Annotated[
        list[str] | None,
        typer.Option("--units", help="Credit code of a unit, may be repeated. [default: all]"),
    ] = None,
    data: DataDir = None,
) -> None:
    """Write the readings as Parquet files 导出 that any tool reads: one a granularity and month.

    GRANULARITY/MONTH.parquet with credit_code, data_code, granularity, start (UTC), value (exact decimal), origin,
    version and batch; export.json beside describes the columns in English and Chinese and gives the sum of each
    file. All files are of one moment. Files are not encrypted. No hub may be running on the store.

    Example: nengshu store export out --from 2026-01-01 --to 2026-03-31
    """
    settings = load_settings(data_dir=data)
    days = [Day.parse(text).date if text else None for text in (first, last)]
    chosen = Chosen(days[0], days[1], as_of_batch, tuple(units or ()))
    with opened(settings) as database, bar() as told:
        with closing(open_registry(settings)) as registry:
            Mirror(database, registry, settings.uses, SystemClock().now).refresh()
        done = export_readings(database, folder, chosen, SystemClock().now(), told)
    rows = sum(one.rows for one in done.files)
    typer.echo(
        f"{rows:,} readings up to batch {done.batch} in {len(done.files)} files, told in {folder / DESCRIPTION}"
    )
    if done.unknown:
        typer.echo(f"{done.unknown:,} readings were left out: the registry knows no such point", err=True)
        raise typer.Exit(1)


@app.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, data: DataDir = None
) -> None:
    """Tell how large the store is 统计: rows and bytes of each table, days, log, free disk, last good backup.

    Bytes of a table are its share of the file's blocks, so about. No hub may be running on the store.
    """
    settings = load_settings(data_dir=data)
    with opened(settings) as database:
        found = measured(database, settings.readings_path)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False, indent=2))
    else:
        _show(found)


def _held(manifest: Manifest) -> str:
    return (
        f"{manifest.last_batch:,} batches of {manifest.moment:%Y-%m-%d %H:%M:%S} UTC, {manifest.bytes:,} bytes"
        f"{', encrypted' if manifest.encrypted else ''}, head {manifest.head}"
    )


def _show(found: Stats) -> None:
    out = Console()
    table = Table("table 表", box=box.SIMPLE_HEAD)
    for heading in ("rows", "about bytes"):
        table.add_column(heading, justify="right")
    for one in found.tables:
        table.add_row(one.name, f"{one.rows:,}", f"{one.bytes:,}")
    out.print(table)
    whole = Table(box=None, show_header=False)
    for name, value in _facts(found).items():
        whole.add_row(name, "none" if value is None else str(value))
    out.print(whole)


def _facts(found: Stats) -> dict[str, Any]:
    each = found.bytes_per_reading
    return {
        "file": f"{found.file_bytes:,} bytes, {found.unused_bytes:,} unused{', encrypted' if found.encrypted else ''}",
        "log": f"{found.log_bytes:,} bytes",
        "readings": f"{found.readings:,} hold, {found.readings_written:,} were written",
        "bytes a reading": each and f"{each:.1f}",
        "free disk": f"{found.free_disk_bytes:,} bytes",
        "batches": f"{found.batches:,}, last {found.last_received:%Y-%m-%d %H:%M} UTC"
        if found.last_received
        else None,
        "days": f"{found.first_day} to {found.last_day}" if found.first_day else None,
        "last good backup": found.backup and f"{found.backup.file}: {_held(found.backup)}",
    }
