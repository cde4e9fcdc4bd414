"""Asks somebody at a terminal: each answer is checked at once, and asked for again with the reason."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from graph.errors import InvalidInput
from hub.cli._cells import cell
from provincial_adapters import Quirk

T = TypeVar("T")
TIMES_MAX = 20  # a wrong answer is asked for again; whoever pipes nonsense comes to an end


def ask(word: str, why: str, read: Callable[[str], T], default: str | None = None) -> T:
    """What `read` makes of an answer; where it raises InvalidInput its reason is told. Raises InvalidInput in the end."""
    out = Console()
    out.print(Text.assemble("\n", cell(why, "dim")))
    for _ in range(TIMES_MAX):
        said = typer.prompt(word, default=default, show_default=default not in (None, "")).strip()
        try:
            return read(said)
        except InvalidInput as fault:
            out.print(cell(str(fault), "red"))
    raise InvalidInput(f"{TIMES_MAX} answers were none", word)


def ask_quirk(quirk: Quirk) -> Any | None:
    """A quirk's value as a TOML value, a table of a file (`@mapping.toml`) or plain text; None: as the dialect assumes."""
    assumed = "nothing is assumed" if quirk.default is None else f"assumed: {quirk.default!r}"
    needed = "needed" if quirk.required else f"optional, {assumed}"
    why = f"{quirk.description} ({needed}); a value, or @FILE for a table in a TOML file"

    def read(said: str) -> Any | None:
        if not said and not quirk.required:
            return None
        faults = []
        for value in _meant(said):
            fault = quirk.fault(value)
            if fault is None:
                return value
            faults.append(fault)
        raise InvalidInput(faults[0])

    return ask(quirk.key, why, read, None if quirk.required else "")


def _meant(said: str) -> list[Any]:
    """What an answer may mean, what is likeliest first. Raises InvalidInput for a file that cannot be read."""
    if said.startswith("@"):
        file = Path(said[1:]).expanduser()
        try:
            with file.open("rb") as opened:
                return [tomllib.load(opened)]
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise InvalidInput(f"cannot be read as TOML: {fault}", str(file)) from fault
    try:
        return [said, tomllib.loads(f"value = {said}")["value"]]
    except tomllib.TOMLDecodeError:
        return [said]
