"""Values as a terminal can show them: one cell of a table, whatever somebody wrote into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from graph.model.period import BEIJING

LETTERS_MAX = (
    2_000  # of one cell; a longer one is nobody's to read, and takes seconds to fold into a narrow column
)
LETTERS_MIN = 4  # of a cell that goes on in the next line: two of Chinese


def day_of(moment: dt.datetime) -> str:
    """The Beijing day of a moment."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"


def moment_of(moment: dt.datetime) -> str:
    """A moment in Beijing time, to the minute."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def cell(value: object, style: str = "") -> Text:
    """The value as text that is no markup and moves no cursor; nothing for None."""
    text = "" if value is None else str(value)
    shown = text if len(text) <= LETTERS_MAX else f"{text[:LETTERS_MAX]}…"
    return Text("".join(letter if letter.isprintable() else " " for letter in shown), style)


def folded(*headings: str, whole: Collection[str] = ()) -> Table:
    """A table whose cells go on in the next line where the terminal is narrow: a key that lost its end is none.

    Those of the columns named in `whole` never do: a code in two lines cannot be copied.
    """
    return Table(*(Column(heading, overflow="fold", no_wrap=heading in whole) for heading in headings))


def print_whole(table: Table) -> None:
    """Print a table, beyond the terminal's edge where its whole columns would not fit before it."""
    console = Console()
    console.width = max(console.width, sum(map(_least, table.columns)) + 1)
    console.print(table)


def _least(column: Column) -> int:
    """Letters that a column needs with its border and a blank on each side."""
    texts = [str(text) for text in (column.header, *column.cells)] if column.no_wrap else []
    return max(map(cell_len, texts), default=LETTERS_MIN) + 3
