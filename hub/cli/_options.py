"""Options that commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from graph.errors import InvalidInput
from graph.model.period import Day, Period

PORT_MAX = 65_535

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of this hub's stores. [default: $NENGSHU_DATA_DIR or nengshu-data]"),
]


def days_given(since: str | None, until: str | None, last: dt.date, before: int) -> Period:
    """The Beijing days of --from and --to; unless given, `last` and so many days before the last. Raises InvalidInput."""
    end = last if until is None else Day.parse(until).date
    begin = end - dt.timedelta(days=before) if since is None else Day.parse(since).date
    if end < begin:
        raise InvalidInput(f"--from {begin} --to {end} is no period", "to")
    return Period.of_days(begin, end)


def command_app(purpose: str | None = None) -> typer.Typer:
    """A command's app. Its help is read as Markdown, so that brackets stay and paragraphs flow."""
    return typer.Typer(
        add_completion=False,
        no_args_is_help=purpose is not None,
        help=purpose,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,  # it draws every value on the way: minutes of work for a schema
    )
