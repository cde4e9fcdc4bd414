"""`nengshu audit`: who did what, the latest first, for people and for archives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import make_url

from graph.errors import InvalidInput
from graph.model.audit import TrailAction, TrailOutcome
from graph.model.period import BEIJING, Day, Period, aware
from graph.ports import ROWS_PER_PAGE_MAX, Ask, Order, Page
from graph.types.audit_entry import NOUN, AuditEntryFilter
from hub.cli._options import DataDir, command_app
from hub.settings import Settings, load_settings
from hub.stores.door.door import FILE, Door
from hub.stores.door.trail import Trail
from hub.wiring import SystemClock, open_registry

app = command_app()
ROWS_SHOWN = 50  # where nobody says how many: what fits a screen
NEWEST_FIRST = Order("at", descending=True)

Texts: TypeAlias = list[str] | None
Who = Annotated[Texts, typer.Option(help="By this client, or this person: user:KEY. May be repeated.")]
Organisation = Annotated[Texts, typer.Option(help="By anybody of this organisation, by key.")]
Action = Annotated[list[TrailAction] | None, typer.Option(help="This was done.")]
OfNoun = Annotated[Texts, typer.Option("--noun", help="To rows of this noun, as unit or data_point.")]
Subject = Annotated[Texts, typer.Option(help="To this: the key of a row, or what was asked for.")]
Outcome = Annotated[list[TrailOutcome] | None, typer.Option(help="With this outcome.")]
Code = Annotated[Texts, typer.Option(help="Refused with this code, as FORBIDDEN.")]
Province = Annotated[Texts, typer.Option(help="Concerning this province, six digits.")]
Unit = Annotated[Texts, typer.Option(help="Concerning this unit, by credit code.")]
From = Annotated[
    str | None,
    typer.Option("--from", help="From this Beijing day on, as 2026-01-01, or from a moment with its offset."),
]
To = Annotated[
    str | None, typer.Option("--to", help="Up to the end of this Beijing day, or before a moment.")
]
Rows = Annotated[
    int | None, typer.Option(min=1, help="How many rows at most. [default: 50; with --json all]")
]
Json = Annotated[bool, typer.Option("--json", help="Print a line of JSON each, whole.")]


@app.command()
def audit(
    who: Who = None,
    organisation: Organisation = None,
    action: Action = None,
    noun: OfNoun = None,
    subject: Subject = None,
    outcome: Outcome = None,
    code: Code = None,
    province: Province = None,
    unit: Unit = None,
    first: From = None,
    last: To = None,
    rows: Rows = None,
    as_json: Json = False,
    data: DataDir = None,
) -> None:
    """List who did what 审计记录: changes of the registry, tokens, logins, exports and what was denied, the latest first.

    Each option narrows the list down; of one that is repeated any value will do. Secrets and telephone numbers are
    masked. A row with `times` above 1 stands for requests that were denied again and again within a minute. A hub may
    be running. Nothing is ever deleted from the list, so archive it by the day:

    Example: nengshu audit --from 2026-11-01 --to 2026-11-30 --json > audit-2026-11.ndjson

    Example: nengshu audit --outcome denied --province 370000
    """
    wanted = AuditEntryFilter(
        at_from=_span(first, "--from")[0] if first else None,
        at_before=_span(last, "--to")[1] if last else None,
        who=who,
        organisation=organisation,
        noun=noun,
        subject=subject,
        code=code,
        province=province,
        unit=unit,
        action=action,
        outcome=outcome,
    )
    ask = Ask(NOUN.name, where=wanted.conditions(), order=NEWEST_FIRST)
    with _trail(load_settings(data_dir=data)) as trail:
        if as_json:
            _print(_pages(trail, ask, rows))
        else:
            _show(_pages(trail, ask, rows or ROWS_SHOWN))


@contextmanager
def _trail(settings: Settings) -> Iterator[Trail]:
    """Both files, made and migrated where they are not."""
    door = settings.data_dir / FILE
    open_registry(settings).close()
    Door.open(door, SystemClock()).close()
    registry = make_url(settings.registry_url).database
    with closing(Trail.open(door, Path(str(registry)))) as trail:
        yield trail


def _pages(trail: Trail, ask: Ask, rows: int | None) -> Iterator[Page]:
    """Page after page, so many rows in all."""
    left, after, more = rows, None, True
    while more and left != 0:
        size = ROWS_PER_PAGE_MAX if left is None else min(left, ROWS_PER_PAGE_MAX)
        page = trail.rows(Ask(ask.noun, where=ask.where, order=ask.order, first=size, after=after))
        yield page
        left = None if left is None else left - page.table.num_rows
        more, after = page.has_next, page.cursors[-1] if page.table.num_rows else None


def _span(text: str, option: str) -> tuple[dt.datetime, dt.datetime]:
    """When what was given begins and ends: a Beijing day, or a moment that is both. Raises InvalidInput."""
    if len(text) <= len("2026-01-01"):
        day = Day.parse(text).date
        period = Period.of_days(day, day)
        return period.start, period.end
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as fault:
        raise InvalidInput(
            f"came {text[:64]!r}, expected a day or a moment with its offset", option
        ) from fault
    return aware(moment), aware(moment)


def _print(pages: Iterable[Page]) -> None:
    for page in pages:
        for row in page.table.to_pylist():
            typer.echo(orjson.dumps(row).decode())


def _show(pages: Iterable[Page]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("at 时间", no_wrap=True)
    for heading in ("who 主体", "what 操作", "outcome 结果", "where 地点"):
        table.add_column(heading, overflow="fold")
    for page in pages:
        for row in page.table.to_pylist():
            table.add_row(*map(Text, _cells(row)))
    Console().print(table)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A row in five cells, in Beijing time."""
    at = f"{row['at'].astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    times = f"{row['times']:,} times" if row["times"] > 1 else None
    return (
        at,
        row["who"] or "nobody known",
        _words(row["action"], row["noun"], row["subject"]),
        _words(row["outcome"], row["code"], times),
        _words(row["unit"] or row["region"] or row["province"], row["address"]),
    )


def _words(*given: str | None) -> str:
    return " ".join(word for word in given if word)
