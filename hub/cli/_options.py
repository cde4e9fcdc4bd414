"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

PORT_MAX = 65_535

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of this hub's stores. [default: $NENGSHU_DATA_DIR or nengshu-data]"),
]


def command_app(purpose: str | None = None) -> typer.Typer:
    """A command's app. Its help is read as Markdown, so that brackets stay and paragraphs flow."""
    return typer.Typer(
        add_completion=False,
        no_args_is_help=purpose is not None,
        help=purpose,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,  # it draws every value on the way: minutes of work for a schema
    )
