"""Values as a terminal can show them: one cell of a table, whatever somebody wrote into it."""

from __future__ import annotations

import datetime as dt

from rich.table import Column, Table
from rich.text import Text

from graph.model.period import BEIJING

LETTERS_MAX = (
    2_000  # of one cell; a longer one is nobody's to read, and takes seconds to fold into a narrow column
)


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


def folded(*headings: str) -> Table:
    """A table whose cells go on in the next line where the terminal is narrow: a key that lost its end is none."""
    return Table(*(Column(heading, overflow="fold") for heading in headings))
