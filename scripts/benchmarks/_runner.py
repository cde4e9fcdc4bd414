"""Runs one benchmark and prints its figures: a table for people, one JSON object for programs."""

from __future__ import annotations

import argparse
import datetime as dt
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from graph.discover import members_of, modules_in
from graph.errors import InvalidInput, NengshuError
from graph.model.period import UTC, beijing_day
from scripts.benchmarks import _page
from scripts.benchmarks._figure import Figure, plain
from scripts.benchmarks._options import Options

PACKAGE = "scripts.benchmarks"
# What only some benchmarks take, and what it is where nobody says it.
OWN: Mapping[str, Any] = {"quick": False, "provinces": None, "units": None}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every figure is met, 1 when one is missed or could not be measured, 2 for a wrong command."""
    benchmarks, measures = modules_in(PACKAGE), members_of(PACKAGE, "figures", FunctionType)
    parser = _parser(benchmarks)
    asked = parser.parse_args(arguments)
    if asked.name is None:
        _list(benchmarks)
        return 0
    if asked.help:
        sys.stdout.write(_taught(asked.name, benchmarks[asked.name], measures[asked.name]))
        return 0
    try:
        options = Options(asked.large, asked.rows)
        given = {"options": options, **{name: getattr(asked, name) for name in OWN}}
        measure = _measure(asked.name, measures[asked.name], given)
    except InvalidInput as fault:
        parser.error(str(fault))
    try:
        found = measure()
        _write_json(found) if asked.json else _write_table(asked.name, found)
        if asked.write:
            _write_page(benchmarks[asked.name], asked.name, (*options.words, *_words(asked)), found)
    except NengshuError as fault:
        Console(stderr=True).print(f"{asked.name}: {fault}", style="red", markup=False)
        return 1
    return 0 if found and all(figure.ok for figure in found) else 1


def _parser(benchmarks: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("name", nargs="?", choices=sorted(benchmarks))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--provinces", type=int)
    parser.add_argument("--units", type=int)
    parser.add_argument("-h", "--help", action="store_true")
    return parser


def _words(asked: argparse.Namespace) -> Iterator[str]:
    """What was said that only some benchmarks take, as it is written."""
    for name, unsaid in OWN.items():
        if (said := getattr(asked, name)) != unsaid:
            yield f"--{name}" if said is True else f"--{name} {said}"


def _measure(
    name: str, figures: Callable[..., Iterable[Figure]], given: Mapping[str, Any]
) -> Callable[[], list[Figure]]:
    """What measures, given what it takes. Raises InvalidInput when something came that it does not."""
    takes = inspect.signature(figures).parameters
    if given["options"] != Options() and "options" not in takes:
        raise InvalidInput(f"{name} has one size only", given["options"].words[0])
    for word, unsaid in OWN.items():
        if given[word] != unsaid and word not in takes:
            raise InvalidInput(f"{name} has no such choice", f"--{word}")
    measured = partial(figures, **{word: given[word] for word in takes})
    return (lambda: _told_one_by_one(measured())) if takes else (lambda: _waited_for(name, measured))


def _told_one_by_one(figures: Iterable[Figure]) -> list[Figure]:
    """A benchmark that takes options is long: each figure is shown as it comes, lest a late fault hide them all."""
    console, found = Console(stderr=True), []
    for figure in figures:
        console.print(f"{figure.name}: {plain(figure.value)} {figure.unit} {figure.mark}", highlight=False)
        found.append(figure)
    return found


def _waited_for(name: str, figures: Callable[[], Iterable[Figure]]) -> list[Figure]:
    with Console(stderr=True).status(f"measuring {name}"):
        return list(figures())


def _taught(name: str, benchmark: ModuleType, figures: Callable[..., Iterable[Figure]]) -> str:
    """What a benchmark measures, in its own words, and what may be said to it."""
    takes = inspect.signature(figures).parameters
    own = [
        *(("[--large | --rows N]",) if "options" in takes else ()),
        *(f"[--{word}{'' if unsaid is False else ' N'}]" for word, unsaid in OWN.items() if word in takes),
    ]
    usage = " ".join(("Usage: scripts/bench", name, *own, "[--json] [--write]"))
    return f"{inspect.getdoc(benchmark)}\n\n{usage}\n"


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
        target = "" if figure.target is None else f"{figure.wanted} {plain(figure.target)}"
        table.add_row(figure.name, plain(figure.value), figure.unit, target, figure.mark)
    Console().print(table)


def _write_page(benchmark: ModuleType, name: str, words: Sequence[str], found: Iterable[Figure]) -> None:
    """Into the page, with the versions of what is compared with where the benchmark tells them."""
    day = beijing_day(dt.datetime.now(UTC))
    others: Sequence[str] = benchmark.versions() if hasattr(benchmark, "versions") else ()
    _page.write_section(_page.PAGE, name, _page.section(name, words, found, day, others))


if __name__ == "__main__":
    sys.exit(main())
