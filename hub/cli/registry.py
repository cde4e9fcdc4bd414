"""`nengshu registry`: units, points, plans and links from TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from graph.errors import InvalidInput
from graph.ports import Ask
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app
from hub.links import check_links
from hub.settings import load_settings
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry

app = command_app("Load and list what is not a reading.")
ROWS_SHOWN = 50

# the order in which nouns lean on each other
NOUNS = (
    "region", "agency", "person", "platform", "platform_milestone", "unit", "access_end_milestone", "instrument",
    "data_point", "link", "coefficient", "waiver", "quarterly_report", "duty",
    "inspection", "rectification_order", "credit_entry", "score", "bulletin", "organisation",
)  # fmt: skip


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="TOML file with a list of tables a noun: [[unit]], [[data_point]] …")
    ],
    data: DataDir = None,
) -> None:
    """Insert or change rows by their natural keys; each noun all or nothing, every change audited.

    A file may hold: region, agency, person, platform, platform_milestone, unit, access_end_milestone,
    instrument, data_point, link, coefficient, waiver, quarterly_report, duty,
    inspection, rectification_order, credit_entry, score, bulletin, organisation.

    A coefficient's source is measured, dictionary or standard; left out, it is measured where the row names a unit
    and standard where it does not.
    """
    given = _read(file)
    registry = open_registry(load_settings(data_dir=data))
    try:
        load_nouns(registry, given, f"file {file.name}")
    finally:
        registry.close()


def load_nouns(registry: Registry, given: dict[str, Any], who: str) -> None:
    """Upsert nouns in the order they lean on each other and tell what changed."""
    unknown = sorted(set(given) - set(NOUNS))
    if unknown:
        raise InvalidInput(f"no noun {', '.join(unknown)}; expected some of {', '.join(NOUNS)}", "file")
    for noun, rows in given.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidInput(f"expected a list of tables, [[{noun}]]", noun)
    check_links(given.get("link", []))
    table = Table("noun", "added", "changed", "same")
    for noun in NOUNS:
        if noun in given:
            done = registry.upsert(noun, given[noun], who)
            table.add_row(noun, str(done.added), str(done.changed), str(done.same))
    Console().print(table)


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            return tomllib.load(opened)
    except OSError as fault:
        raise InvalidInput(f"cannot be read: {fault.strerror}", str(file)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"is not TOML: {fault}", str(file)) from fault


@app.command(name="list")
def show(
    noun: Annotated[str, typer.Argument(help="Which noun, such as unit or link.")],
    data: DataDir = None,
) -> None:
    """List the first rows of a noun."""
    registry = open_registry(load_settings(data_dir=data))
    page = registry.rows(Ask(noun, first=ROWS_SHOWN, want_total=True))
    registry.close()
    table = Table(box=box.SIMPLE_HEAD)
    for name in page.table.column_names:
        table.add_column(name, overflow="fold")
    for row in page.table.to_pylist():
        table.add_row(*map(cell, row.values()))
    Console().print(table)
    typer.echo(f"{page.table.num_rows} of {page.total}")
