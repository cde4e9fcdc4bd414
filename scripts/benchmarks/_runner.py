"""Runs one benchmark and prints its figures: a table for people, one JSON object for programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType, ModuleType

from rich.console import Console
from rich.table import Table

from graph.discover import members_of, modules_in
from graph.errors import NengshuError
from scripts.benchmarks._figure import Figure

PACKAGE = "scripts.benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure is met, 1 when one is missed or could not be measured, 2 for a wrong command."""
    benchmarks, measures = modules_in(PACKAGE), members_of(PACKAGE, "figures", FunctionType)
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("name", nargs="?", choices=sorted(benchmarks))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.name is None:
        _list(benchmarks)
        return 0
    try:
        found = _measured(asked.name, measures[asked.name])
    except NengshuError as fault:
        Console(stderr=True).print(f"{asked.name}: {fault}", style="red", markup=False)
        return 1
    _write_json(found) if asked.json else _write_table(asked.name, found)
    return 0 if found and all(figure.ok for figure in found) else 1


def _measured(name: str, figures: Callable[[], Iterable[Figure]]) -> list[Figure]:
    with Console(stderr=True).status(f"measuring {name}"):
        return list(figures())


def _list(benchmarks: dict[str, ModuleType]) -> None:
    table = Table("benchmark", "what it measures", box=None)
    for name, module in benchmarks.items():
        table.add_row(name, (module.__doc__ or "").split("\n\n")[0])
    Console().print(table)


def _write_json(found: Iterable[Figure]) -> None:
    sys.stdout.write(
        json.dumps({"figures": [figure.as_json() for figure in found]}, ensure_ascii=False) + "\n"
    )


def _write_table(name: str, found: Iterable[Figure]) -> None:
    table = Table("figure", "value", "unit", "target", "met", title=name)
    for column in (1, 3):
        table.columns[column].justify = "right"
    for figure in found:
        target = "" if figure.target is None else f"{figure.wanted} {_plain(figure.target)}"
        met = "" if figure.target is None else "✓" if figure.ok else "✗"
        table.add_row(figure.name, _plain(figure.value), figure.unit, target, met)
    Console().print(table)


def _plain(number: float) -> str:
    """As people write it: no exponents, and no more digits than a measurement is good for."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


if __name__ == "__main__":
    sys.exit(main())
