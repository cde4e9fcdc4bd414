"""`nengshu monthly`: what units say of a month beside the sum of its days, and where both do not agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import orjson
import pyarrow as pa
import typer
from rich.table import Table

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.monthly import MonthSpan
from graph.model.period import Month
from graph.model.region import RegionCode
from graph.ports import MonthlyAsk, MonthlyOrder, Page
from hub.cli._cells import cell, folded, print_whole
from hub.cli._options import DataDir, command_app
from hub.exports.formats import csv
from hub.settings import load_settings
from hub.wiring import open_hub

app = command_app()
DIFFERS = 3  # the exit code where a month lies further from its days than is allowed
ROWS_SHOWN = 50  # of a table: what fits a screen, the furthest apart first
FIGURES = (  # their cells stay in one line: a number that goes on in the next is misread
    "unit 单位", "code 编码", "month 月份", "said 月值", "summed 日值之和", "apart 偏差", "factor 倍率", "days 天数",
)  # fmt: skip

Texts: TypeAlias = list[str] | None
First = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="First Beijing month, as 2026-10; unless given, the last that anything was said of.",
        metavar="MONTH",
    ),
]
Last = Annotated[
    str | None,
    typer.Option(
        "--to", help="Last month, at most the twelfth; unless given, the first alone.", metavar="MONTH"
    ),
]
Province = Annotated[Texts, typer.Option(help="Of this province, six digits. May be repeated.")]
Unit = Annotated[Texts, typer.Option(help="Of this unit, by credit code. May be repeated.")]
Independent = Annotated[
    bool, typer.Option("--independent", help="Only months that came another way than their days.")
]
Everything = Annotated[
    bool, typer.Option("--all", help="Also months that agree, and those that lack days and are not judged.")
]
Json = Annotated[bool, typer.Option("--json", help="Print a line of JSON each, all of them.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print them as CSV, all of them.")]


@app.command()
def monthly(
    first: First = None,
    last: Last = None,
    province: Province = None,
    unit: Unit = None,
    independent: Independent = False,
    everything: Everything = False,
    as_json: Json = False,
    as_csv: Csv = False,
    data: DataDir = None,
) -> None:
    """Compare months that units report with the sums of their days 月值核对, and show what lies too far apart.

    A month's own value of a data point, however it came, is held against the exact sum of its days. Shown is what differs by
    more than NENGSHU_MONTHLY_TOLERANCE, the furthest first, with the factor that looks like a mistaken unit of measure and
    who brought each of them. Exit 3 where anything does. While a hub serves this folder the command is refused: one process
    owns the readings; ask `monthlyDifferences` there.

    Example: nengshu monthly --from 2026-10 --province 970000

    Example: nengshu monthly --from 2026-01 --to 2026-12 --all --csv > months-2026.csv
    """
    if as_json and as_csv:
        raise InvalidInput("came beside --json; one of them", "--csv")
    ask = MonthlyAsk(
        _span(first, last),
        provinces=tuple(str(RegionCode(each)) for each in province or ()),
        units=tuple(str(CreditCode.parse(each)) for each in unit or ()),
        beyond=None if everything else True,
        independent=True if independent else None,
        order=MonthlyOrder.DEVIATION,
        descending=True,
        first=None if as_json or as_csv else ROWS_SHOWN,
    )
    with open_hub(load_settings(data_dir=data)) as hub:
        page = hub.store.monthly(ask)
        differs = page if ask.beyond else hub.store.monthly(_beyond(ask))
    if as_json or as_csv:
        _print(page.table, as_json=as_json)
    else:
        _show(page, differs.total or 0)
    if differs.total:
        raise typer.Exit(DIFFERS)


def _span(first: str | None, last: str | None) -> MonthSpan | None:
    named = [Month.parse(month) for month in (first, last) if month is not None]
    return MonthSpan(named[0], named[-1]) if named else None


def _beyond(ask: MonthlyAsk) -> MonthlyAsk:
    """One row of those that lie too far apart, which tells how many there are."""
    return replace(ask, beyond=True, first=1)


def _print(table: pa.Table, *, as_json: bool) -> None:
    if not as_json:
        written = csv.writer(table.schema, Path())
        for piece in chain(written.write(table), written.end()):
            typer.echo(piece, nl=False)
        return
    for row in table.to_pylist():
        typer.echo(orjson.dumps(row, default=_digits).decode())


def _digits(value: Any) -> str:
    """An amount as text, with all its digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError


def _show(page: Page, differing: int) -> None:
    if page.table.num_rows:
        print_whole(_table(page.table))
    more = (page.total or 0) - page.table.num_rows
    if more > 0:
        typer.echo(f"… and {more:,} more 其余未列")
    typer.echo(f"{differing:,} beyond tolerance 超差" if differing else "none beyond tolerance 无超差")


def _table(rows: pa.Table) -> Table:
    shown = folded(*FIGURES, "month from 月值来源", "days from 日值来源", whole=FIGURES)
    for row in rows.to_pylist():
        shown.add_row(*map(cell, _cells(row)))
    return shown


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    deviation, factor, daily = row["deviation"], row["factor"], row["daily"]
    return (
        row["unit"],
        str(DataCode(row["data_code"])),
        row["month"],
        _amount(row["monthly"]),
        "" if daily is None else _amount(daily),
        "" if deviation is None else f"{deviation:+,.1%}",
        "" if factor is None else f"×{factor:,g}",
        f"{row['days']}/{row['month_days']}",
        f"{row['source']} #{row['batch']}",
        row["day_sources"] or "",
    )


def _amount(value: Decimal) -> str:
    return f"{value:,f}".rstrip("0").rstrip(".")
