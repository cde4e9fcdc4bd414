"""`nengshu try`: a look at a link's source that leaves everything as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console
from rich.text import Text

from graph.model.drift import ColumnDrift
from graph.model.sync_run import Link
from graph.ports import RAW_ROW, Clock
from hub.cli._cells import cell, folded, moment_of
from hub.cli._link_files import link_in
from hub.cli._options import DataDir, command_app
from hub.cli._trying_push import show_pushed
from hub.link_tokens import means_of
from hub.links import is_pushed
from hub.looking import looking_intake
from hub.settings import load_settings
from hub.stores.registry.registry import Registry
from hub.trying import Tried, try_link
from hub.wiring import SystemClock, open_to_look
from provincial_adapters import open_client

app = command_app()
ROWS_SHOWN = 10
EXAMPLES_SHOWN = 3  # of each rule
UNFIT = 3  # the exit code where some of it would not be booked


@app.command(name="try")
def try_source(
    link: Annotated[
        str, typer.Argument(help="Link to try, or a TOML file of one that is not registered yet.")
    ],
    rows: Annotated[int, typer.Option(help="Rows to show.", min=1, max=100)] = ROWS_SHOWN,
    data: DataDir = None,
) -> None:
    """Fetch a little from a source and show what would become of it; a hub may be running, nothing is written.

    Rows as they came stand beside the readings they become, columns beside what they are read as. No file is moved, no run,
    cursor or audit kept. Exit 1 where something went wrong, 3 where some of it would not be booked.
    Of a link by which this hub feeds an existing platform it shows what units would be told of, and sends nothing.

    Example: nengshu try files-xin
    """
    clock = SystemClock()
    with closing(open_to_look(load_settings(data_dir=data), clock)) as registry:
        found = link_in(Path(link)) if link.endswith(".toml") else registry.link(link)
        if is_pushed(found):
            raise typer.Exit(UNFIT if show_pushed(found, registry, rows) else 0)
        tried = asyncio.run(_look(found, registry, clock))
    show(tried, rows, clock)
    if tried.fault is not None:
        raise typer.Exit(1)
    if is_unfit(tried):
        raise typer.Exit(UNFIT)


async def _look(link: Link, registry: Registry, clock: Clock) -> Tried:
    async with open_client() as client:
        return await try_link(link, looking_intake(registry, clock), means_of(client), clock)


def is_unfit(tried: Tried) -> bool:
    """Whether some of it would wait in quarantine."""
    drift = () if tried.delivery is None else tried.delivery.drift
    refused = tried.rejections is not None and tried.rejections.num_rows > 0
    return refused or any(each.keeps_rows_out for each in drift)


def show(tried: Tried, rows: int, clock: Clock) -> None:
    """Print what a look came to."""
    out, link = Console(), tried.link
    out.print(cell(f"{link.key} · {link.dialect} · province {link.region} · {link.address}", "bold"))
    for noun, count in tried.nouns.items():
        out.print(cell(f"{count:,} rows of {noun} came first"))
    if tried.delivery is not None:
        _show_columns(out, tried)
        _show_rows(out, tried, rows)
        _show_figures(out, tried, clock)
    if tried.fault is not None:
        out.print(Text.assemble(("went wrong ", "red"), cell(tried.fault)))
    elif tried.delivery is None:
        out.print("the source has no readings that are new")
    out.print("nothing was written")


def _show_columns(out: Console, tried: Tried) -> None:
    """Each column with its type and what it is read as, and where the source differs."""
    raw = tried.delivery.raw if tried.delivery else None
    if raw is None or not tried.meanings:
        return
    drift = {each.column: each for each in tried.delivery.drift} if tried.delivery else {}
    types = {field.name: str(field.type) for field in raw.schema if field.name != RAW_ROW}
    table = folded("column", "came as", "read as", "")
    for name in dict.fromkeys([*types, *tried.meanings, *drift]):
        meaning = tried.meanings.get(name, "not mapped")
        table.add_row(cell(name), cell(types.get(name)), cell(meaning), _said(drift.get(name)))
    out.print(table)


def _said(drift: ColumnDrift | None) -> Text:
    if drift is None:
        return cell("")
    return cell(drift.kind, "red" if drift.keeps_rows_out else "yellow")


def _show_rows(out: Console, tried: Tried, rows: int) -> None:
    """The first rows as they came, beside what they become and what the rules say."""
    said = _by_row(tried.rejections, "code", "refused: ")
    for row, words in _by_row(tried.verdicts, "rule", "suspect: ").items():
        said.setdefault(row, []).extend(words)
    table = folded("row", "as it came", "becomes", "")
    for number, came, becomes in _rows(tried, rows):
        table.add_row(
            cell(number), cell(came), cell("\n".join(becomes)), cell(", ".join(said.get(number, ["fits"])))
        )
    out.print(table)


def _by_row(found: pa.Table | None, column: str, prefix: str) -> dict[int, list[str]]:
    told: dict[int, list[str]] = {}
    for entry in [] if found is None else found.select(["row", column]).to_pylist():
        words = told.setdefault(entry["row"], [])
        if prefix + entry[column] not in words:
            words.append(prefix + entry[column])
    return told


def _rows(tried: Tried, rows: int) -> Iterator[tuple[int, str, list[str]]]:
    """Number, cells as they came, readings: of the first rows."""
    if tried.delivery is None:
        return
    arrived, raw = tried.delivery.arrived.table, tried.delivery.raw
    numbers = arrived["row"] if raw is None else raw[RAW_ROW]
    first = list(dict.fromkeys(numbers.slice(0, rows if raw is not None else None).to_pylist()))[:rows]
    readings: dict[int, list[str]] = {}
    for entry in arrived.filter(pa.compute.is_in(arrived["row"], pa.array(first, pa.int32()))).to_pylist():
        at = "unreadable" if entry["start"] is None else moment_of(entry["start"])
        readings.setdefault(entry["row"], []).append(
            f"{entry['data_code']} {entry['granularity']} {at} = {entry['value']}"
        )
    came = {} if raw is None else {entry[RAW_ROW]: entry for entry in raw.slice(0, rows).to_pylist()}
    for number in first:
        cells = [f"{name} {value}" for name, value in came.get(number, {}).items() if name != RAW_ROW]
        yield number, ", ".join(cells), readings.get(number, ["nothing"])


def _show_figures(out: Console, tried: Tried, clock: Clock) -> None:
    """How new it is, how much would be booked, and why the rest would not."""
    if tried.newest is not None:
        ago = clock.now() - tried.newest
        lag = f"{ago.days} days" if ago.days else f"{ago.total_seconds() / 3600:.1f} hours"
        out.print(f"the newest period ended {moment_of(tried.newest)}, {lag} ago")
    refused = 0 if tried.rejections is None else tried.rejections.num_rows
    suspect = 0 if tried.verdicts is None else tried.verdicts.num_rows
    part = (
        f" of its first {tried.delivery.raw.num_rows:,} rows"
        if tried.is_cut and tried.delivery and tried.delivery.raw
        else ""
    )
    out.print(f"{tried.kept:,} readings{part} fit, {suspect:,} verdicts, {refused:,} refused")
    for heading, found, column, why in (
        ("refused", tried.rejections, "code", "why"),
        ("suspect", tried.verdicts, "rule", "detail"),
    ):
        _show_examples(out, heading, found, column, why)


def _show_examples(out: Console, heading: str, found: pa.Table | None, column: str, why: str) -> None:
    if found is None:
        return
    by_rule: dict[str, list[str]] = {}
    for entry in found.to_pylist():
        by_rule.setdefault(entry[column], []).append(f"row {entry['row']}: {entry[why]}")
    for rule, examples in by_rule.items():
        out.print(Text.assemble(f"{heading} ", (rule, "red"), f" {len(examples):,}"))
        for example in examples[:EXAMPLES_SHOWN]:
            out.print(cell(f"  {example}"))
