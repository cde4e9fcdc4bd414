"""Commands of `nengshu store` that ask whether it is true, and make it small: check, trace, compact."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import pyarrow as pa
import typer

from graph.errors import NotFound
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, Day, Period
from graph.ports import HistoryAsk
from hub.cli._options import DataDir
from hub.cli._readings_file import bar, opened
from hub.settings import load_settings
from hub.stores.readings.check import Difference
from hub.stores.readings.check import check as checked
from hub.stores.readings.compacting import fold
from hub.stores.readings.figures import Figures
from hub.stores.readings.mirror import Mirror
from hub.wiring import SystemClock, open_registry

DIFFERENCES_SHOWN = 50  # enough to see what went wrong; the count tells the rest


def check(
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many units, taken by chance. [default: all]")
    ] = None,
    data: DataDir = None,
) -> None:
    """Recompute 核对 what the store keeps beside the readings, and name each place where it differs. Exit 1 if any does.

    The ledger's chain from the first batch on, the rows each batch says it kept, what is kept of the registry, and for
    every unit its counts, exact sums, digests and energy by day; then the provinces' sums. Origins and versions of values
    are not covered, nor is what came too late. No hub may be running on the store.

    Example: nengshu store check --sample 500
    """
    found: list[Difference] = []
    with opened(load_settings(data_dir=data)) as database, bar() as told:
        for step in checked(database, sample):
            told(step.kind, step.done, step.total)
            found += step.differences
    for difference in found[:DIFFERENCES_SHOWN]:
        typer.echo(str(difference), err=True)
    if found:
        typer.echo(f"{len(found):,} differences: restore the last good backup", err=True)
        raise typer.Exit(1)
    typer.echo(
        "everything that is checked follows from its readings; docs/store.md says what no check covers"
    )


def compact(data: DataDir = None) -> None:
    """Make the store small again 压实: sum what provinces were told on finished days, and write the log into the file.

    No answer changes, of now or of any earlier moment. No hub may be running on the store.
    """
    settings = load_settings(data_dir=data)
    path = settings.readings_path
    with opened(settings) as database, bar() as told:
        before = path.stat().st_size
        told("compact", 0, 1)
        folded = fold(database, SystemClock().now())
        told("compact", 1, 1)
    typer.echo(
        f"{folded.before:,} rows of provinces became {folded.after:,}; {path} has {path.stat().st_size:,} bytes, "
        f"had {before:,}"
    )


def trace(
    unit: Annotated[str, typer.Argument(help="Credit code of the unit.")],
    code: Annotated[str, typer.Argument(help="Data code of the point, with or without hyphens.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="Beijing day, as 2026-01-01.")],
    data: DataDir = None,
) -> None:
    """Tell everything ever said 溯源 of a point's day: each value, by whom, when, in which batch, what became of it and why.

    Example: nengshu store trace 91970100MA00000018 00-00-0000-023300-11 2026-01-01
    """
    settings = load_settings(data_dir=data)
    credit, digits, date = str(CreditCode.parse(unit)), DataCode.parse(code).digits, Day.parse(day).date
    with opened(settings) as database, closing(open_registry(settings)) as registry:
        point = _point(registry.points([credit]), credit, digits)
        clock = SystemClock()
        mirror = Mirror(database, registry, settings.uses, clock.now)
        found = Figures(database, mirror, clock).history(HistoryAsk([point], Period.of_days(date, date)))
    _show_history(found.to_pylist())


def _point(points: pa.Table, unit: str, code: str) -> tuple[int, int]:
    for row in points.to_pylist():
        if row["data_code"] == code:
            return row["unit_id"], row["point_id"]
    raise NotFound(f"unit {unit} has no point {code}")


def _show_history(rows: list[dict[str, Any]]) -> None:
    """One line each time something was said, the oldest version first."""
    for row in rows:
        typer.echo(
            f"{row['start'].astimezone(BEIJING):%Y-%m-%d %H:%M}  {row['value']}  ({row['origin']}) batch {row['batch']} "
            f"of {row['source']}, received {row['received_at']:%Y-%m-%d %H:%M:%S} UTC, version {row['version']} UTC: "
            f"{_fate(row)}" + (f", {row['why']}" if row["why"] else "")
        )
    again = sum(row["state"] == "confirmed" for row in rows)
    typer.echo(
        f"{len(rows) - again:,} values were said of that day"
        + (f", and {again:,} said again" if again else "")
    )


def _fate(row: dict[str, Any]) -> str:
    """What became of a value, or what it says again."""
    if row["state"] == "replaced":
        return f"replaced by batch {row['replaced_by']}"
    if row["state"] == "withdrawn":
        return f"taken back by batch {row['replaced_by']}"
    if row["state"] == "confirmed":
        return f"confirms what batch {row['confirms']} said"
    return str(row["state"])
